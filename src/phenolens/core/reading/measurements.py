"""Which columns of a table are measurements: by name, by type, and by what they hold."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.columns import (
    COMPARTMENTS,
    NEVER_FEATURES,
    is_running_number,
    names_an_id,
    refuse_metadata,
)
from phenolens.core.errors import InputError
from phenolens.core.reading.blanks import bare
from phenolens.core.reading.numbers import begins_as_a_number, reads_as_numbers

_LOG = logging.getLogger("phenolens")
MARKED = ("Metadata_", "Image_Metadata_")
# Columns of CellProfiler's image table about the file and the run, not the cells.
_FILES = ("FileName_", "PathName_", "URL_", "MD5Digest_", "ExecutionTime_", "ModuleError_")
_IMAGES = ("Frame_", "Series_", "Width_", "Height_", "Scaling_", "Channel_", "ProcessingStatus_")
BOOKKEEPING = (*_FILES, *(f"Image_{what}" for what in (*_FILES, *_IMAGES, "Group_")))
# CellProfiler's kinds of measurement, which follow the name of the object if there is one.
_KINDS = re.compile(
    "(^|_)(AreaShape|Intensity|Texture|Granularity|RadialDistribution|Correlation|Neighbors"
    "|Location|ObjectSkeleton|Children|Count|Math|ImageQuality)_"
)
_DIGITS = re.compile(r"\d+")
_LIST = re.compile(r"\[\s*[-+.\d]")
_COORDINATE = re.compile("(^|_)(Location_|AreaShape_(Center|BoundingBoxM(in|ax)imum)_)")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which columns are features.

    Attributes:
        names: The features, in the table's order.
        facts: What was left out although it is a number, for the provenance.
    """

    names: list[str]
    facts: dict[str, Any]


def is_measured(name: str) -> bool:
    """Return whether this is CellProfiler's name for a measurement, of any object.

    Example:
        >>> is_measured("Mitochondria_AreaShape_Area"), is_measured("Metadata_Intensity_Setting")
        (True, False)
    """
    if name.startswith((*MARKED, *BOOKKEEPING)):
        return False
    return name.startswith(COMPARTMENTS) or bool(_KINDS.search(name))


def is_coordinate(name: str) -> bool:
    """Return whether this is where an object is in its image, as a centre or a bounding box.

    Example:
        >>> is_coordinate("Nuclei_Location_Center_X"), is_coordinate("AreaShape_BoundingBoxArea")
        (True, False)
    """
    return bool(_COORDINATE.search(name))


def choose(
    types: Mapping[str, Any],
    column: Callable[[str], pd.Series],
    columns: Mapping[str, str],
    *,
    coordinates: bool = False,
) -> Choice:
    """Return the measurements of a table: every number that is not known to be metadata.

    Columns that are marked (`Metadata_`), named by the caller or known by name are metadata, and
    so are CellProfiler's running numbers and notes about files. On single cells, coordinates and
    bounding boxes are metadata too.

    Args:
        types: Column -> its pandas dtype.
        column: Returns a column; called where its name and type do not decide.
        columns: Our name -> the table's own: these are metadata whatever they hold.
        coordinates: Coordinates of single cells are features.

    Raises:
        InputError: No column is a feature, one is metadata by its name, or a code by its type.
    """
    plain = {dtype: is_plain_number(dtype) for dtype in set(types.values())}
    numeric = {name for name, dtype in types.items() if plain[dtype]}
    series = {_series(name) for name in numeric if not is_measured(name)} - {""}
    open_to = [
        name
        for name in types
        if not name.startswith((*MARKED, *BOOKKEEPING))
        and name not in columns.values()
        and name not in NEVER_FEATURES
        and (name in numeric or _measures(name, types[name], column, series))
    ]
    # A single cell's number is an id; its mean over a well is what CellProfiler measured.
    ids = [n for n in open_to if is_running_number(n) and whole(column(n))]
    facts: dict[str, Any] = {}
    if not coordinates and (any("Image" not in name for name in ids) or _cells(types, column)):
        places = [name for name in open_to if is_coordinate(name)]
        facts |= {"coordinates_left_out": len(places)} if places else {}
        ids += places
    kept = [name for name in open_to if name not in set(ids)]
    measured = [name for name in kept if is_measured(name)]
    names = [n for n in kept if not measured or is_measured(n) or not names_an_id(n)]
    if not names:
        raise InputError("no numeric feature column", fix=f"columns: {list(types)[:12]}")
    refuse_metadata(names, ())
    unknown = {n: types[n] for n in names if not is_measured(n)}
    whole_typed = {kind for kind in plain if pd.api.types.is_integer_dtype(kind) or not plain[kind]}
    codes = [name for name, kind in unknown.items() if kind in whole_typed and whole(column(name))]
    _refuse_codes(codes, len(names))
    if measured and unknown:
        facts |= {"other_features": len(unknown)}
        _say_others(list(unknown))
    return Choice(names, facts)


