"""In Cell Analyzer: folders with an .xdce file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.images.listing import Listing
from phenolens.instruments.elements import root_name
from phenolens.instruments.in_cell_xml import ENDING, ROOT, read_in_cell
from phenolens.instruments.plate_index import listing_of
from phenolens.screens.base import Indexed, Recognised


@dataclass(frozen=True, slots=True, kw_only=True)
class InCell(Indexed):
    """In Cell Analyzer: TIFF files that an .xdce file lists.

    Every such file below the root is a plate, called as the file is. Channels have the names of
    their filters; `site` is the field, from 1. With several planes each is an image of its own, in
    column `z`; with several time points `timepoint` is their number. Written by the names that
    Bio-Formats reads; no real file was at hand to compare.

    Attributes:
        channels: Channels to read, in this order; empty: all, by their numbers.
        names: Name of a channel in the file -> the name to give it.
        table: Metadata table, a path or glob below the root, joined on plate and well, or on well
            alone for a platemap that serves every plate; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the table.
        unreadable: `stop` where an image is damaged or missing, or `leave_out` its field: it is
            counted and named. More than half is an error.
    """

    def listing(self, contents: Contents) -> Listing:
        """Return the images that the .xdce files list."""
        names = contents.ending(ENDING)
        if not names:
            raise InputError(f"no {ENDING} file below it", where=contents.root)
        read = {name: read_in_cell(contents.root, name) for name in names}
        return listing_of(read, PurePosixPath(names[0]).name, contents)

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there are .xdce files."""
        names = contents.ending(ENDING)
        if not names or root_name(contents.root / names[0]) != ROOT:
            return None
        why = f"{names[0]} is the index of an In Cell Analyzer"
        return Recognised(certainty=0.95, why=why, layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> InCell:
        """Write a plate of 2 wells, 2 fields and 2 wavelengths with its index."""
        rng = np.random.default_rng(seed)
        (root / "P1").mkdir(parents=True, exist_ok=True)
        images, waves = [], []
        for wave, stain in enumerate(("DAPI", "FITC")):
            waves.append(
                f'<Wavelength index="{wave}"><ExcitationFilter name="{stain}"/>'
                f'<EmissionFilter name="{stain}"/></Wavelength>\n'
            )
            for row, column, field in ((1, 1, 1), (1, 1, 2), (2, 3, 1), (2, 3, 2)):
                letter = "AB"[row - 1]
                name = f"{letter} - {column}(fld {field} wv {stain} - {stain}).tif"
                tifffile.imwrite(root / "P1" / name, rng.poisson(900, size).astype(np.uint16))
                images.append(
                    f'<Image filename="{name}"><Well label="{letter} - {column}">'
                    f'<Row number="{row}"/><Column number="{column}"/></Well>'
                    f'<Identifier field_index="{field - 1}" time_index="0" wave_index="{wave}" '
                    f'z_index="0"/></Image>\n'
                )
        text = '<?xml version="1.0" encoding="UTF-8"?>\n<ImageStack>\n'
        text += '<ObjectiveCalibration pixel_height="0.65" pixel_width="0.65"/>\n'
        text += f"<Wavelengths>{''.join(waves)}</Wavelengths>\n"
        text += f"<Images>{''.join(images)}</Images>\n</ImageStack>\n"
        (root / "P1" / "Plate1.xdce").write_text(text, encoding="utf-8")
        return cls()
