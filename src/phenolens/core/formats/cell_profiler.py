"""CellProfiler's own export: a folder with a table for each object, or its SQLite file."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.formats.delimited import read_frame
from phenolens.core.formats.note import Note
from phenolens.core.formats.parts import Parts, from_frame
from phenolens.core.formats.sqlite_tables import sqlite_tables
from phenolens.core.reading.ids import id_text

ENDINGS = (".csv", ".csv.gz")
_LOG = logging.getLogger("phenolens")
_IMAGE, _OBJECT = "ImageNumber", "ObjectNumber"
_LARGEST = 2.0**53  # a whole number beyond this is not exact
# What a row is, the preferred first: cells have one cytoplasm and, in most pipelines, one nucleus.
_BASES = ("Cells", "Cytoplasm", "Nuclei")
_PER = re.compile(r"(?:.*_)?Per_(\w+)")  # MyExpt_Per_Image, Per_Object
_KEYS = ("TableNumber", _IMAGE)
_KEY, _MERGED = "\0key", "\0merged"  # of ours, while tables are joined: no table has them


def holds_objects(folder: Path) -> bool:
    """Return whether a folder holds CellProfiler's tables: one of images, and one of objects."""
    return any(stem.endswith("Image") for stem, _ in _files(folder))


def read(path: Path, columns: Mapping[str, str]) -> Parts:
    """Read the object tables of one export, joined to one row per cell.

    Tables are joined by the number of the image, and by the number of the object or of its
    parent, as the tables state it (`Parent_Cells`). The metadata of the table of images is added;
    its measurements are of images, and are left out. Columns are named as pycytominer names
    them: `AreaShape_Area` of `Cells.csv` is `Cells_AreaShape_Area`.

    Args:
        path: A folder with `Image.csv`, `Cells.csv`, `Nuclei.csv`, ... (also with a common
            prefix, such as `MyExpt_`), or a `.sqlite` or `.db` file of ExportToDatabase or
            cytominer-database.
        columns: Our name -> the table's own.

    Raises:
        InputError: It cannot be read, there is no table of objects, or two rows are one object.
    """
    tables, files = _from_folder(path) if path.is_dir() else _from_database(path)
    images = tables.pop("Image", None)
    tables = {
        name: _named(name, table)
        for name, table in tables.items()
        if {_IMAGE, _OBJECT} <= set(table.columns)
    }
    if not tables:
        raise InputError(
            "contains no table of objects",
            fix=f"one with the columns {_IMAGE} and {_OBJECT}, such as Cells.csv",
        )
    base = next((name for name in _BASES if name in tables), next(iter(tables)))
    if not len(tables[base]):
        raise InputError("has no rows", where=base, fix="export it again, with its objects")
    tables = {name: _numbered(name, table) for name, table in tables.items()}
    if images is not None:
        images = _numbered("Image", images[images[_IMAGE].notna()])
    tables, images = _one_spelling(tables, images)
    frame, facts = _joined(base, tables)
    if images is not None:
        frame = _with_images(frame, images)
    frame = frame.rename(columns={_OBJECT: f"Metadata_{_OBJECT}", _IMAGE: f"Metadata_{_IMAGE}"})
    parts = from_frame(frame.reset_index(drop=True), Note(), columns, files)
    return Parts(
        parts.meta, parts.features, parts.names, files=files, facts={**facts, **parts.facts}
    )


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Return the tables of a folder by the name without its ending."""
    found = []
    for path in sorted(folder.iterdir()):
        ending = next((end for end in ENDINGS if path.name.lower().endswith(end)), "")
        if ending and not path.name.startswith(".") and path.is_file():
            found.append((path.name[: -len(ending)], path))
    return found


def _from_folder(folder: Path) -> tuple[dict[str, pd.DataFrame], tuple[Path, ...]]:
    found = _files(folder)
    stem = next((stem for stem, _ in found if stem.endswith("Image")), "Image")
    prefix = stem.removesuffix("Image")
    tables: dict[str, pd.DataFrame] = {}
    files = []
    for name, path in found:
        if not name.startswith(prefix) or name == f"{prefix}Experiment":
            continue
        try:
            table = read_frame(path)
        except InputError as error:
            raise error.at(path.name) from error
        short = name.removeprefix(prefix)
        if short in tables:
            raise InputError(f"holds '{short}' twice", where=path.name, fix="keep one of the files")
        if _IMAGE in table.columns:
            tables[short] = table
            files.append(path)
    return tables, tuple(files)


def _from_database(path: Path) -> tuple[dict[str, pd.DataFrame], tuple[Path, ...]]:
    tables: dict[str, pd.DataFrame] = {}
    for full, table in sqlite_tables(path, _IMAGE):
        per = _PER.fullmatch(full)
        name = per[1] if per else full
        if name in tables:
            raise InputError(f"holds '{name}' twice", fix="keep one of the tables")
        tables[name] = table
    return tables, (path,)


def _named(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return an object's table with the name of the object before its measurements."""
    mine = f"{name}_"
    keep = {*_KEYS, _OBJECT}
    prefixed = name == "Object" or any(str(c).startswith(mine) for c in table.columns)
    marked = ("Metadata_", "Image_Metadata_")
    rename = {
        column: f"{mine}{column}"
        for column in map(str, table.columns)
        if not prefixed and column not in keep and not column.startswith(marked)
    }
    if _OBJECT not in table.columns:
        return table.rename(columns=rename)
    again = table.duplicated([k for k in (*_KEYS, _OBJECT) if k in table.columns])
    if again.any():
        row = table[again].iloc[0]
        raise InputError(
            f"object {row[_OBJECT]} of image {row[_IMAGE]} appears twice",
            where=name,
            fix="export each image once, or read the exports one by one",
        )
    return table.rename(columns=rename)


