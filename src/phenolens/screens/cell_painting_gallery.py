"""Cell Painting Gallery: a project with its workspace of load_data tables and platemaps."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.small_files import read_small
from phenolens.images.contents import Contents
from phenolens.images.listing import Listing
from phenolens.instruments.platemaps import BARCODES, read_platemaps
from phenolens.screens.base import Recognised
from phenolens.screens.cell_profiler import CellProfiler, load_data_tables

_TABLES = "load_data_csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPaintingGallery(CellProfiler):
    """A copy of a project of the Cell Painting Gallery: batches, plates, platemaps.

    The tables in `workspace/load_data_csv/BATCH/PLATE/` list the images, in
    `images/BATCH/images/PLATE.../`; `batch` is the folder's. The maps that
    `workspace/metadata/platemaps/BATCH/barcode_platemap.csv` names are joined by plate and well.

    Attributes:
        load_data: Glob of the tables below the root; empty: all in folders `load_data_csv`.
        channels: Channels to read, in this order; empty: all, in the order of the table.
        names: Name of a channel in the table, without `Orig` -> the name to give it.
        table: A metadata table instead of the project's platemaps, a path or glob below the root,
            joined on plate and well, or on well alone; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the maps.
        unreadable: `stop` where an image is damaged or missing, or `leave_out` its field: it is
            counted and named. More than half is an error.
    """

    def listing(self, contents: Contents) -> Listing:
        """Return the images that the tables list, with batches and the metadata of the maps."""
        names = self._tables(contents) if self.load_data else _tables_of(contents)
        if not names:
            raise InputError(f"no table in a folder {_TABLES}", where=contents.root)
        read = [(_batch(name), self._read(contents, [name])) for name in names]
        files = pd.concat([one.files.assign(batch=batch) for batch, one in read], ignore_index=True)
        files = files.dropna(axis=1, how="all")
        plates = frozenset(files["plate"].astype(str)) if "plate" in files else frozenset[str]()
        metadata, notes = read_platemaps(contents, plates)
        return Listing(
            files=files,
            index=read[0][1].index,
            problems=(*(p for _, one in read for p in one.problems), *notes),
            order=tuple(dict.fromkeys(channel for _, one in read for channel in one.order)),
            metadata=metadata,
            metadata_file=BARCODES,
        )

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there are tables in the folders of a workspace."""
        names = _tables_of(contents)
        if not names:
            return None
        maps = contents.called(BARCODES)
        why = f"{len(names)} tables in {_TABLES}, as the Cell Painting Gallery has them"
        why += f", and {len(maps)} lists of platemaps" if maps else ", without platemaps"
        return Recognised(certainty=0.95, why=why, layout=cls())

    @classmethod
    def fake(
        cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0
    ) -> CellPaintingGallery:
        """Write a batch of a plate with 2 wells of 2 sites, its table and its platemap."""
        folder = root / "images" / "Batch1" / "images"
        CellProfiler.fake(folder, size=size, seed=seed)
        shutil.move(folder / "images" / "BR01", folder / "BR01__2024")
        (folder / "images").rmdir()
        tables = root / "workspace" / _TABLES / "Batch1" / "BR01"
        maps = root / "workspace" / "metadata" / "platemaps" / "Batch1"
        for place in (tables, maps / "platemap"):
            place.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("load_data*.csv"):
            text = read_small(path)
            there = "/bucket/projects/x/images/Batch1/images/BR01__2024/"
            text = text.replace("/home/ubuntu/bucket/images/BR01/", f"/home/ubuntu{there}")
            (tables / path.name).write_text(text, encoding="utf-8")
            path.unlink()
        (maps / BARCODES).write_text("Assay_Plate_Barcode,Plate_Map_Name\nBR01,map1\n")
        wells = "well_position\tbroad_sample\tcontrol_type\nA01\t\tnegcon\nB02\tBRD-1\t\n"
        (maps / "platemap" / "map1.txt").write_text(wells)
        return cls()


def _tables_of(contents: Contents) -> list[str]:
    inside = tuple(n for n in contents.files if _TABLES in PurePosixPath(n).parts)
    return load_data_tables(replace(contents, files=inside)) if inside else []


def _batch(name: str) -> str | None:
    """Return the batch of a table in `load_data_csv/BATCH/PLATE/`; None where that is not known."""
    parts = PurePosixPath(name).parts
    place = parts.index(_TABLES) + 1 if _TABLES in parts else len(parts)
    return parts[place] if place + 3 == len(parts) else None
