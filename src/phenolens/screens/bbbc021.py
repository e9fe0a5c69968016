"""BBBC021v1: MCF-7 cells under 113 compounds, 13,200 fields in three channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import pandas as pd
import tifffile
from jaxtyping import Bool, Integer, Shaped

from phenolens.core.errors import InputError, nearest
from phenolens.core.reading.place import HEADER, row_of
from phenolens.core.roles import with_roles
from phenolens.core.screen import Screen
from phenolens.images.contents import Contents
from phenolens.images.faults import faults
from phenolens.images.files import ImageFiles
from phenolens.images.problem import Problem
from phenolens.images.table import (
    as_metadata,
    find_one,
    folder,
    gaps,
    read_table,
    repeats,
    require,
)
from phenolens.screens.base import Recognised, refuse

CHANNELS = ("DAPI", "Tubulin", "Actin")
IMAGES, MOA = "BBBC021_v1_image.csv", "BBBC021_v1_moa.csv"
SITES = 4  # fields per well
_PART = "if you copied only some plates, list them with plates = [...]"
# Their name -> ours.
_OURS = {
    "Image_Metadata_Plate_DAPI": "plate",
    "Image_Metadata_Well_DAPI": "well",
    "Image_Metadata_Compound": "compound",
    "Image_Metadata_Concentration": "concentration",
    "Replicate": "replicate",
}
_FILES = [f"Image_FileName_{name}" for name in CHANNELS]
_PATHS = [f"Image_PathName_{name}" for name in CHANNELS]
_KEPT = ["plate", "well", "site", "batch", "replicate", "compound", "concentration", "treatment"]
_KEPT += ["control", "moa", "TableNumber", "ImageNumber"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bbbc021:
    """BBBC021v1 as published: two tables and one folder of TIFFs per plate.

    The folder holds `BBBC021_v1_image.csv` and `BBBC021_v1_moa.csv` (plain or .gz) and the images
    as `WeekN_PLATE/FILE` or `WeekN/WeekN_PLATE/FILE`. Ljosa, Sokolnicki & Carpenter, Nat. Methods
    9, 637 (2012); Caie et al., Mol. Cancer Ther. 9, 1913 (2010). Plate, well and week come from
    the table, never from file names; the site comes from the order of `ImageNumber` in the well.
    The published files do not give the pixel size, so it is unknown.

    Attributes:
        subset: `annotated` keeps the 103 treatments with a known mechanism, `annotated+controls`
            these and DMSO, `all` every field.
        plates: Only these plates, for a copy of a part of the screen; empty: all.
        suffix: Ending of the image files, if it is not the table's `.tif`, as
            `_corrected_resized.tiff`.
        unreadable: `stop` where an image is missing or damaged, or `leave_out` it: its row is left
            out, counted and named. More than half is an error.
    """

    subset: Literal["all", "annotated", "annotated+controls"] = "annotated+controls"
    plates: tuple[str, ...] = ()
    suffix: str | None = None
    unreadable: Literal["stop", "leave_out"] = "stop"

    def __call__(self, root: Path) -> Screen:
        """Return the screen.

        Raises:
            InputError: A table or an image is missing, or a row is wrong: names file and row.
        """
        tables = _Tables.read(folder(root))
        refuse(self._table_problems(tables), len(tables.images), self)
        kept = self._kept(tables)
        files = self._files(root, tables, kept)
        if not files.leave_out:
            refuse(files.absences(_PART), int(kept.sum()), self)
        return files.screen(tables.meta[kept], CHANNELS)

    def table(self, root: Path) -> pd.DataFrame:
        """Return the screen's metadata alone: needs the two tables, not the images.

        Raises:
            InputError: A table is missing or a row is wrong: names file and row.
        """
        tables = _Tables.read(folder(root))
        refuse(self._table_problems(tables), len(tables.images), self)
        return tables.meta[self._kept(tables)].reset_index(drop=True)

    def problems(self, root: Path, *, pixels: bool = False) -> Iterator[Problem]:
        """Yield every problem of the screen: tables, files, headers and, if asked, all pixels."""
        try:
            tables = _Tables.read(folder(root))
            found = list(self._table_problems(tables))
            kept = self._kept(tables)
        except InputError as error:
            yield Problem.of("table", error)
            return
        yield from found
        named = tables.images[[*_FILES, *_PATHS]].notna().all(axis=1).to_numpy()
        files = self._files(root, tables, kept & named)
        yield from files.absences(_PART)
        meta = tables.meta[kept & named].reset_index(drop=True)
        yield from faults(files, meta, CHANNELS, pixels=pixels)

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that the two published tables are there, and which plates have a folder."""
        there = {name.removesuffix(".gz") for name in contents.files}
        if not {IMAGES, MOA} <= there:
            return None
        tables, why = _Tables.read(contents.root), f"{IMAGES} and {MOA} are there"
        folders = {part for name in contents.images for part in PurePosixPath(name).parts[:-1]}
        plates = sorted(set(tables.meta["plate"].dropna()))
        copied = tuple(plate for plate in plates if plate in folders)
        if 0 < len(copied) < len(plates):
            why += f"; {len(copied)} of its {len(plates)} plates have a folder"
        else:
            copied = ()
        return Recognised(certainty=0.98, why=why, layout=cls(plates=copied))

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> Bbbc021:
        """Write two tables and the images of 2 plates of 3 wells, and return the layout."""
        rng = np.random.default_rng(seed)
        wells = {"B02": ("DMSO", 0.0), "B04": ("taxol", 0.3), "C05": ("emetine", 0.1)}
        rows: list[dict[str, object]] = []
        for plate, well in product(("Week1_22123", "Week4_27481"), wells):
            (root / plate).mkdir(parents=True, exist_ok=True)
            for _ in range(SITES):
                row = dict(zip(_OURS, (plate, well, *wells[well], 1), strict=True))
                row |= {"TableNumber": 1, "ImageNumber": len(rows) + 1}
                for channel in CHANNELS:
                    name = f"{len(rows):03d}_{channel}.tif"
                    tifffile.imwrite(root / plate / name, rng.poisson(900, size).astype(np.uint16))
                    row[f"Image_FileName_{channel}"] = name
                    row[f"Image_PathName_{channel}"] = f"{plate.split('_')[0]}/{plate}"
                rows.append(row)
        pd.DataFrame(rows).to_csv(root / IMAGES, index=False)
        moa = [("DMSO", 0.0, "DMSO"), ("taxol", 0.3, "Microtubule stabilizers")]
        moa.append(("emetine", 0.1, "Protein synthesis"))
        annotated = pd.DataFrame(moa, columns=["compound", "concentration", "moa"])
        annotated.to_csv(root / MOA, index=False)
        return cls()

    def _table_problems(self, tables: _Tables) -> Iterator[Problem]:
        yield from tables.problems()
        kept = self._kept(tables)
        if not kept.all():
            what = f"{self.subset} leaves out {int((~kept).sum())} of {len(kept)} fields"
            yield Problem("left out", tables.images_name, None, what, serious=False)

    def _kept(self, tables: _Tables) -> Bool[np.ndarray, " n"]:
        meta = tables.meta
        kept = np.ones(len(meta), dtype=bool)
        for plate in self.plates:
            if plate not in set(meta["plate"]):
                hint = nearest(plate, meta["plate"].dropna().unique())
                raise InputError(f"no plate '{plate}'", where=tables.images_name, fix=hint)
        if self.plates:
            kept &= meta["plate"].isin(self.plates).to_numpy()
        annotated = meta["moa"].notna().to_numpy()
        if self.subset == "annotated":
            kept &= annotated & ~meta["control"].to_numpy()
        elif self.subset == "annotated+controls":
            kept &= annotated | meta["control"].to_numpy()
        if not kept.any():
            raise InputError(f"{self.subset} keeps no field", where=tables.images_name)
        return kept

    def _files(self, root: Path, tables: _Tables, kept: Bool[np.ndarray, " n"]) -> ImageFiles:
        table = tables.images[kept]
        return ImageFiles(
            Path(root),
            _image_paths(Path(root), table, self.suffix),
            len(CHANNELS),
            tables.images_name,
            tables.lines[kept],
            leave_out=self.unreadable == "leave_out",
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """The two published tables, and the metadata that their join gives, row by row."""

    images_name: str
    moa_name: str
    images: pd.DataFrame
    moa: pd.DataFrame
    meta: pd.DataFrame
    lines: Integer[np.ndarray, " n"]  # rows of the images' table, as a spreadsheet numbers them

    @classmethod
    def read(cls, root: Path) -> _Tables:
        paths = find_one(root, IMAGES, IMAGES + ".gz"), find_one(root, MOA, MOA + ".gz")
        images = read_table(paths[0])
        moa = read_table(paths[1])
        require(images, [*_OURS, *_FILES, *_PATHS], paths[0])
        require(moa, ["compound", "concentration", "moa"], paths[1])
        images = as_metadata(images, {ours: theirs for theirs, ours in _OURS.items()}, paths[0])
        moa = as_metadata(moa, {}, paths[1])
        for table, path in ((images, paths[0]), (moa, paths[1])):
            table["concentration"] = _numbers(table, path)
        lines = images.index.to_numpy() + HEADER
        return cls(paths[0].name, paths[1].name, images, moa, _joined(images, moa), lines)

    def problems(self) -> Iterator[Problem]:
        full = ["plate", "well", "compound", "concentration", *_FILES, *_PATHS]
        yield from gaps(self.images, full, self.images_name)
        yield from repeats(self.images, [_PATHS[0], _FILES[0]], self.images_name)
        yield from gaps(self.moa, ["compound", "concentration", "moa"], self.moa_name)
        yield from repeats(self.moa, ["compound", "concentration"], self.moa_name)
        yield from self._notes()

    def _notes(self) -> Iterator[Problem]:
        wells = self.images.groupby(["plate", "well"], observed=True).size()
        for (plate, well), count in wells[wells != SITES].items():
            what = f"{plate} {well} has {count} fields, not {SITES}"
            yield Problem("fields per well", self.images_name, None, what, serious=False)
        used = set(_keys(self.images))
        for row, key in zip(self.moa.index, _keys(self.moa), strict=True):
            if key not in used:
                what = f"no field of {key[0]} at {key[1]}"
                line = int(row) + HEADER
                yield Problem("unused annotation", self.moa_name, line, what, serious=False)


def _numbers(table: pd.DataFrame, path: Path) -> pd.Series:
    numbers = pd.to_numeric(table["concentration"], errors="coerce")
    odd = np.flatnonzero(numbers.isna() & table["concentration"].notna())
    if len(odd):
        value = table["concentration"].iloc[odd[0]]
        raise InputError(
            f"concentration '{value}' is not a number",
            where=f"{path.name} {row_of(table.index, int(odd[0]))}",
        )
    return numbers.astype(float)


def _keys(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (compound, concentration) row by row: doses are equal as numbers, to six digits."""
    doses = (f"{dose:.6g}" for dose in table["concentration"])
    return list(zip(table["compound"].astype(str).str.strip(), doses, strict=True))


def _joined(images: pd.DataFrame, moa: pd.DataFrame) -> pd.DataFrame:
    """Return the metadata in the order of the image table."""
    known = dict(zip(_keys(moa), moa["moa"], strict=True))
    meta = with_roles(images)
    meta["moa"] = pd.Series([known.get(key, np.nan) for key in _keys(images)], dtype=object)
    meta.loc[meta["control"], "moa"] = "DMSO"
    meta["batch"] = meta[_PATHS[0]].str.extract(r"(Week\d+)", expand=False)
    order = meta["ImageNumber"] if "ImageNumber" in meta else pd.Series(meta.index)
    rank = order.groupby([meta["plate"], meta["well"]], observed=True).rank(method="first")
    meta["site"] = rank.fillna(0).astype(int)
    return meta[[name for name in _KEPT if name in meta]]


def _image_paths(
    root: Path, table: pd.DataFrame, suffix: str | None
) -> Shaped[np.ndarray, "n channel"]:
    """Return the paths of the three files of every row, from the folder that holds them."""
    paths = np.empty((len(table), len(CHANNELS)), dtype=object)
    there: dict[str, str] = {}
    for c, (path_column, file_column) in enumerate(zip(_PATHS, _FILES, strict=True)):
        for i, (path, name) in enumerate(zip(table[path_column], table[file_column], strict=True)):
            if path not in there:
                flat = PurePosixPath(path).name
                there[path] = path if (root / path).is_dir() else flat
            stem = name if suffix is None else PurePosixPath(name).stem + suffix
            paths[i, c] = f"{there[path]}/{stem}"
    return paths
