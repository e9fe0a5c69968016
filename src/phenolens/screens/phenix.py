"""Opera Phenix and Operetta: folders with an index of Harmony."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.images.listing import Listing
from phenolens.instruments.elements import root_name
from phenolens.instruments.harmony import FILES, ROOT, read_harmony
from phenolens.instruments.plate_index import listing_of
from phenolens.screens.base import Indexed, Recognised

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<EvaluationInputData xmlns="{space}">\n'
_SPACES = ("http://www.perkinelmer.com/PEHH/HarmonyV5", "43B2A954/HarmonyV7")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phenix(Indexed):
    """Opera Phenix or Operetta: TIFF files that an Index.idx.xml or Index.xml of Harmony lists.

    Every index below the root is a plate, called by its `PlateID`. `site` is the field. With
    several planes each is an image of its own, in column `z`; with several time points `time` is
    in hours from the first, where the index says when they were taken, else `timepoint` is their
    number. The pixel size is the index's.

    Attributes:
        channels: Channels to read, in this order; empty: all, by their numbers.
        names: Name of a channel in the index -> the name to give it.
        table: Metadata table, a path or glob below the root, joined on plate and well, or on well
            alone for a platemap that serves every plate; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the table.
        unreadable: `stop` where an image is damaged or missing, or `leave_out` its field: it is
            counted and named. More than half is an error.
    """

    def listing(self, contents: Contents) -> Listing:
        """Return the images that the indexes list."""
        names = contents.called(*FILES)
        if not names:
            raise InputError("no Index.idx.xml or Index.xml below it", where=contents.root)
        read = {name: read_harmony(contents.root, name) for name in names}
        return listing_of(read, PurePosixPath(names[0]).name, contents)

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there are indexes of Harmony."""
        names = contents.called(*FILES)
        if not names or root_name(contents.root / names[0]) != ROOT:
            return None
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        why = f"{names[0]}{more} is an index of Opera Phenix or Operetta"
        return Recognised(certainty=0.97, why=why, layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> Phenix:
        """Write 2 plates of 2 wells, 2 fields and 2 channels, one in each schema."""
        rng = np.random.default_rng(seed)
        for version, plate in enumerate(("BR01", "BR02")):
            folder = root / f"{plate}__2024-Measurement 1" / "Images"
            folder.mkdir(parents=True, exist_ok=True)
            images, entries = list[str](), list[str]()
            for channel, stain in enumerate(("HOECHST 33342", "Alexa 488"), start=1):
                about = f"<ChannelName>{stain}</ChannelName>"
                about += '<ImageResolutionX Unit="m">5.98E-07</ImageResolutionX>'
                entries.append(f'<Entry ChannelID="{channel}">{about * version}</Entry>')
                for well, field in ((1, 1), (1, 2), (2, 1), (2, 2)):
                    name = f"r0{well}c0{well}f0{field}p01-ch{channel}sk1fk1fl1.tiff"
                    tifffile.imwrite(folder / name, rng.poisson(900, size).astype(np.uint16))
                    images.append(
                        f"<Image><id>{len(images)}</id><State>Ok</State><URL>{name}</URL>"
                        f"<Row>{well}</Row><Col>{well}</Col><FieldID>{field}</FieldID>"
                        f"<PlaneID>1</PlaneID><TimepointID>{version}</TimepointID>"
                        f"<ChannelID>{channel}</ChannelID>{about * (1 - version)}</Image>\n"
                    )
            text = _HEAD.format(space=_SPACES[version])
            text += f"<Plates><Plate><PlateID>{plate}</PlateID></Plate></Plates>\n"
            text += f"<Maps><Map>{''.join(entries)}</Map></Maps>\n"
            text += f"<Images>{''.join(images)}</Images>\n</EvaluationInputData>\n"
            (folder / FILES[version]).write_text(text, encoding="utf-8-sig")
        return cls()
