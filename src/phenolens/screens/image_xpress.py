"""ImageXpress: exports and databases of MetaXpress."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents, outermost
from phenolens.images.listing import Listing, plate_names, without_fixed
from phenolens.images.problem import Problem
from phenolens.instruments.meta_xpress import (
    Htd,
    absences,
    has_id,
    images_of,
    is_preview,
    plate_folder,
    read_htd,
)
from phenolens.screens.base import Indexed, Recognised

_COLUMNS = ["plate", "well", "site", "z", "timepoint", "channel", "path"]
_HTD = """"HTSInfoFile", Version 1.0
"TimePoints", 1
"XWells", 12
"YWells", 8
"WellsSelection1", TRUE{no}
"WellsSelection2", FALSE, TRUE{no}
"Sites", TRUE
"XSites", 2
"YSites", 1
"SiteSelection1", TRUE, TRUE
"Waves", TRUE
"NWavelengths", 2
"WaveName1", "DAPI"
"WaveName2", "FITC"
"EndFile"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageXpress(Indexed):
    """ImageXpress: TIFF files of MetaXpress, with the .HTD file of each plate, or by their names.

    Every folder with an .HTD file is a plate, called as the folder is; its wavelengths name the
    channels. Without any .HTD file (a database of MetaXpress) channels are w1, w2, ... and a
    plate is a folder of images whose names end with an id. Folders `ZStep_n` become `z`, 0 where
    a projection is next to them; folders `TimePoint_n` become `timepoint`. Previews (`_thumb`) are
    passed over.

    Attributes:
        channels: Channels to read, in this order; empty: all, by their numbers.
        names: Name of a channel in the .HTD file -> the name to give it.
        table: Metadata table, a path or glob below the root, joined on plate and well, or on well
            alone for a platemap that serves every plate; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the table.
        unreadable: `stop` where an image is damaged or missing, or `leave_out` its field: it is
            counted and named. More than half is an error.
    """

    def listing(self, contents: Contents) -> Listing:
        """Return the images below the .HTD files, or those whose names have an id."""
        indexes = outermost(contents.ending(".htd"))
        if not indexes:
            return self._by_name(contents)
        plates = plate_names(dict.fromkeys(indexes, ""))
        parts: list[pd.DataFrame] = []
        problems: list[Problem] = []
        order: list[str] = []
        for name in indexes:
            htd = read_htd(contents.root / name)
            folder = PurePosixPath(name).parent
            below = [p for p in contents.images if folder in PurePosixPath(p).parents]
            files = images_of(below)
            problems += absences(htd, files, str(contents.root / name))
            plate = plates[name] or contents.root.resolve().name
            parts.append(files.assign(plate=plate, channel=_waves(files, htd)))
            order += htd.waves
        return _listing(parts, contents, "the .HTD files", problems, order)

    def _by_name(self, contents: Contents) -> Listing:
        found = images_of([name for name in contents.images if has_id(name)])
        folders = found["path"].map(plate_folder)
        plates = plate_names({f"{folder}/x": "" for folder in folders.unique()})
        plate = folders.map(lambda f: plates[f"{f}/x"] or contents.root.resolve().name)
        files = found.assign(plate=plate, channel="w" + found["wave"].astype(str))
        return _listing([files], contents, "names of MetaXpress", [], [])

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there are .HTD files, or names of a database of MetaXpress."""
        indexes = outermost(contents.ending(".htd"))
        if indexes:
            more = f" and {len(indexes) - 1} more" if len(indexes) > 1 else ""
            why = f"{indexes[0]}{more} is the .HTD file of an ImageXpress plate"
            return Recognised(certainty=0.96, why=why, layout=cls())
        named = [name for name in contents.images if has_id(name)]
        if 2 * len(named) <= sum(not is_preview(name) for name in contents.images):
            return None
        why = f"{len(named)} images have names of a MetaXpress database, as {named[0]}"
        return Recognised(certainty=0.8, why=why, layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> ImageXpress:
        """Write 2 plates of 2 wells, 2 sites and 2 wavelengths, with a preview."""
        rng = np.random.default_rng(seed)
        for plate in ("4501", "4502"):
            folder = root / plate / "TimePoint_1"
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("A01_s1", "A01_s2", "B02_s1", "B02_s2"):
                for wave in (1, 2):
                    counts = rng.poisson(900, size).astype(np.uint16)
                    tifffile.imwrite(folder / f"run_{name}_w{wave}.TIF", counts)
            text = _HTD.replace("TRUE{no}", "TRUE" + ", FALSE" * 10).replace("\n", "\r\n")
            for place in (folder, folder.parent):  # MetaXpress writes a copy for each time point
                (place / "run.HTD").write_text(text, encoding="latin-1")
        return cls()


def _waves(files: pd.DataFrame, htd: Htd) -> list[str]:
    return [htd.waves[w - 1] if w <= len(htd.waves) else f"w{w}" for w in files["wave"]]


def _listing(
    parts: list[pd.DataFrame],
    contents: Contents,
    index: str,
    problems: list[Problem],
    order: list[str],
) -> Listing:
    files = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if files.empty:
        raise InputError("has no image with a name of MetaXpress", where=contents.root)
    return Listing(
        files=without_fixed(files[_COLUMNS]),
        index=index,
        problems=tuple(problems),
        order=tuple(dict.fromkeys(order)),
    )
