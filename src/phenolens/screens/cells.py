"""Single-cell crops: arrays of pixels, each with a table of one row per crop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.pattern import Pattern
from phenolens.core.reading.blanks import on_distinct
from phenolens.core.reading.ids import whole_or_text
from phenolens.core.reading.place import HEADER, named_place
from phenolens.core.roles import with_roles
from phenolens.core.screen import Screen
from phenolens.images.bounds import check_size
from phenolens.images.contents import Contents
from phenolens.images.crops import CropReader, JoinedCrops, crops_header
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
from phenolens.screens.base import Recognised, refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    r"""Single-cell crops in .npz or .npy arrays, each with a table of one row per crop.

    Attributes:
        images: Glob of the array file. An `.npz` is decompressed once, at the first read, and
            kept in memory; an `.npy` is mapped, so it may be larger than the memory. A list of
            globs makes one screen of several files, in this order.
        table: Glob of the CSV or parquet table, rows in the order of the crops. A list has as many
            globs as `images`, in the same order.
        channels: Names of the channels in the array's order; empty: c0, c1, ....
        columns: Our column -> the table's own, if it is not one of the usual names.
        batch_of_plate: Regex with one group that finds the batch in the plate, as `^(Week\d+)_`.
        key: Name of the array in an `.npz`.
    """

    images: str | tuple[str, ...] = "*_images.np[yz]"
    table: str | tuple[str, ...] = "*_cells.csv"
    channels: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    batch_of_plate: str = ""
    key: str = "images"

    def __post_init__(self) -> None:
        if self.batch_of_plate:
            Pattern.with_one_group(self.batch_of_plate, "batch_of_plate")
        arrays, tables = _several(self.images), _several(self.table)
        if len(arrays) != len(tables) or not arrays:
            raise InputError(
                f"images names {len(arrays)} files and table {len(tables)}",
                where="table",
                fix="name one table for each array, in the same order",
            )

    def __call__(self, root: Path) -> Screen:
        """Return the screen of crops.

        Raises:
            InputError: A file is missing or damaged, table and array do not fit, or a row is
                wrong: names file and row.
        """
        parts = self._parts(Path(root))
        refuse(self._problems(parts), sum(len(part.meta) for part in parts), self)
        first = parts[0].reader
        meta = pd.concat([part.meta for part in parts], ignore_index=True)
        joined = JoinedCrops(tuple(part.reader for part in parts))
        reader = joined if len(parts) > 1 else first
        height, width = first.shape[1:3]
        return Screen(
            meta=with_roles(meta),
            channels=self._names(first),
            read=reader,
            size=(height, width),
            level="cell",
            identify=reader.identify,
        )

    def problems(self, root: Path, *, pixels: bool = False) -> Iterator[Problem]:
        """Yield every problem of the screen; with `pixels` the whole array is read too."""
        try:
            parts = self._parts(Path(root))
            yield from self._problems(parts)
            for part in parts:
                if pixels and len(part.meta) == part.reader.shape[0]:
                    yield from self._odd_planes(part)
        except InputError as error:
            yield Problem.of("file", error)

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there is an array of crops and a table of its name."""
        there = [name for name in contents.files if "/" not in name]
        arrays = [name for name in there if name.endswith(("_images.npz", "_images.npy"))]
        tables = [name for name in there if name.endswith("_cells.csv")]
        if len(arrays) != 1 or len(tables) != 1:
            return None
        why = f"{arrays[0]} and {tables[0]} are there"
        return Recognised(certainty=0.9, why=why, layout=cls())

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

    def _parts(self, root: Path) -> list[_Part]:
        """Return each table with its array.

        Raises:
            InputError: A file is missing or damaged, or arrays differ in size or channels.
        """
        parts: list[_Part] = []
        for table, images in zip(_several(self.table), _several(self.images), strict=True):
            path = find_one(folder(root), table)
            reader = self._reader(find_one(root, images))
            parts.append(_Part(_short(path, root), self._meta(path), reader))
            first = parts[0].reader
            if reader.shape[1:] != first.shape[1:]:
                raise InputError(
                    f"has crops of (height, width, channel) {reader.shape[1:]}, "
                    f"{first.path.name} of {first.shape[1:]}",
                    where=reader.path,
                    fix="put crops of another size or with other channels into another screen",
                )
        return parts

    def _reader(self, path: Path) -> CropReader:
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
            expression = Pattern.with_one_group(self.batch_of_plate, "batch_of_plate")
            meta["batch"] = on_distinct(meta["plate"], lambda name: expression.search(str(name)))
        if not list(odd_controls(meta, "")):
            try:
                with_roles(meta)  # names a row whose concentration cannot be read
            except InputError as error:
                raise error.at(path) from error
        return meta

    def _odd_planes(self, part: _Part) -> Iterator[Problem]:
        """Yield a note for every crop with a plane of one value, or two equal channels."""
        for row, kind, what in part.reader.odd_planes(self._names(part.reader)):
            named = f"{what} ({named_place(part.meta, row)[0]})"
            place = int(part.meta.index[row]) + HEADER
            yield Problem(kind, part.name, place, named, serious=False)

    def _problems(self, parts: Sequence[_Part]) -> Iterator[Problem]:
        for part in parts:
            yield from self._problems_of(part)
        cells: dict[tuple[Any, ...], str] = {}  # where each was first seen
        for part in parts if len(parts) > 1 else ():
            names = [name for name in _CELL if name in part.meta]
            keys = part.meta[names].itertuples(index=False, name=None)
            known = [cells.get(key) if "cell" in names else None for key in keys]
            bad = np.array([place is not None for place in known], dtype=bool)
            what = f"a cell of {next(filter(None, known), '')} appears again"
            yield from rows_where(
                part.meta.index, bad, "duplicate row", part.name, what, "remove one of them"
            )
            keys = part.meta[names].itertuples(index=False, name=None)
            cells |= dict.fromkeys(keys, part.name)

    def _problems_of(self, part: _Part) -> Iterator[Problem]:
        name, meta, reader = part.name, part.meta, part.reader
        if len(meta) != reader.shape[0]:
            what = f"{len(meta)} rows for the {reader.shape[0]} crops of {reader.path.name}"
            fix = "the table needs one row per crop, in the same order"
            yield Problem("row count", name, None, what, fix)
        yield from gaps(meta, ["plate", "well"], name)
        yield from odd_controls(meta, name)
        if self.batch_of_plate:
            lost = (meta["batch"].isna() & meta["plate"].notna()).to_numpy()
            what = f"batch_of_plate '{self.batch_of_plate}' finds no batch in the plate"
            yield from rows_where(meta.index, lost, "no batch", name, what)
        if "cell" in meta:
            yield from repeats(meta, [key for key in _CELL if key in meta], name)


_CELL = ("plate", "well", "site", "cell")  # what names a crop


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One table and its array; the name of the table is relative to the root."""

    name: str
    meta: pd.DataFrame
    reader: CropReader


def _several(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _short(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