def _numbered(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose numbers of images and objects are whole numbers.

    Raises:
        InputError: A number is missing, infinite or has decimals: it would meet another object.
    """
    made = {}
    for column in map(str, table.columns):
        parent = column.startswith((f"{name}_Parent_", "Parent_"))
        if column not in (_IMAGE, _OBJECT) and not parent:
            continue
        values = table[column]
        number = pd.to_numeric(values.astype(object), errors="coerce").astype(np.float64)
        whole = (number == np.floor(number)) & (number.abs() < _LARGEST)
        # Some programs name images by text; a parent may be absent.
        odd = ~whole & ~(values.isna() if parent else number.isna() & (column == _IMAGE))
        odd |= values.isna() & (not parent)
        if odd.any():
            value = values[odd].iloc[0]
            raise InputError(
                f"'{column}' is {'blank' if pd.isna(value) else value}, not the number of an "
                f"{'image' if column == _IMAGE else 'object'} "
                f"({count_of(int(odd.sum()), 'such value')})",
                where=name,
                fix="export it again, or delete these rows",
            )
        if values.dtype.kind == "f" and whole.all():
            made[column] = number.astype(np.int64)
    return table.assign(**made) if made else table


def _one_spelling(
    tables: dict[str, pd.DataFrame], images: pd.DataFrame | None
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame | None]:
    """Return the tables with their keys as text, where one holds text and another numbers."""
    every = {**tables, **({} if images is None else {"": images})}
    for key in _KEYS:
        own = {name: table for name, table in every.items() if key in table}
        if len({str(table[key].dtype) for table in own.values()}) > 1:
            every |= {name: t.assign(**{key: id_text(t[key])}) for name, t in own.items()}
    return {name: every[name] for name in tables}, every.get("")


def _joined(base: str, tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return one row per object of the base, with the objects that belong to it."""
    frame, left_out = tables[base], []
    keys = [key for key in _KEYS if all(key in table.columns for table in tables.values())]
    for name, table in tables.items():
        if name == base:
            continue
        mine, theirs = f"{base}_Parent_{name}", f"{name}_Parent_{base}"
        if mine in frame.columns:
            frame, table = frame.assign(**{_KEY: _whole(frame[mine])}), _keyed(table, _OBJECT)
        elif theirs in table.columns:
            frame, table = frame.assign(**{_KEY: _whole(frame[_OBJECT])}), _keyed(table, theirs)
        else:
            frame, table = frame.assign(**{_KEY: _whole(frame[_OBJECT])}), _keyed(table, _OBJECT)
        if table.duplicated([*keys, _KEY]).any():
            left_out.append(name)
            _LOG.warning("%s left out: several of them belong to one of %s", name, base)
            frame = frame.drop(columns=_KEY)
            continue
        shared = [c for c in table.columns if c in frame.columns and c not in (*keys, _KEY)]
        frame = frame.merge(table.drop(columns=shared), on=[*keys, _KEY], how="inner")
        frame = frame.drop(columns=_KEY)
    lost = len(tables[base]) - len(frame)
    if not len(frame):
        raise InputError(
            f"no object of {base} has one of {', '.join(n for n in tables if n != base)}",
            fix="name tables of one export",
        )
    if lost:
        _LOG.warning("%d of %d %s lack an object of another table", lost, len(tables[base]), base)
    facts: dict[str, Any] = {"joined": [base, *(n for n in tables if n not in (base, *left_out))]}
    facts |= {"left_out": left_out} if left_out else {}
    return frame, facts | ({"rows_unmatched": lost} if lost else {})


def _whole(values: pd.Series) -> pd.Series:
    found = pd.to_numeric(values, errors="coerce").astype(np.float64)
    return found.where(found.abs() < _LARGEST, 0).astype(np.int64)


def _keyed(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table by the number of the object that it belongs to; 0 is none."""
    keyed = table.assign(**{_KEY: _whole(table[name])})
    return keyed[keyed[_KEY] > 0]


def _with_images(frame: pd.DataFrame, images: pd.DataFrame) -> pd.DataFrame:
    """Return the objects with the metadata of their image."""
    keys = [key for key in _KEYS if key in frame.columns and key in images.columns]
    wanted = [
        name
        for name in map(str, images.columns)
        if name.startswith(("Metadata_", "Image_Metadata_")) and name not in frame.columns
    ]
    if images.duplicated(keys).any():
        number = images[images.duplicated(keys)][_IMAGE].iloc[0]
        raise InputError(f"image {number} appears twice", where="Image", fix="export it once")
    made = frame.merge(images[[*keys, *wanted]], on=keys, how="left", indicator=_MERGED)
    absent = int((made[_MERGED] != "both").sum())
    if absent:
        _LOG.warning("%d of %d objects are of an image that is not listed", absent, len(made))
    return made.drop(columns=_MERGED)
