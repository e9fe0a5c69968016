"""Single-cell crops: one array of pixels, one table with one row per crop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.ids import whole_or_text
from phenolens.core.reading.place import HEADER, named_place
from phenolens.core.roles import with_roles
from phenolens.core.screen import Screen
from phenolens.images.bounds import check_size
from phenolens.images.crops import CropReader, crops_header
from phenolens.images.problem import Problem
from phenolens.images.table import (
    as_metadata,
    find_one,
    folder,
    gaps,
    odd_controls,
    read_table,
    repeats,
    require,
    rows_where,
)
from phenolens.screens.base import refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    r"""Single-cell crops in one .npz or .npy array, with a table of one row per crop.

    Attributes:
        images: Glob of the array file. An `.npz` is decompressed once, at the first read, and
            kept in memory; an `.npy` is mapped, so it may be larger than the memory.
        table: Glob of the CSV or parquet table, rows in the order of the crops.
        channels: Names of the channels in the array's order; empty: c0, c1, ....
        columns: Our column -> the table's own, if it is not one of the usual names.
        batch_of_plate: Regex with one group that finds the batch in the plate, as `^(Week\d+)_`.
        key: Name of the array in an `.npz`.
    """

    images: str = "*_images.np[yz]"
    table: str = "*_cells.csv"
    channels: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    batch_of_plate: str = ""
    key: str = "images"

    def __post_init__(self) -> None:
        try:
            groups = re.compile(self.batch_of_plate).groups
        except re.error as error:
            raise InputError(f"batch_of_plate is not a regex: {error}") from error
        if self.batch_of_plate and groups != 1:
            raise InputError(
                f"batch_of_plate needs one group, '{self.batch_of_plate}' has {groups}"
            )

    def __call__(self, root: Path) -> Screen:
        """Return the screen of crops.

        Raises:
            InputError: A file is missing or damaged, table and array do not fit, or a row is
                wrong: names file and row.
        """
        path = find_one(folder(root), self.table)
        reader, meta = self._reader(Path(root)), self._meta(path)
        refuse(self._problems(path, meta, reader), len(meta), self)
        height, width = reader.shape[1:3]
        return Screen(
            meta=with_roles(meta),
            channels=self._names(reader),
            read=reader,
            size=(height, width),
            level="cell",
            identify=reader.identify,
        )

    def problems(self, root: Path, *, pixels: bool = False) -> Iterator[Problem]:
        """Yield every problem of the screen; with `pixels` the whole array is read too."""
        try:
            path = find_one(folder(root), self.table)
            reader, meta = self._reader(Path(root)), self._meta(path)
            yield from self._problems(path, meta, reader)
            if pixels and len(meta) == reader.shape[0]:
                yield from self._odd_planes(path, meta, reader)
        except InputError as error:
            yield Problem.of("file", error)

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (16, 16), seed: int = 0) -> Cells:
        """Write 12 crops of two plates with their table, and return the layout."""
        root.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(seed)
        images = rng.poisson(900, (12, *size, 3)).astype(np.uint16)
        np.savez_compressed(root / "fake_images.npz", images=images)
        i = np.arange(12)
        rows = {
            "cell_id": i,
            "Plate": np.where(i < 6, "Week1_1", "Week2_1"),
            "Well": np.where(i % 2, "B02", "B03"),
            "Compound": np.where(i % 2, "DMSO", "taxol"),
            "Concentration": np.where(i % 2, 0.0, 0.3),
            "field": i % 6,
        }
        pd.DataFrame(rows).to_csv(root / "fake_cells.csv", index=False)
        return cls(channels=("DAPI", "Actin", "Tubulin"), batch_of_plate=r"^(Week\d+)_")

    def _reader(self, root: Path) -> CropReader:
        path = find_one(root, self.images)
        shape, dtype = crops_header(path, self.key)
        if dtype not in ("uint8", "uint16"):
            raise InputError(
                f"has {dtype} pixels, expected 8-bit or 16-bit unsigned integers",
                where=path,
                fix="save the raw camera counts as uint16",
            )
        if len(shape) not in (3, 4):
            raise InputError(
                f"has an array of shape {shape}, expected (n, height, width, channel)", where=path
            )
        reader = CropReader(path, self.key, (*shape, 1)[:4])
        check_size(
            (reader.shape[1], reader.shape[2]), reader.shape[3], np.dtype(dtype).itemsize, path
        )
        wanted, found = len(self.channels), reader.shape[3]
        if self.channels and wanted != found:
            first = wanted == reader.shape[1]
            fix = "make the channel the last axis of" if first else "name every channel of"
            raise InputError(
                f"has {found} channels, but {wanted} are named: {', '.join(self.channels)}",
                where=path,
                fix=f"{fix} the array, which has shape {shape}",
            )
        return reader

    def _names(self, reader: CropReader) -> tuple[str, ...]:
        return self.channels or tuple(f"c{i}" for i in range(reader.shape[3]))

    def _meta(self, path: Path) -> pd.DataFrame:
        meta = as_metadata(read_table(path), self.columns, path)
        require(meta, ["plate", "well"], path)
        if "site" not in meta:
            source = next((name for name in ("field", "ImageNumber") if name in meta), None)
            if source is not None:
                meta["site"] = meta[source]
        if "site" in meta:
            meta["site"] = whole_or_text(meta["site"])
        if self.batch_of_plate:
            meta["batch"] = meta["plate"].str.extract(self.batch_of_plate, expand=False)
        if not list(odd_controls(meta, "")):
            try:
                with_roles(meta)  # names a row whose concentration cannot be read
            except InputError as error:
                raise error.at(path) from error
        return meta

    def _odd_planes(self, path: Path, meta: pd.DataFrame, reader: CropReader) -> Iterator[Problem]:
        """Yield a note for every crop with a plane of one value, or two equal channels."""
        for row, kind, what in reader.odd_planes(self._names(reader)):
            named = f"{what} ({named_place(meta, row)[0]})"
            yield Problem(kind, path.name, int(meta.index[row]) + HEADER, named, serious=False)

    def _problems(self, path: Path, meta: pd.DataFrame, reader: CropReader) -> Iterator[Problem]:
        if len(meta) != reader.shape[0]:
            what = f"{len(meta)} rows for the {reader.shape[0]} crops of {reader.path.name}"
            yield Problem(
                "row count",
                path.name,
                None,
                what,
                "the table needs one row per crop, in the same order",
            )
        yield from gaps(meta, ["plate", "well"], path.name)
        yield from odd_controls(meta, path.name)
        if self.batch_of_plate:
            lost = (meta["batch"].isna() & meta["plate"].notna()).to_numpy()
            what = f"batch_of_plate '{self.batch_of_plate}' finds no batch in the plate"
            yield from rows_where(meta.index, lost, "no batch", path.name, what)
        if "cell" in meta:
            names = [name for name in ("plate", "well", "site", "cell") if name in meta]
            yield from repeats(meta, names, path.name)
