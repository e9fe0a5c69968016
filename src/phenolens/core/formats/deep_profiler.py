"""DeepProfiler's `features/<Plate>/<Well>/<Site>.npz`: one file per field, one row per cell."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.float32 import measured_in_float32
from phenolens.core.formats.npz import read_npz
from phenolens.core.formats.parts import Parts
from phenolens.core.reading.metadata import described

_LOG = logging.getLogger("phenolens")
_WELL = re.compile(r"[A-Za-z]{1,2}\d{1,2}")
_DEEPEST = 4  # folders between the one that is named and a file
_PLACE = ("Metadata_Plate", "Metadata_Well", "Metadata_Site")
_ARRAYS = ("features", "metadata", "locations")
_MOST_CELLS = 200_000  # of one field
_MOST_FEATURES = 100_000
_MOST_VALUES = 10_000_000  # of its metadata, repeated for each cell
_MOST_NAMES, _LONGEST = 1000, 10_000  # values of a field's metadata, and characters of one


def _below(folder: Path) -> list[Path]:
    """Return the `.npz` files of a folder, at most four folders down, sorted.

    DeepProfiler writes two or three; a whole disk, named by mistake, is not walked.
    """
    if folder.resolve() == Path(folder.resolve().anchor):
        raise InputError("is a whole disk", fix="name the folder `features` of DeepProfiler")
    found = [folder.glob("/".join(["*"] * depth + ["*.npz"])) for depth in range(_DEEPEST + 1)]
    return sorted(path for paths in found for path in paths)


def read(path: Path, columns: Mapping[str, str]) -> Parts:
    """Read one `.npz`, or every one below a folder.

    Plate, well and site come from the file's metadata, else from its path
    (`<Plate>/<Well>/<Site>.npz`, or `<Plate>/<Well>_<Site>.npz`). Where the two disagree, the
    metadata is used, the files are counted, and the log names the first. Features are named by
    the model, as in pycytominer: `efficientnet_0`, else `DP_0`.

    Raises:
        InputError: A file is damaged, lacks features, or its shapes do not fit; or no cells at all.
    """
    files = tuple(_below(path)) if path.is_dir() else (path,)
    if not files:
        raise InputError("contains no .npz file", fix="name the folder `features` of DeepProfiler")
    tables: list[pd.DataFrame] = []
    blocks: list[np.ndarray] = []
    disagree: list[Path] = []
    prefix, empty = "", 0
    for file in files:
        try:
            x, rows, model = _field(file)
        except InputError as error:
            raise error.at(file) from error
        if not len(x):
            empty += 1
            continue
        if blocks and x.shape[1] != blocks[0].shape[1]:
            raise InputError(
                f"has {x.shape[1]} features, but the files before it have {blocks[0].shape[1]}",
                where=file,
                fix="put the files of each model into a folder of its own",
            )
        prefix = prefix or model
        disagree += [file] if _place(rows, file) else []
        tables.append(rows)
        blocks.append(x)
    if not blocks:
        raise InputError(f"no cells in {len(files)} files")
    if disagree:
        _LOG.warning(
            "%s: its metadata and its path disagree on plate, well or site (%d of %d files); "
            "the metadata is used",
            disagree[0],
            len(disagree),
            len(files),
        )
    features = np.concatenate(blocks)
    meta, facts = described(pd.concat(tables, ignore_index=True), columns)
    return Parts(
        meta=meta,
        features=features,
        names=tuple(f"{prefix or 'DP'}_{i}" for i in range(features.shape[1])),
        files=files,
        facts={"files": len(files), "without_cells": empty, "path_disagrees": len(disagree)}
        | facts,
    )


def _field(path: Path) -> tuple[np.ndarray, pd.DataFrame, str]:
    """Return one file's features, its metadata with one row per cell, and the model's name."""
    held, names = read_npz(path, _ARRAYS)
    if "features" not in held:
        raise InputError(f"has no array 'features', only {sorted(names)[:20]}")
    x = held["features"]
    if x.size == 0:
        return np.empty((0, 0), np.float32), pd.DataFrame(), ""
    if x.ndim != 2 or x.dtype.kind not in "fiu":
        raise InputError(f"features are {x.dtype} of shape {x.shape}, not cells x features")
    if len(x) > _MOST_CELLS:
        raise InputError(f"has {len(x)} cells, which is not one field of view")
    if x.shape[1] > _MOST_FEATURES:
        raise InputError(f"has {x.shape[1]} features, which is more than a network gives")
    named = _named(held.get("metadata"))
    if len(named) * len(x) > _MOST_VALUES:
        raise InputError(f"has {len(named)} metadata values for each of {len(x)} cells")
    rows = pd.DataFrame({key: [value] * len(x) for key, value in named.items()}, range(len(x)))
    rows["Metadata_Cell"] = np.arange(len(x))
    where = _locations(held.get("locations"), len(x))
    if where is not None:
        rows["Metadata_Location_Center_X"] = where[:, 0].astype(float)
        rows["Metadata_Location_Center_Y"] = where[:, 1].astype(float)
    return measured_in_float32(x), rows, str(named.get("Metadata_Model", ""))


def _locations(found: np.ndarray | None, cells: int) -> np.ndarray | None:
    """Return x and y of each cell, where the file has them."""
    if found is None:
        return None
    rows = len(found) if found.ndim else 0
    if rows != cells:
        raise InputError(f"has {cells} rows of features, but {rows} of locations")
    if found.ndim != 2 or found.shape[1] < 2:
        return None
    if found.dtype.kind not in "fiu":
        raise InputError(f"locations are {found.dtype}, not numbers")
    return found


def _named(metadata: np.ndarray | None) -> dict[str, Any]:
    """Return the plain values of a field's metadata by name, as pycytominer names them."""
    given = metadata.item() if metadata is not None and metadata.size == 1 else {}
    if not isinstance(given, Mapping):
        raise InputError(f"metadata is {type(given).__name__}, expected one value per name")
    lengths = [len(text) for pair in given.items() for text in pair if isinstance(text, str)]
    longest = max(lengths, default=0)
    if len(given) > _MOST_NAMES or longest > _LONGEST:
        raise InputError(
            f"its metadata has {len(given)} values, the longest of {longest} characters; at most "
            f"{_MOST_NAMES} values of {_LONGEST} characters are read",
            fix="take out what does not describe the field",
        )
    return {
        key if key.startswith("Metadata_") else f"Metadata_{key}": value
        for key, value in ((str(k), v) for k, v in given.items())
        if isinstance(value, str | int | float | np.generic | None)
    }


def _place(rows: pd.DataFrame, path: Path) -> bool:
    """Fill in from the path what the metadata lacks; return whether the two disagree."""
    wrong = False
    for name, part in zip(_PLACE, _from_path(path), strict=True):
        if not part:
            continue
        if name not in rows:
            rows[name] = part
        elif not _alike(str(rows[name].iloc[0]), part):
            wrong = True
    return wrong


def _from_path(path: Path) -> tuple[str, str, str]:
    """Return plate, well and site by the path, empty where it does not follow the layout."""
    parts = path.absolute().with_suffix("").parts
    well, _, site = parts[-1].partition("_")
    if len(parts) >= 2 and site and _WELL.fullmatch(well):  # first: P2 is a well, and a plate too
        return parts[-2], well, site
    if len(parts) >= 3 and _WELL.fullmatch(parts[-2]):
        return parts[-3], parts[-2], parts[-1]
    return "", "", ""


def _alike(one: str, other: str) -> bool:
    """Return whether two names are equal up to leading zeros of numbers (A01 and A1)."""
    bare = [re.sub(r"(?<!\d)0+(?=\d)", "", name).lower() for name in (one, other)]
    return bare[0] == bare[1]
