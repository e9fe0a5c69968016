"""DeepProfiler: a project with its index of images and its locations of cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import tifffile

from phenolens.core.errors import InputError
from phenolens.core.reading.ids import whole_or_text
from phenolens.images.contents import Contents
from phenolens.images.listing import Listing
from phenolens.images.problem import Problem
from phenolens.images.read import SUFFIXES
from phenolens.images.table import as_metadata, note, read_table, require
from phenolens.screens.base import Indexed, Recognised

_INDEX = "metadata/index.csv"
_KEYS = ["plate", "well", "site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepProfiler(Indexed):
    """A DeepProfiler project: `inputs/metadata/index.csv`, `inputs/images`, `inputs/locations`.

    Columns of the index whose values are image files are the channels; the others are metadata.
    Where a field has a file of locations (`PLATE/WELL-SITE-Nuclei.csv`) `count` is its number of
    cells; fields without one are counted. (Moshkov et al., Nat. Commun. 15, 1594 (2024);
    https://cytomining.github.io/DeepProfiler-handbook.)

    Attributes:
        channels: Channels to read, in this order; empty: all, in the order of the index.
        names: Name of a channel in the index -> the name to give it.
        table: Metadata table, a path or glob below the root, joined on plate and well, or on well
            alone for a platemap that serves every plate; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the table.
        unreadable: `stop` where an image is damaged or missing, or `leave_out` its field: it is
            counted and named. More than half is an error.
    """

    def listing(self, contents: Contents) -> Listing:
        """Return the images that the index lists, with the number of cells of each field."""
        names = _indexes(contents)
        if len(names) != 1:
            what = f"{len(names)} files {_INDEX} below it"
            raise InputError(what, where=contents.root, fix="name the folder of one project")
        path, home = contents.root / names[0], PurePosixPath(names[0]).parent.parent
        table = read_table(path)
        channels = [c for c in table if _holds_images(table[c])]
        if not channels:
            raise InputError("no column has image files", where=path)
        meta = as_metadata(table.drop(columns=channels), self.columns, path)
        require(meta, _KEYS, path)
        meta["site"] = whole_or_text(meta["site"])
        meta["count"], problems = _counts(contents, home / "locations", meta, path)
        meta = meta.loc[:, [c for c in meta if meta[c].notna().any()]]
        parts = [
            meta[there].assign(
                channel=channel,
                path=[(home / "images" / file).as_posix() for file in table.loc[there, channel]],
            )
            for channel in channels
            for there in [table[channel].notna()]
        ]
        return Listing(
            files=pd.concat(parts, ignore_index=True),
            index=names[0],
            problems=tuple(problems),
            order=tuple(channels),
        )

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there is the index of one project."""
        names = _indexes(contents)
        if len(names) != 1:
            return None
        home = PurePosixPath(names[0]).parent.parent.as_posix() + "/locations/"
        cells = any(name.startswith(home.removeprefix("./")) for name in contents.files)
        why = f"{names[0]} is the index of a DeepProfiler project"
        why += ", with locations of cells" if cells else ", without locations of cells"
        return Recognised(certainty=0.93, why=why, layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> DeepProfiler:
        """Write a project of a plate with 2 wells of 2 sites, 2 channels, and locations."""
        rng = np.random.default_rng(seed)
        inputs = root / "inputs"
        for place in ("metadata", "images/P1", "locations/P1"):
            (inputs / place).mkdir(parents=True, exist_ok=True)
        rows = []
        for well in ("A01", "B02"):
            for site in (1, 2):
                row: dict[str, object] = {"Metadata_Plate": "P1", "Metadata_Well": well}
                for channel in ("DNA", "ER"):
                    name = f"P1/{well}_{site}_{channel}.tif"
                    counts = rng.poisson(900, size).astype(np.uint16)
                    tifffile.imwrite(inputs / "images" / name, counts)
                    row[channel] = name
                rows.append({**row, "Metadata_Site": site, "Treatment": f"t{well}"})
                cells = pd.DataFrame(rng.uniform(0, 30, (site + 1, 2)))
                cells.columns = pd.Index([f"Nuclei_Location_Center_{axis}" for axis in "XY"])
                cells.to_csv(inputs / "locations" / "P1" / f"{well}-{site}-Nuclei.csv", index=False)
        pd.DataFrame(rows).to_csv(inputs / _INDEX, index=False)
        return cls()


def _indexes(contents: Contents) -> list[str]:
    return [name for name in contents.called("index.csv") if f"/{name}".endswith(f"/{_INDEX}")]


def _holds_images(values: pd.Series) -> bool:
    known = values.dropna().astype(str).str.lower()
    return len(known) > 0 and bool(known.str.endswith(SUFFIXES).all())


def _counts(
    contents: Contents, folder: PurePosixPath, meta: pd.DataFrame, path: Path
) -> tuple[list[float], list[Problem]]:
    """Return the number of located cells of each field, and a note of the fields without a file."""
    start = "" if str(folder) == "." else f"{folder}/"
    there = {n.removeprefix(start).lower(): n for n in contents.files if n.startswith(start)}
    counts, lost = [], []
    for plate, well, site in meta[_KEYS].itertuples(index=False):
        names = [f"{plate}/{well}{mark}{site}-nuclei.csv".lower() for mark in "-_"]
        file = next((there[name] for name in names if name in there), None)
        if file is None:
            lost.append(f"{plate} {well} {site}")
        counts.append(float("nan") if file is None else float(_rows(contents.root / file)))
    what = "fields have no file of locations"
    return counts, [note("no locations", str(path), lost, what)] if lost and there else []


def _rows(path: Path) -> int:
    """Return how many cells a file of locations has; one that is empty has none."""
    with path.open("rb") as file:
        return max(0, sum(1 for line in file if line.strip()) - 1)
