"""A parquet file as a sheet: a long table with the types that its columns have."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from phenolens.core.errors import InputError
from phenolens.core.formats.arrow import frame_of
from phenolens.core.formats.parquet import opened
from phenolens.core.formats.parts import unreadable
from phenolens.curves.sheet import Sheet, cell_of
from phenolens.curves.text_sheet import MOST_CELLS


def parquet_sheet(path: Path) -> Sheet:
    """Return a table as a sheet, its header in the first row.

    Flags are text, as a file of text has them: no measurement is true or false.

    Raises:
        InputError: It cannot be read, or is too large for a table of curves.
    """
    try:
        with opened(path) as file:
            cells = file.metadata.num_rows * file.metadata.num_columns
            if cells > MOST_CELLS:
                raise InputError(
                    f"has {cells:,} cells, more than the {MOST_CELLS:,} of a table of curves",
                    fix="read it as a table of profiles: [profiles] in a recipe",
                )
            table = frame_of(file.read(), foreign=True)
    except (OSError, pa.ArrowException) as error:
        raise unreadable(error).at(path) from error
    except InputError as error:
        raise error.at(path) from error
    rows = [[str(name) for name in table.columns]]
    columns = [_cells(table[name]) for name in table.columns]
    return Sheet(path, [*rows, *map(list, zip(*columns, strict=True))])


def _cells(values: pd.Series) -> list[object]:
    plain = values.astype(object).where(values.notna(), None)
    return [cell_of(str(v) if isinstance(v, bool) else _item(v)) for v in plain]


def _item(value: object) -> object:
    item = getattr(value, "item", None)  # of NumPy's scalars
    return item() if callable(item) else value
