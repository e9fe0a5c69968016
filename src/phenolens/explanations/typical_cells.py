"""TypicalCells: the most typical, the most extreme and the control-like cells of each treatment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64
from sklearn.covariance import ledoit_wolf

from phenolens.calls.few import free_name
from phenolens.calls.linear import Calls, fit_calls
from phenolens.calls.scales import Scales
from phenolens.core.counts import count_of
from phenolens.core.explanation import Explanation
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, between
from phenolens.explanations.base import Subject
from phenolens.hiding.empty import EmptyTiles
from phenolens.statistics.intervals import interval_of_mean

_NAME = "typical_cells"
TYPICAL, EXTREME, LIKE_CONTROLS = "typical", "extreme", "like controls"
CONTROLS = "controls"
_BEYOND = 0.95  # a tile further from the controls' centre than this share of controls is beyond
_SIDE = 96  # pixels of a picture


@dataclass(frozen=True, kw_only=True)
class TypicalCells:
    """The most typical, the most extreme and the control-like cells (tiles) of each treatment.

    Distances are Mahalanobis', with the covariance of the controls (shrunk as Ledoit & Wolf 2004
    do), of embeddings in units of their plate's controls. Every tile, of controls too, is measured
    by the controls of the other half of its plate's wells: controls would else be near each other
    by having been looked at. Typical is nearest to the centre of the treatment's own tiles, extreme
    is furthest from the centre of the controls, and control-like is nearest to it. `beyond` is the
    share of a treatment's tiles further from the controls' centre than 95 % of the controls: how
    many cells respond. By chance it is 0.05.

    A tile is a cell where the screen is of single cells, and else a part of a field. Tiles without
    a nucleus (`hiding/empty.py`) are not shown; they count in `beyond`.

    Attributes:
        same: Column whose values are shown; empty: mechanisms, else compounds, else treatments.
        by: Column within which images are compared with controls: plate, batch; empty: all.
        shown: Pictures of each kind for each value.
        seed: Of the halves.
    """

    title: ClassVar[str] = "Typical cells"
    needs_images: ClassVar[bool] = True

    same: str = ""
    by: str = "plate"
    shown: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        between(1, 1000, shown=self.shown)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, subject: Subject) -> Explanation:
        """Return one row per value, and the pictures.

        Raises:
            InputError: A column is missing, no value has two wells, or a plate has too few
                controls.
        """
        seen, embeddings = subject.seen(_NAME), subject.embeddings
        calls = fit_calls(embeddings, self.same, self.seed, self.by)
        white = _whitened(calls, embeddings, self.seed)
        away = np.linalg.norm(white, axis=1)
        limit = float(np.quantile(away[calls.controls], _BEYOND))
        empty, passed = EmptyTiles(seen), 0
        rows: list[dict[str, Any]] = []
        kept: list[dict[str, Any]] = []
        chosen: list[int] = []
        controls = free_name(CONTROLS, calls.names)
        for call in (-1, *range(len(calls.names))):
            name = controls if call < 0 else calls.names[call]
            own = np.flatnonzero(calls.controls if call < 0 else calls.label == call)
            rows.append({calls.same: name, **_beyond(away[own] > limit, calls.well[own])})
            kinds = _strips(white, away, own, controls=call < 0)
            for kind, order in kinds.items():
                tiles, without = empty.first(order, self.shown)
                passed += without
                for rank, tile in enumerate(tiles):
                    place = _place(embeddings, int(tile))
                    kept.append({calls.same: name, "kind": kind, "rank": rank + 1, **place})
                    kept[-1]["distance"] = float(away[tile])
                    chosen.append(int(tile))
        table = pd.DataFrame(rows)
        return Explanation(
            name=_NAME,
            rows=table,
            figures={
                "beyond": float(table["beyond"].iloc[1:].median()),
                "beyond_chance": 1 - _BEYOND,
            },
            notes=(
                f"{len(calls.names)} values; a tile is beyond the controls where it is further "
                f"from their centre than {_BEYOND:.0%} of them",
                *([f"not shown: {count_of(passed, 'tile')} without a nucleus"] if passed else ()),
            ),
            pictures={"image": seen.pictures(np.array(chosen), _SIDE)},
            shown=pd.DataFrame(kept),
        )


def _whitened(calls: Calls, embeddings: Profiles, seed: int) -> Float64[np.ndarray, "n d"]:
    """Return embeddings in which the controls of the other half have mean 0 and covariance 1."""
    made = np.empty(embeddings.features.shape)
    half = _halves(calls, np.random.default_rng(seed))
    for one in (0, 1):
        own, known = half == one, calls.controls & (half != one)
        scaled = Scales.of(embeddings, known, calls.scales.by).apply(
            embeddings.features, calls.places
        )
        covariance, _ = ledoit_wolf(scaled[known])
        values, vectors = np.linalg.eigh(covariance)
        least = max(float(values.max()) * 1e-9, float(np.finfo(np.float64).tiny))
        made[own] = scaled[own] @ (vectors / np.sqrt(np.maximum(values, least))) @ vectors.T
    return made


def _halves(calls: Calls, rng: np.random.Generator) -> Int64[np.ndarray, " n"]:
    """Return the half of each row: the control wells of every plate, and all others, in turn."""
    half = np.empty(len(calls.well), dtype=np.int64)
    for place in np.unique(calls.places):
        for kind in (True, False):
            rows = np.flatnonzero((calls.places == place) & (calls.controls == kind))
            wells = rng.permutation(np.unique(calls.well[rows]))
            turn = dict(zip(wells, np.arange(len(wells)) % 2, strict=True))
            half[rows] = [turn[well] for well in calls.well[rows]]
    return half


def _strips(
    white: Float64[np.ndarray, "n d"],
    away: Float64[np.ndarray, " n"],
    own: Int64[np.ndarray, " k"],
    *,
    controls: bool,
) -> dict[str, Int64[np.ndarray, " m"]]:
    """Return all tiles for each strip, the clearest first; of controls the typical ones alone."""
    inner = np.linalg.norm(white[own] - white[own].mean(axis=0), axis=1)
    typical = own[np.argsort(inner, kind="stable")]
    if controls:
        return {TYPICAL: typical}
    outward = own[np.argsort(-away[own], kind="stable")]
    return {TYPICAL: typical, EXTREME: outward, LIKE_CONTROLS: outward[::-1]}


def _beyond(beyond: np.ndarray, well: Int64[np.ndarray, " k"]) -> dict[str, float]:
    low, high = interval_of_mean(beyond.astype(np.float64), pd.Series(well))
    return {"tiles": len(beyond), "beyond": float(beyond.mean()), "low": low, "high": high}


def _place(embeddings: Profiles, row: int) -> dict[str, Any]:
    meta = embeddings.meta.iloc[row]
    names = ("treatment", "plate", "well", "site", "cell", "tile")
    return {name: meta[name] for name in names if name in meta}
