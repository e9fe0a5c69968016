"""Drop: how much of NSC is lost when neighbours must come from another batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.metrics.nearest_match import NearestMatch
from phenolens.metrics.nscb import Nscb, Protocol
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.matching import Matches, shuffled
from phenolens.statistics.chance import chance


@dataclass(frozen=True, kw_only=True)
class Drop:
    """NSC minus NSCB: how much of the matching of mechanisms depends on shared batches.

    As published (Ando et al. 2017; Perakis et al. 2021) the two are over different treatments (103
    and 92 in BBBC021). `value` in the rows is what a treatment adds, so that its mean is the drop.
    The interval resamples compounds, with neighbours fixed (percentile bootstrap); the null
    shuffles the MoA between compounds, so `p` asks whether the drop is more than chance makes.
    `hits` is none, since the drop is not a share of rows.

    Attributes:
        same: Column that a neighbour should share.
        distance: Cosine (as published) or euclidean.
        protocol: As in `nscb`.
        unmatched: Whether a query without any candidate is a miss or skipped.
        permutations: How many shuffles of `same` between compounds make the null.
        resamples: How many resamples of compounds make the interval.
        seed: Seed of both.
    """

    title: ClassVar[str] = "Drop"
    better: ClassVar[str] = "zero"
    good: ClassVar[str] = (
        "Near 0: nothing is lost when neighbours must come from another batch. Clearly below 0: "
        "neighbours of the same batch mislead, so a batch effect is left."
    )
    chance: ClassVar[str] = "about 0"
    blind: ClassVar[str] = (
        "what batch and mechanism share; and the two scores are over different treatments"
    )

    same: str = "moa"
    distance: Distance = "cosine"
    protocol: Protocol = "strict"
    unmatched: Literal["miss", "skip"] = "miss"
    permutations: int = 1000
    resamples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, MANY, permutations=self.permutations)
        between(1, MANY, resamples=self.resamples)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the drop, with one row per treatment of NSC.

        Raises:
            InputError: As in `nsc` and `nscb`.
        """
        nsc, nscb = self._matches(profiles)
        units, unit, other, weight, hit = _together(nsc, nscb)
        value = float(nsc.rows["value"].mean() - nscb.rows["value"].mean())
        shuffles = self._nscb().shuffles
        null = shuffled(units[self.same], unit, other, weight, shuffles, self.seed)
        low, high = self._interval(units, unit, weight, hit)
        notes = [f"nsc: {note}" for note in nsc.notes if note not in nscb.notes]
        return Score(
            name="drop",
            value=value,
            low=low,
            high=high,
            n=len(nsc),
            **chance(value, null),
            rows=_rows(nsc, nscb),
            notes=(*notes, *nscb.notes),
        )

    def _matches(self, profiles: Profiles) -> tuple[Matches, Matches]:
        profiles.column("batch", "drop")
        nsc = NearestMatch(
            same=self.same,
            differ=("compound",),
            distance=self.distance,
            unmatched=self.unmatched,
        )
        return nsc.match(profiles, "drop"), self._nscb().match(profiles, "drop")

    def _nscb(self) -> Nscb:
        return Nscb(
            same=self.same,
            distance=self.distance,
            protocol=self.protocol,
            unmatched=self.unmatched,
            permutations=self.permutations,
        )

    def _interval(
        self,
        units: pd.DataFrame,
        unit: Int64[np.ndarray, " q"],
        weight: Float64[np.ndarray, " q"],
        hit: Float64[np.ndarray, " q"],
    ) -> tuple[float, float]:
        """Return the 95 % percentile interval of the drop over resampled compounds."""
        compound = pd.factorize(units["compound"], use_na_sentinel=False)[0][unit]
        n = int(compound.max()) + 1
        # Hits and queries of each compound, in NSC (weights above 0) and in NSCB.
        hits = [np.bincount(compound, hit * (s * weight > 0), n) for s in (1, -1)]
        queries = [np.bincount(compound, s * weight > 0, n) for s in (1, -1)]
        rng = np.random.default_rng(self.seed)
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=self.resamples)
        total = [drawn @ q for q in queries]
        some = (total[0] > 0) & (total[1] > 0)
        share = [(drawn @ h)[some] / t[some] for h, t in zip(hits, total, strict=True)]
        if not some.any():
            return np.nan, np.nan
        low, high = np.quantile(share[0] - share[1], [0.025, 0.975])
        return float(low), float(high)


def _together(
    nsc: Matches, nscb: Matches
) -> tuple[
    pd.DataFrame,
    Int64[np.ndarray, " q"],
    Int64[np.ndarray, " q"],
    Float64[np.ndarray, " q"],
    Float64[np.ndarray, " q"],
]:
    """Return units, unit, neighbour's unit, weight and hit of both metrics' queries in one list.

    The weighted sum of hits is NSC - NSCB.
    """
    place = {key: i for i, key in enumerate(_keys(nsc.units))}
    own = np.array([place[key] for key in _keys(nscb.units)])
    other = np.where(nscb.other >= 0, own[nscb.other], -1)
    weight = np.repeat([1 / len(nsc), -1 / len(nscb)], [len(nsc), len(nscb)])
    hit = np.concatenate([nsc.rows["value"], nscb.rows["value"]]).astype(np.float64)
    unit = np.concatenate([nsc.unit, own[nscb.unit]])
    return nsc.units, unit, np.concatenate([nsc.other, other]), weight, hit


def _keys(units: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(units.astype(str).itertuples(index=False, name=None))


def _rows(nsc: Matches, nscb: Matches) -> pd.DataFrame:
    """Return NSC's queries with both hits, and what each adds to the drop."""
    identity = [c for c in nsc.rows.columns if f"neighbour_{c}" in nsc.rows.columns]
    rows = nsc.rows[identity].assign(nsc=nsc.rows["value"])
    again = pd.Series(nscb.rows["value"].to_numpy(), index=nscb.source)
    rows["nscb"] = again.reindex(nsc.source).to_numpy(dtype=np.float64)
    rows["value"] = rows["nsc"] - rows["nscb"].fillna(0) * len(nsc) / len(nscb)
    return rows