def _refuse_codes(codes: list[str], features: int) -> None:
    """Raise if some features, not all, are whole numbers: such as codes next to an embedding."""
    if 0 < len(codes) < features:
        raise InputError(
            f"'{codes[0]}' holds whole numbers among real ones: a code, not a measurement?",
            fix=f"rename it 'Metadata_{codes[0]}', or write it with a decimal point",
        )


def _say_others(names: list[str]) -> None:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    _LOG.warning(
        "features next to CellProfiler's: %s%s; a column that is not a measurement needs the "
        "prefix 'Metadata_'",
        ", ".join(names[:3]),
        more,
    )


def whole(values: pd.Series) -> bool:
    """Return whether every value that is not missing is a whole number, and one is there."""
    if pd.api.types.is_integer_dtype(values):
        return True
    there = _as_numbers(values)
    return bool(len(there)) and bool((there == np.floor(there)).all())


def _as_numbers(values: pd.Series) -> np.ndarray:
    """Return the values that are not missing, NaN where one is not a number."""
    there = pd.to_numeric(values.dropna().astype(object), errors="coerce")
    return there.to_numpy(np.float64)


def is_plain_number(dtype: Any) -> bool:
    """Return whether a type is that of real numbers, no flag."""
    types = pd.api.types
    return bool(
        types.is_numeric_dtype(dtype)
        and not types.is_bool_dtype(dtype)
        and not types.is_complex_dtype(dtype)
    )


def _series(name: str) -> str:
    """Return what the names of a numbered series share (`f_1`, `f_2`); empty for other names."""
    return _DIGITS.sub("#", name) if _DIGITS.search(name) else ""


def _measures(name: str, dtype: Any, column: Callable[[str], pd.Series], series: set[str]) -> bool:
    """Return whether a column of another type than numbers is a measurement all the same.

    Args:
        name: The column.
        dtype: Its type.
        column: Returns a column.
        series: Names that the numbered columns of numbers share.

    Raises:
        InputError: It holds lists of numbers, as text.
    """
    if pd.api.types.is_bool_dtype(dtype):
        return is_measured(name)
    if not _may_be_text(dtype):
        return False
    values = column(name)
    if values.isna().all():
        return True
    return not _lists(name, values, series) and _text_measures(name, values, series)


def _lists(name: str, values: pd.Series, series: set[str]) -> bool:
    """Return whether the cells are lists, or several named values, which are metadata.

    Raises:
        InputError: They are lists of numbers as text, or the name is that of a measurement.
    """
    first = values.dropna().iloc[0]
    if isinstance(first, str) and _LIST.match(bare(first)):
        raise InputError(
            f"'{name}' holds lists of numbers as text",
            fix="write one column for each number, or the lists to parquet; if it is not an "
            f"embedding, rename it 'Metadata_{name}'",
        )
    if not isinstance(first, list | tuple | np.ndarray | dict):
        return False
    if is_measured(name) or _series(name) in series:
        raise InputError(
            f"'{name}' holds several values in a cell, not one number",
            fix=f"if it is not a measurement, rename the column 'Metadata_{name}', or drop it",
        )
    return True


def _text_measures(name: str, values: pd.Series, series: set[str]) -> bool:
    """Return whether a column of text is a measurement: else it is metadata."""
    if _series(name) in series:  # the other columns of the series are numbers
        return True
    if is_measured(name):
        # A word in CellProfiler's image table describes the image.
        return not name.startswith("Image_") or begins_as_a_number(values)
    if names_an_id(name):  # a code: metadata next to CellProfiler's, else refused by its name
        return not np.isnan(_as_numbers(values)).any()
    return reads_as_numbers(values)


def _may_be_text(dtype: Any) -> bool:
    kinds = pd.StringDtype | pd.CategoricalDtype
    return pd.api.types.is_object_dtype(dtype) or isinstance(dtype, kinds)


def _cells(types: Mapping[str, Any], column: Callable[[str], pd.Series]) -> bool:
    """Return whether the rows are single cells: their objects are numbered."""
    numbered = ("ObjectNumber", "Metadata_ObjectNumber", "Metadata_Cell", "Metadata_cell_id")
    return any(name in types and whole(column(name)) for name in numbered)
