"""Single-cell crops: one array of pixels, one table with one row per crop."""

from __future__ import annotations

import hashlib
import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Integer, Shaped, UInt8, UInt16

from phenolens.core.errors import InputError, nearest
from phenolens.core.roles import with_roles
from phenolens.core.screen import Screen
from phenolens.images.bounds import ANY, check_ratio, check_size
from phenolens.images.problem import Problem
from phenolens.images.signature import signature
from phenolens.images.table import (
    by_our_names,
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
            meta=meta,
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
            if pixels:
                _ = reader.array
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
        shape, dtype = _header(path, self.key)
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
        raw = read_table(
            path, text=[self.columns[k] for k in ("plate", "well") if k in self.columns]
        )
        meta = by_our_names(raw, self.columns, path)
        require(meta, ["plate", "well"], path)
        if "site" not in meta:
            source = next((name for name in ("field", "ImageNumber") if name in meta), None)
            if source is not None:
                meta["site"] = meta[source]
        if self.batch_of_plate:
            meta["batch"] = meta["plate"].str.extract(self.batch_of_plate, expand=False)
        return with_roles(meta) if not list(odd_controls(meta, "")) else meta

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
            yield from rows_where(lost, "no batch", path.name, what)
        if "cell" in meta:
            names = [name for name in ("plate", "well", "site", "cell") if name in meta]
            yield from repeats(meta, names, path.name)


_PARTS = 256  # of the array file that are hashed: 1 MiB


@dataclass(frozen=True, eq=False)
class CropReader:
    """Rows -> pixels from one array file; loaded at the first read, not pickled."""

    path: Path
    key: str
    shape: tuple[int, ...]

    def __call__(
        self, rows: Integer[np.ndarray, " n"]
    ) -> UInt16[np.ndarray, "n channel height width"]:
        """Return the crops of these rows."""
        crops = self.array[rows].reshape(-1, *self.shape[1:])
        return np.ascontiguousarray(np.moveaxis(crops, -1, 1), dtype=np.uint16)

    def identify(self, rows: Integer[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 16"]:
        """Return a hash of the file and the row of each crop."""
        whole = hashlib.sha256(signature(self.path, _PARTS) + self.key.encode())
        hashes = np.empty((len(rows), 16), dtype=np.uint8)
        for place, row in enumerate(rows.tolist()):
            one = whole.copy()
            one.update(str(row).encode())
            hashes[place] = np.frombuffer(one.digest()[:16], dtype=np.uint8)
        return hashes

    @cached_property
    def array(self) -> Shaped[np.ndarray, "n height width *channel"]:
        """All crops, as they are stored."""
        try:
            if self.path.suffix == ".npy":
                return np.load(self.path, mmap_mode="r")
            with np.load(self.path) as archive:
                return archive[self.key]
        except _DAMAGE as error:
            raise InputError(f"cannot be read: {error}", where=self.path) from error

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path, "key": self.key, "shape": self.shape}


_DAMAGE = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error)


def _header(path: Path, key: str) -> tuple[tuple[int, ...], str]:
    """Return shape and dtype of an array file without reading its pixels."""
    try:
        if path.suffix == ".npy":
            with path.open("rb") as file:
                shape, dtype = _npy_header(file)
                whole = file.tell() + math.prod(shape) * dtype.itemsize
            if path.stat().st_size < whole:
                raise InputError(
                    f"is truncated: {path.stat().st_size} bytes of {whole}", where=path
                )
            return shape, str(dtype)
        with zipfile.ZipFile(path) as archive:
            names = [Path(name).stem for name in archive.namelist()]
            if key not in names:
                raise InputError(f"has no array '{key}'", where=path, fix=nearest(key, names))
            with archive.open(f"{key}.npy") as member:
                shape, dtype = _npy_header(member)
                whole = member.tell() + math.prod(shape) * dtype.itemsize
            found = archive.getinfo(f"{key}.npy")
            if whole != found.file_size:
                raise InputError(
                    f"is damaged: its array '{key}' says {whole:,} bytes and has "
                    f"{found.file_size:,}",
                    where=path,
                    fix="copy or export the file again",
                )
            check_ratio(whole, min(found.compress_size, path.stat().st_size), ANY, path)
            return shape, str(dtype)
    except InputError:
        raise
    except (MemoryError, OSError):
        raise
    except Exception as error:  # NumPy and zipfile raise many kinds on a damaged header
        raise InputError(f"is damaged, or not an .npz or .npy file: {error}", where=path) from error


def _npy_header(file: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    known: Any = np.lib.format  # comes without types
    first = known.read_magic(file) == (1, 0)
    read = known.read_array_header_1_0 if first else known.read_array_header_2_0
    shape, _, dtype = read(file)
    return tuple(shape), dtype
