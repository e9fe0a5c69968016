"""Which anchors a step sees, and which partners stand with them."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.errors import InputError, nearest
from phenolens.core.pairs import PairRule

IMAGE = "image"  # a rule with same = ["image"] pairs each image with itself: SimCLR, BYOL, DINO


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """Who is a positive pair in training.

    Attributes:
        same: Columns the two images share; `image` means the image itself (DINO, SimCLR, BYOL),
            `compound` is WS-DINO, `treatment` with `differ = ["batch"]` is CDCL.
        differ: Columns in which the two must differ.
        fallback: What an image without a partner gets. `self`: it is its own partner. `relax`: a
            partner by `same` alone (CDCL on CPG0004), or itself. `drop`: it is not trained on.
            `error`: refuse to train.
        balance: Column whose values are drawn equally often (WS-DINO: the weak label); drawing is
            then with replacement. Empty: every image once an epoch.
        include_self: Whether an image may be drawn as its own partner (WS-DINO: yes).
    """

    same: tuple[str, ...] = (IMAGE,)
    differ: tuple[str, ...] = ()
    fallback: Literal["self", "relax", "drop", "error"] = "self"
    balance: str = ""
    include_self: bool = False

    def __post_init__(self) -> None:
        if IMAGE in self.same and (len(self.same) > 1 or self.differ):
            raise InputError(
                "an image paired with itself can share and differ in nothing else",
                where="views.pairs",
                fix=f"write same = ['{IMAGE}'] alone, or columns without '{IMAGE}'",
            )


class Sampler:
    """Draws the (anchor, partner) rows of any step of any epoch, from the seed alone.

    Draws are made in an order of the rows fixed by their metadata, so they do not depend on how
    the table is sorted, and no state is kept, so a resumed run sees what the killed one would have.

    Attributes:
        steps_per_epoch: Whole batches in an epoch.
        paired: Whether partners are other images than their anchors.
        counts: Images in all, drawn from, with a partner, relaxed, their own partner, dropped.
    """

    def __init__(self, meta: pd.DataFrame, pairing: Pairing, batch_size: int, seed: int) -> None:
        self.batch_size, self.seed = batch_size, seed
        self.pairing = pairing
        order = canonical_order(meta)
        meta = meta.iloc[order].reset_index(drop=True)
        self._indices = []
        lonely = np.zeros(len(meta), dtype=bool)
        relaxed = 0
        if pairing.same != (IMAGE,):
            self._indices = [PairRule(pairing.same, pairing.differ).partners(meta)]
            lonely = self._indices[0].lonely
            if pairing.fallback == "relax":
                self._indices.append(PairRule(pairing.same).partners(meta))
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
        self._labels = self._label_table(meta)

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
        if self._labels is None:
            return self._kept[rng.permutation(len(self._kept))]
        rows, start, count = self._labels
        label = rng.integers(len(start), size=len(self._kept))
        return rows[start[label] + (rng.random(len(label)) * count[label]).astype(np.int64)]

    def _label_table(
        self, meta: pd.DataFrame
    ) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " k"], Int64[np.ndarray, " k"]] | None:
        """Return rows sorted by the balanced label, and where each label begins and how long."""
        name = self.pairing.balance
        if not name:
            return None
        if name not in meta.columns:
            raise InputError(
                f"no column '{name}'", where="views.pairs.balance", fix=nearest(name, meta.columns)
            )
        codes, labels = pd.factorize(meta[name].iloc[self._kept].astype(str), sort=True)
        by_label = self._kept[np.argsort(codes, kind="stable")]
        count = np.bincount(codes, minlength=len(labels)).astype(np.int64)
        return by_label, np.cumsum(count) - count, count

    def _refuse(self, meta: pd.DataFrame, lonely: np.ndarray) -> None:
        if self.pairing.fallback == "error" and lonely.any():
            row = int(np.flatnonzero(lonely)[0])
            said = {c: meta[c].iloc[row] for c in (*self.pairing.same, *self.pairing.differ)}
            raise InputError(
                f"{int(lonely.sum())} of {len(meta)} images have no partner, the first {said}",
                where="views.pairs",
                fix="set fallback to 'self', 'relax' or 'drop'",
            )


def canonical_order(meta: pd.DataFrame) -> Int64[np.ndarray, " n"]:
    """Return the rows sorted by their metadata, so that a shuffled table gives the same order.

    Cells are compared by what they mean, not by their dtype: 1 is 1.0 and None is NaN, so a table
    gives the same order after it went through a file. Rows alike in all columns stay as they come.
    """
    text = pd.DataFrame({str(name): _spelt(meta[name]) for name in sorted(meta.columns, key=str)})
    keys = pd.util.hash_pandas_object(text, index=False).to_numpy()
    return np.argsort(keys, kind="stable").astype(np.int64)


def _spelt(column: pd.Series) -> np.ndarray:
    """Return a column's cells as text, whatever its dtype; empty where a cell is missing."""
    codes, cells = pd.factorize(column)
    spelt = [
        repr(float(cell)) if isinstance(cell, Real) and not isinstance(cell, bool) else str(cell)
        for cell in cells
    ]
    return np.array([*spelt, ""], dtype=object)[codes]
