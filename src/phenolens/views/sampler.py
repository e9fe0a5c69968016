"""Which anchors a training step sees, and their partners."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.errors import InputError, nearest
from phenolens.views.pairing import Pairing

# What an image is known by. Other columns order only images that agree in all of these.
IDENTITY = frozenset(
    {"cell_line", "compound", "concentration", "treatment", "batch", "plate", "well", "time"}
    | {"replicate", "site", "image", "cell", "cell_id"}
)
NEVER = frozenset({"moa", "target"})  # what a compound does: no draw may depend on it


class Sampler:
    """Draws the (anchor, partner) rows of any step of any epoch, from the seed alone.

    Rows are drawn in an order fixed by their metadata, so draws do not depend on how the table is
    sorted. No state is kept, so a resumed run sees what the killed one would have seen.

    Attributes:
        steps_per_epoch: Whole batches per epoch.
        paired: Whether partners are other images than their anchors.
        counts: Images in all, drawn from, paired by the relaxed rule, their own partner, dropped.
    """

    def __init__(self, meta: pd.DataFrame, pairing: Pairing, batch_size: int, seed: int) -> None:
        self.batch_size, self.seed = batch_size, seed
        self.pairing = pairing
        order = canonical_order(meta)
        meta = meta.iloc[order].reset_index(drop=True)
        rules = [rule for rule in (pairing.rule, pairing.relaxed) if rule]
        self._indices = [rule.partners(meta) for rule in rules]
        lonely = np.zeros(len(meta), dtype=bool)
        relaxed = 0
        if self._indices:
            lonely = self._indices[0].lonely
        if pairing.relaxed:
            relaxed = int((lonely & ~self._indices[1].lonely).sum())
            lonely = lonely & self._indices[1].lonely
        self.paired = bool(self._indices)
        self._refuse(meta, lonely)
        kept = ~lonely if pairing.fallback == "drop" else np.ones(len(meta), dtype=bool)
        self.counts = {
            "images": len(meta),
            "drawn_from": int(kept.sum()),
            "relaxed": relaxed,
            "own_partner": int((lonely & kept).sum()) if self._indices else int(kept.sum()),
            "dropped": int((~kept).sum()),
        }
        self._order, self._kept = order, np.flatnonzero(kept)
        self.steps_per_epoch = len(self._kept) // batch_size
        if not self.steps_per_epoch:
            raise InputError(
                f"{len(self._kept)} images cannot fill one batch of {batch_size}",
                where="training.batch_size",
                fix=f"use at most {len(self._kept)}",
            )
        self._balanced = self._by_value(meta)

    @property
    def shown(self) -> Int64[np.ndarray, " k"]:
        """The screen's rows that any step may show, as anchor or as partner."""
        return self._order[self._kept]

    def rows(self, epoch: int, index: int) -> Int64[np.ndarray, "batch 2"]:
        """Return the anchors' and partners' rows in the screen, for one step of an epoch."""
        anchors = self._anchors(epoch)[index * self.batch_size : (index + 1) * self.batch_size]
        rng = np.random.default_rng([self.seed, 2, epoch, index])
        partners = np.full(len(anchors), -1, dtype=np.int64)
        for drawn in self._indices:
            lone = partners < 0
            own = self.pairing.include_self
            partners[lone] = drawn.draw(anchors[lone], rng, include_self=own)
        partners = np.where(partners < 0, anchors, partners)
        return self._order[np.stack([anchors, partners], axis=1)]

    def _anchors(self, epoch: int) -> Int64[np.ndarray, " n"]:
        rng = np.random.default_rng([self.seed, 1, epoch])
        if self._balanced is None:
            return self._kept[rng.permutation(len(self._kept))]
        rows, start, count = self._balanced
        value = rng.integers(len(start), size=len(self._kept))
        return rows[start[value] + (rng.random(len(value)) * count[value]).astype(np.int64)]

    def _by_value(
        self, meta: pd.DataFrame
    ) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " k"], Int64[np.ndarray, " k"]] | None:
        """Return rows sorted by the balanced column, and where each value begins and how often."""
        name = self.pairing.balance
        if not name:
            return None
        if name not in meta.columns:
            raise InputError(
                f"no column '{name}'",
                where="views.pairs.balance",
                fix=nearest(name, meta.columns, "the table has"),
            )
        codes, values = pd.factorize(meta[name].iloc[self._kept].astype(str), sort=True)
        by_value = self._kept[np.argsort(codes, kind="stable")]
        count = np.bincount(codes, minlength=len(values)).astype(np.int64)
        return by_value, np.cumsum(count) - count, count

    def _refuse(self, meta: pd.DataFrame, lonely: np.ndarray) -> None:
        rule = self.pairing.rule
        if rule and self.pairing.fallback == "error" and lonely.any():
            row = int(np.flatnonzero(lonely)[0])
            cells = {c: meta[c].iloc[row] for c in rule.columns}
            raise InputError(
                f"{int(lonely.sum())} of {len(meta)} images have no partner; the first is {cells}",
                where="views.pairs",
                fix="set fallback to 'self', 'relax' or 'drop'",
            )


def canonical_order(meta: pd.DataFrame) -> Int64[np.ndarray, " n"]:
    """Return the rows in an order of what identifies them: the same one for a shuffled table.

    Only images that agree in all of `IDENTITY` are ordered by their other columns. What a compound
    does (`NEVER`) takes no part: draws, and so weights, are the same whatever the mechanisms are.
    Cells are compared by what they mean, not by their dtype: 1 is 1.0 and None is NaN, so a table
    gives the same order after it went through a file. Equal rows keep their order.
    """
    names = sorted((c for c in meta.columns if str(c) not in NEVER), key=str)
    identity = _hashes(meta, [c for c in names if str(c) in IDENTITY])
    others = _hashes(meta, [c for c in names if str(c) not in IDENTITY])
    return np.lexsort((others, identity)).astype(np.int64)


def _hashes(meta: pd.DataFrame, names: list[Any]) -> np.ndarray:
    """Return one number for each row's cells in these columns, (n,) uint64."""
    if not names:
        return np.zeros(len(meta), dtype=np.uint64)
    text = pd.DataFrame({str(name): _as_text(meta[name]) for name in names})
    return pd.util.hash_pandas_object(text, index=False).to_numpy()


def _as_text(column: pd.Series) -> np.ndarray:
    """Return a column's cells as text, whatever its dtype; empty where a cell is missing."""
    codes, cells = pd.factorize(column)
    text = [
        repr(float(cell)) if isinstance(cell, Real) and not isinstance(cell, bool) else str(cell)
        for cell in cells
    ]
    return np.array([*text, ""], dtype=object)[codes]
