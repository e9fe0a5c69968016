"""Olympus ScanR: folders with a metadata.ome.xml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.images.listing import Listing
from phenolens.instruments.elements import root_name
from phenolens.instruments.plate_index import listing_of
from phenolens.instruments.scan_r_xml import FILE, read_scan_r
from phenolens.screens.base import Indexed, Recognised


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanR(Indexed):
    """Olympus ScanR: TIFF files that a metadata.ome.xml lists, a file for each plane.

    Every such file below the root is a plate, called as its folder is. `site` is the position;
    with several planes each is an image of its own, in column `z`; with several time points
    `timepoint` is their number.

    Attributes:
        channels: Channels to read, in this order; empty: all, as the file has them.
        names: Name of a channel in the file -> the name to give it.
        table: Metadata table, a path or glob below the root, joined on plate and well, or on well
            alone for a platemap that serves every plate; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the table.
        unreadable: `stop` where an image is damaged or missing, or `leave_out` its field: it is
            counted and named. More than half is an error.
    """

    def listing(self, contents: Contents) -> Listing:
        """Return the images that the metadata list."""
        names = contents.called(FILE)
        if not names:
            raise InputError(f"no {FILE} below it", where=contents.root)
        files = frozenset(contents.files)
        read = {name: read_scan_r(contents.root, name, files) for name in names}
        return listing_of(read, FILE, contents)

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there is a metadata.ome.xml."""
        names = contents.called(FILE)
        if not names or root_name(contents.root / names[0]) != "OME":
            return None
        why = f"{names[0]} is the metadata of an Olympus ScanR"
        return Recognised(certainty=0.95, why=why, layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> ScanR:
        """Write 2 wells of 2 positions and 2 channels."""
        rng = np.random.default_rng(seed)
        folder = root / "P1"
        (folder / "data").mkdir(parents=True, exist_ok=True)
        images = []
        for number, well in ((1, "A1"), (14, "B2")):
            for site in (1, 2):
                planes = ""
                for c, channel in enumerate(("405 nm #1", "488 nm #1")):
                    name = f"{well}--W{number:05d}--P{site:05d}--Z00000--T00000--{channel}.tif"
                    counts = rng.poisson(900, size).astype(np.uint16)
                    tifffile.imwrite(folder / "data" / name, counts)
                    planes += f'<TiffData FirstC="{c}" FirstT="0" FirstZ="0">'
                    planes += f'<UUID FileName="{name}">urn:uuid:0</UUID></TiffData>\n'
                images.append(
                    f'<Image Name="Well {number}, Position {site} ({well})">'
                    f'<Pixels PhysicalSizeX="0.325"><Channel Name="405 nm #1"/>'
                    f'<Channel Name="488 nm #1"/>{planes}</Pixels></Image>\n'
                )
        text = '<?xml version="1.0" encoding="UTF-8"?>\n'
        text += '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2013-06">\n'
        (folder / FILE).write_text(text + "".join(images) + "</OME>\n", encoding="utf-8")
        return cls()
