"""NearestMatch: how often the nearest allowed neighbour shares the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.core.values import Values
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.known_rows import refuse_zero_rows, row_name, rows_ready
from phenolens.neighbours.matching import Matches
from phenolens.neighbours.nearest import nearest
from phenolens.neighbours.order import canonical_order

_OTHER_COMPOUND = PairRule(differ=("compound",))


@dataclass(frozen=True, kw_only=True)
class NearestMatch:
    """Share of profiles whose nearest allowed neighbour has the same truth (MoA, target, ...).

    1 is perfect; chance is near the share of rows that have the commonest truths, and is given
    with the score. It sees one neighbour of each row only, and cannot tell a truth held by one
    compound alone, which can only miss.

    Negative controls and rows without a truth are neither queries nor neighbours; the notes count
    them. A truth of several values (`a|b`) is hit by a neighbour that shares one. Neighbours
    equally near (within 1e-9) are taken in the order of treatment, plate, well and then the
    other metadata, whatever the order of the table.

    Attributes:
        truth: Column that a neighbour must share.
        rule: Who may be a neighbour: at least another compound, or the score measures doses.
        never: Columns that no neighbour may share all of. If the truth is among them there is no
            null, since the neighbours hang on it.
        distance: Cosine (1 - cos) or euclidean.
        unmatched: A query that the rule leaves without any candidate counts as a miss, or is
            skipped and so leaves the denominator; the notes name it.
        unit: Column whose values keep their rows together in the null, where the truth is
            shuffled between them; rows are shuffled if it is the truth itself.
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

    truth: str = "moa"
    rule: PairRule = _OTHER_COMPOUND
    never: tuple[str, ...] = ()
    distance: Distance = "cosine"
    unmatched: Literal["miss", "skip"] = "miss"
    unit: str = "compound"
    permutations: int = 1000
    seed: int = 0

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row a query.

        Raises:
            InputError: As in `match`.
        """
        permutations = 0 if self.truth in self.never else self.permutations
        return self.match(profiles).score("nearest_match", permutations, self.seed)

    def match(self, profiles: Profiles) -> Matches:
        """Return every query with its neighbour.

        Raises:
            InputError: No such column, fewer than two rows to compare, a feature that is not
                finite, or a row of zeros where the cosine is asked.
        """
        source, notes = labelled(profiles, self.truth, "nearest_match")
        self.rule.check(profiles.meta)
        PairRule(same=self.never).check(profiles.meta)
        source = source[canonical_order(profiles.take(source))]
        used = profiles.take(source)
        x = used.finite("nearest_match")
        if self.distance == "cosine":
            refuse_zero_rows(used)
        found, far = nearest(x, used.meta, self.rule, self.distance, self.never)
        unit, units = self._units(used)
        some = found >= 0
        hit = np.zeros(len(used), dtype=bool)
        truth = Values.of(used.meta[self.truth])
        hit[some] = truth.share(np.flatnonzero(some), found[some])
        rows = _rows(used.meta, self.truth, found, far, hit)
        if self.truth in self.never:
            notes.append(
                f"no null: whom {' and '.join(self.never)} leave out hangs on {self.truth}"
            )
        if "treatment" in used.meta.columns and used.meta["treatment"].duplicated().any():
            notes.append(f"the {len(used)} queries are not one a treatment: they hang together")
        if not some.all():
            notes.append(self._lonely(used, np.flatnonzero(~some)))
        kept = np.flatnonzero(some) if self.unmatched == "skip" else np.arange(len(used))
        if not len(kept):
            raise InputError("the rule leaves no query a candidate", fix=f"the rule: {self.rule}")
        return Matches(
            rows=rows.iloc[kept].reset_index(drop=True),
            truth=self.truth,
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
        return f"queries without an allowed candidate, {fate}: {len(rows)} ({names}{more})"

    def _units(self, used: Profiles) -> tuple[Int64[np.ndarray, " n"], pd.DataFrame]:
        """Return each row's unit (rows alike in unit and truth), and the units' truth."""
        if self.unit == self.truth:
            return np.arange(len(used)), used.meta[[self.truth]]
        used.column(self.unit, "the null of nearest_match")
        columns = [self.unit, self.truth]
        codes = used.meta.groupby(columns, dropna=False).ngroup().to_numpy(dtype=np.int64)
        first = np.unique(codes, return_index=True)[1]
        return codes, used.meta.iloc[first][columns].reset_index(drop=True)


def labelled(
    profiles: Profiles, truth: str, needed_by: str
) -> tuple[Int64[np.ndarray, " k"], list[str]]:
    """Return the rows that have a truth and are no negative control, and what was left out.

    Raises:
        InputError: No such column, or fewer than two such rows.
    """
    rows, notes = rows_ready(profiles, truth, needed_by)
    if len(rows) < 2:
        raise InputError(f"{needed_by} needs at least 2 rows with {truth}, got {len(rows)}")
    return rows, notes


def _rows(
    meta: pd.DataFrame,
    truth: str,
    found: Int64[np.ndarray, " n"],
    far: np.ndarray,
    hit: np.ndarray,
) -> pd.DataFrame:
    """Return the table of queries: who they are, their neighbour, their distance, hit or not."""
    told = [c for c in ("cell_line", "treatment", "compound") if c in meta.columns and c != truth]
    if "treatment" not in meta.columns or meta["treatment"].duplicated().any():
        told += [c for c in ("plate", "well", "site", "cell") if c in meta.columns and c != truth]
    rows = meta[[*told, truth]].copy()
    for name in (*told, truth):
        neighbour = meta[name].iloc[found].reset_index(drop=True)
        rows[f"neighbour_{name}"] = neighbour.where(found >= 0)
    rows["distance"] = far
    rows["value"] = hit.astype(np.int64)
    return rows
