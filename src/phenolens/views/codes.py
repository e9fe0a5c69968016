"""Codes: the requested columns of a screen as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from phenolens.core.errors import InputError, nearest


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Columns of a screen as numbers.

    Attributes:
        of_row: Column -> (images,) int64 codes, -1 where the value is missing.
        values: Column -> its distinct values as text, in the order of their codes.
        missing: Column -> how many shown images lack a value, and the first, in words. Columns
            without missing values are absent.
        counts: Column -> how many shown images have each value.
    """

    of_row: Mapping[str, Tensor]
    values: Mapping[str, tuple[str, ...]]
    missing: Mapping[str, str]
    counts: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(
        cls, meta: pd.DataFrame, columns: Sequence[str], shown: Int64[np.ndarray, " k"]
    ) -> Codes:
        """Return the codes of some columns of a screen's table.

        Values are sorted: numbers by size, all else as text. A cell is one value, also where it
        lists several (`a|b`). A blank cell is missing.

        Args:
            meta: The screen's table.
            columns: What a method requests.
            shown: The rows that training may show; others get no code of their own.

        Raises:
            InputError: The table lacks a column; no other column takes its place.
        """
        of_row, values, missing, counts = {}, {}, {}, {}
        for name in dict.fromkeys(columns):
            _refuse_absent(name, meta)
            cells = meta[name].iloc[shown]
            known = _known(cells)
            numeric = pd.api.types.is_numeric_dtype(cells.dtype)
            codes, distinct = pd.factorize(
                cells[known] if numeric else cells[known].astype(str).str.strip(), sort=True
            )
            of_row[name] = torch.full((len(meta),), -1, dtype=torch.int64)
            of_row[name][torch.from_numpy(shown[known])] = torch.from_numpy(codes.astype(np.int64))
            values[name] = tuple(map(str, distinct))
            counts[name] = tuple(np.bincount(codes, minlength=len(distinct)).tolist())
            if not known.all():
                first = meta.iloc[shown[~known].min()]
                missing[name] = (
                    f"{int((~known).sum())} of {len(shown)} images have no '{name}'; the first is "
                    f"on plate {first['plate']}, well {first['well']}"
                )
        return cls(of_row, values, missing, counts)


def _known(cells: pd.Series) -> Bool[np.ndarray, " k"]:
    """Return which cells hold a value."""
    text = cells.astype(str).str.strip(" |")
    return np.asarray(cells.notna() & (text != ""), dtype=bool)


def _refuse_absent(name: str, meta: pd.DataFrame) -> None:
    if name in meta.columns:
        return
    fix = nearest(name, meta.columns, "the table has")
    if name == "batch":
        fix = f"request 'plate' where each plate is a batch of its own; {fix}"
    raise InputError(
        f"the method requests the column '{name}', which the screen's table lacks",
        where="method",
        fix=fix,
    )
