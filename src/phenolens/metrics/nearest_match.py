"""NearestMatch: how often the nearest allowed neighbour has the same MoA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.core.values import Values
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.known_rows import refuse_zero_rows, row_name, rows_ready
from phenolens.neighbours.matching import Matches
from phenolens.neighbours.nearest import nearest
from phenolens.neighbours.order import canonical_order
from phenolens.statistics.units import unit_codes

_PLACES = ("plate", "well", "time", "site", "cell")


@dataclass(frozen=True, kw_only=True)
class NearestMatch:
    """Share of profiles whose nearest allowed neighbour has the same MoA (target, compound, ...).

    1 is perfect; chance is near the share of rows of the most frequent MoA, and is given with the
    score. It sees one neighbour of each row only. A MoA of one compound alone can only miss.

    Negative controls and rows without a MoA are neither queries nor neighbours; the notes count
    them. A cell of several values (`a|b`) is hit by a neighbour that shares one. Neighbours
    equally near are taken in the order of treatment, plate, well and then the other metadata,
    whatever the order of the table.

    Attributes:
        same: Column that the nearest neighbour should share.
        differ: Columns in which a neighbour must differ: at least the compound, or the score
            measures doses.
        unless: Columns of which a neighbour must not share all. If `same` is among them there is
            no null, since the neighbours depend on it.
        candidates_same: Columns that a neighbour must share to be considered at all (cell line).
        distance: Cosine (1 - cos) or euclidean.
        unmatched: A query without any allowed neighbour counts as a miss, or is skipped and so
            leaves the denominator; the notes name it.
        unit: Column whose values keep their rows together in the null, where `same` is shuffled
            between them; rows are shuffled if it is `same` itself.
        permutations: How many shuffles make the null.
        seed: Seed of the shuffles.
    """

    title: ClassVar[str] = "Nearest match"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: the nearest allowed neighbour shares the value."
    chance: ClassVar[str] = (
        "the score with shuffled mechanisms, close to the share of the commonest mechanism"
    )
    blind: ClassVar[str] = "everything but the one nearest neighbour"

    same: str = "moa"
    differ: tuple[str, ...] = ("compound",)
    unless: tuple[str, ...] = ()
    candidates_same: tuple[str, ...] = ()
    distance: Distance = "cosine"
    unmatched: Literal["miss", "skip"] = "miss"
    unit: str = "compound"
    permutations: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    @property
    def rule(self) -> PairRule:
        """Which rows may be neighbours."""
        return PairRule(self.candidates_same, self.differ, self.unless)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per query.

        Raises:
            InputError: As in `match`.
        """
        permutations = 0 if self.same in self.unless else self.permutations
        return self.match(profiles).score("nearest_match", permutations, self.seed)

    def match(self, profiles: Profiles, needed_by: str = "nearest_match") -> Matches:
        """Return every query with its neighbour.

        Args:
            profiles: Treatments, or whatever is to be matched.
            needed_by: The metric that asks, for messages.

        Raises:
            InputError: No such column, fewer than two rows to compare, a feature that is not
                finite, or a row of zeros with the cosine distance.
        """
        source, notes = labelled(profiles, self.same, needed_by)
        self.rule.check(profiles.meta)
        source = source[canonical_order(profiles.take(source))]
        used = profiles.take(source)
        x = used.finite(needed_by)
        if self.distance == "cosine":
            refuse_zero_rows(used)
        found, far = nearest(x, used.meta, self.rule, self.distance)
        unit, units = self._units(used)
        some = found >= 0
        hit = np.zeros(len(used), dtype=bool)
        hit[some] = Values.of(used.meta[self.same]).share(np.flatnonzero(some), found[some])
        rows = _rows(used.meta, self.same, found, far, hit)
        if self.same in self.unless:
            notes.append(
                f"no chance level: which neighbours are excluded depends on the {self.same} itself"
            )
        if "treatment" in used.meta.columns and used.meta["treatment"].dropna().duplicated().any():
            notes.append(
                "several rows per treatment: rows are not independent, "
                "so the interval is too narrow"
            )
        if not some.all():
            notes.append(self._lonely(used, np.flatnonzero(~some)))
        kept = np.flatnonzero(some) if self.unmatched == "skip" else np.arange(len(used))
        if not len(kept):
            raise InputError(
                "no query has an allowed neighbour", fix=f"neighbours must be {self.rule}"
            )
        return Matches(
            rows=rows.iloc[kept].reset_index(drop=True),
            same=self.same,
            units=units,
            source=source[kept],
            unit=unit[kept],
            other=np.where(some, unit[found], -1)[kept],
            notes=tuple(notes),
        )

    def _lonely(self, used: Profiles, rows: Int64[np.ndarray, " k"]) -> str:
        """Return the sentence on queries without a candidate."""
        fate = "counted as misses" if self.unmatched == "miss" else "skipped"
        names = ", ".join(row_name(used.meta, int(row)) for row in rows[:5])
        more = ", ..." if len(rows) > 5 else ""
        return f"queries without an allowed neighbour, {fate}: {len(rows)} ({names}{more})"

    def _units(self, used: Profiles) -> tuple[Int64[np.ndarray, " n"], pd.DataFrame]:
        """Return each row's unit (rows alike in `unit` and `same`), and the `same` of each unit."""
        if self.unit == self.same:
            return np.arange(len(used)), used.meta[[self.same]]
        used.column(self.unit, "the null of nearest_match")
        columns = [self.unit, self.same]
        codes = unit_codes(used.meta, columns)
        first = np.unique(codes, return_index=True)[1]
        return codes, used.meta.iloc[first][columns].reset_index(drop=True)


def labelled(
    profiles: Profiles, column: str, needed_by: str
) -> tuple[Int64[np.ndarray, " k"], list[str]]:
    """Return the rows that have a value and are not negative controls, and what was left out.

    Raises:
        InputError: No such column, or fewer than two such rows.
    """
    rows, notes = rows_ready(profiles, column, needed_by)
    if len(rows) < 2:
        raise InputError(f"{needed_by} needs at least 2 rows with {column}, got {len(rows)}")
    return rows, notes


def _rows(
    meta: pd.DataFrame,
    same: str,
    found: Int64[np.ndarray, " n"],
    far: np.ndarray,
    hit: np.ndarray,
) -> pd.DataFrame:
    """Return the table of queries: what identifies them, their neighbour, its distance, a hit."""
    names = [c for c in ("cell_line", "treatment", "compound") if c in meta.columns and c != same]
    if "treatment" not in meta.columns or meta["treatment"].duplicated().any():
        names += [c for c in _PLACES if c in meta.columns and c != same]
    rows = meta[[*names, same]].copy()
    for name in (*names, same):
        neighbour = meta[name].iloc[found].reset_index(drop=True)
        rows[f"neighbour_{name}"] = neighbour.where(found >= 0)
    rows["distance"] = far
    rows["value"] = hit.astype(np.int64)
    return rows
