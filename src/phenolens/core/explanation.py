"""Explanation: what a representation looked at: figures, and pictures where it has some."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from phenolens.core.errors import InputError
from phenolens.core.files import write_text, written
from phenolens.core.formats.npz import read_npz
from phenolens.core.inside import literal
from phenolens.core.shrunk import shrunk
from phenolens.core.small_files import read_small

FACTS, ROWS, SHOWN, PICTURES = "explanation.json", "rows.parquet", "shown.parquet", "pictures.npz"
SIDE = 224  # pixels of a picture
ALIKE = 0.5  # mean rank correlation above which a map says nothing of what the model learned
_AGAIN = "give the same run again: it will be made again"
# What reading a file of another form raises.
_OTHER = (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Explanation:
    """What a representation looked at: figures, and pictures where it has some.

    Attributes:
        name: Of its entry in the catalogue, as `channel_knock_out`.
        rows: One row for each thing that is explained (a treatment and a channel, a map): columns
            that identify it, then figures.
        figures: A few numbers that sum it up. What chance gives is next to each, under the same
            name with `_chance` at its end.
        notes: Plain sentences: what was left out, and why.
        trusted: Whether it passed its own test of sanity; None: it has none.
        pictures: By name, arrays whose first axis is that of `shown`: maps (k, h, w), images
            (k, c, h, w), uint8 or floats.
        shown: Metadata of the pictures, one row for each: plate, well, site, tile, treatment.
    """

    name: str
    rows: pd.DataFrame
    figures: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    trusted: bool | None = None
    pictures: Mapping[str, np.ndarray] = field(default_factory=dict)
    shown: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        for name, picture in self.pictures.items():
            if picture.ndim not in (3, 4) or picture.dtype.kind not in "buif":
                raise InputError(
                    f"'{name}' is {picture.dtype} of shape {picture.shape}, and pictures are "
                    "numbers: (k, height, width), or with channels (k, c, height, width)",
                    where=self.name,
                )
            if len(picture) != len(self.shown):
                raise InputError(
                    f"'{name}' has {len(picture)} pictures, and {len(self.shown)} are described",
                    where=self.name,
                )

    def summary(self) -> dict[str, Any]:
        """Return it without rows and pictures, ready for JSON (NaN becomes None)."""
        figures = {k: float(v) if math.isfinite(v) else None for k, v in self.figures.items()}
        return {"figures": figures, "trusted": self.trusted, "notes": list(self.notes)}

    def save(self, folder: Path) -> Path:
        """Write it into a folder: two tables, one archive of arrays, and the facts last."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in ((ROWS, self.rows), (SHOWN, self.shown)):
            with written(folder / name) as partial:
                table.reset_index(drop=True).to_parquet(partial)
        with written(folder / PICTURES) as partial:
            np.savez_compressed(partial, allow_pickle=False, **self.pictures)
        facts = {"name": self.name, **self.summary(), "pictures": list(self.pictures)}
        return write_text(folder / FACTS, json.dumps(facts, indent=1))

    @classmethod
    def load(cls, folder: Path) -> Explanation:
        """Return what `save` wrote.

        Raises:
            InputError: A file is missing or damaged: names it.
        """
        path = folder / FACTS
        try:
            facts = json.loads(read_small(path))
            figures = {k: math.nan if v is None else float(v) for k, v in facts["figures"].items()}
            name, trusted, names = str(facts["name"]), facts["trusted"], list(facts["pictures"])
            notes = tuple(map(str, facts["notes"]))
        except _OTHER as error:
            raise InputError(f"is damaged: {error}", where=path, fix=_AGAIN) from error
        if not all(isinstance(one, str) for one in names):
            raise InputError("'pictures' is not a list of names", where=path, fix=_AGAIN)
        if not (trusted is None or isinstance(trusted, bool)):
            raise InputError("'trusted' is neither true nor false", where=path, fix=_AGAIN)
        return cls(
            name=name,
            rows=_table(folder / ROWS),
            figures=figures,
            notes=notes,
            trusted=trusted,
            pictures=_arrays(folder / PICTURES, names),
            shown=_table(folder / SHOWN),
        )


def picture(light: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Return light between 0 and 1 as a picture: its square root as uint8, shrunk to a side.

    Args:
        light: (..., height, width).
        side: The most pixels of a side; of larger images each pixel is the mean of its area.

    Example:
        >>> picture(np.array([[0.0, 0.25], [1.0, 4.0]])).tolist()
        [[0, 128], [255, 255]]
    """
    made = np.rint(np.sqrt(shrunk(light.clip(0, 1), side)) * 255)
    return np.asarray(made, dtype=np.uint8)


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(literal(path))
    except (*_OTHER, pa.ArrowException) as error:  # also of what pandas wrote about its columns
        raise InputError(f"cannot be read as a table: {error}", where=path, fix=_AGAIN) from error


def _arrays(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    try:
        found, _ = read_npz(path, names)
    except InputError as error:
        raise InputError(error.what, where=path, fix=_AGAIN) from error
    if missing := [name for name in names if name not in found]:
        raise InputError(f"lacks the array '{missing[0]}'", where=path, fix=_AGAIN)
    return found
