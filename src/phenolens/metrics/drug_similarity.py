"""DrugSimilarity: are drugs known to be alike nearer to one another than to the controls?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Float, Float64, Int64
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from phenolens.core.errors import InputError, nearest
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.reading.flags import control_rows
from phenolens.core.score import Score
from phenolens.neighbours.cell_lines import rows_by_line
from phenolens.neighbours.far_apart import DISTANCES, LineDistances
from phenolens.neighbours.order import canonical_order
from phenolens.statistics.chance import chance
from phenolens.statistics.median import median_and_mad

Pairs = tuple[tuple[str, str], ...]
_NAME = "drug_similarity"


@dataclass(frozen=True, kw_only=True)
class DrugSimilarity:
    """Similarity of drugs known to be alike: d = (Dhat - D) / Dhat, and D^-1.

    Dmitrenko et al. 2022 (paradigms): of two drugs with one mechanism (methotrexate and pemetrexed)
    D is the median distance over all cross pairs of their rows in a cell line, Dhat the mean of
    each one's median distance to the controls of that line. The value is the median of d over all
    pairs and cell lines; `figures` hold median and MAD of d and of 1/D for all four distances.

    d is 1 where the two drugs coincide, 0 where they are as far from one another as from the
    controls, which is also what two drugs without any effect give; two drugs that act in unrelated
    ways have d below 0 (-0.41 for equal lengths at right angles, no noise). So the null is not a
    fixed number: it is the same count of pairs among other compounds. D^-1 depends on the scale of
    the features: compare it on the same table only. Neither sees whether a third drug is nearer
    yet.

    The interval resamples families of pairs that share compounds, or cell lines where all pairs
    are one family.

    Attributes:
        pairs: The pairs of compounds; without any, all that share `same`.
        same: Column whose values make compounds a pair.
        distance: Of the value; `rows` and `figures` hold all four.
        most: Rows of a compound (and of a line's controls) that are compared; of more, so many are
            drawn, with a note.
        permutations: How often the compounds change places for the null.
        resamples: How many make the interval.
        seed: Of all three draws.
    """

    title: ClassVar[str] = "Drug similarity"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = (
        "Near 1: drugs known to be alike are closer to each other than to the controls."
    )
    chance: ClassVar[str] = "below 0: what pairs of other compounds give"
    blind: ClassVar[str] = (
        "whether a third drug is even closer, and whether the drugs share a plate rather than a "
        "mechanism"
    )
    is_mean: ClassVar[bool] = False

    pairs: Pairs = ()
    same: str = "moa"
    distance: Literal["euclidean", "cosine", "correlation", "braycurtis"] = "euclidean"
    most: int = 1000
    permutations: int = 100
    resamples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        twice = [one for one, other in self.pairs if one == other]
        if twice:
            raise InputError(f"names '{twice[0]}' as a pair with itself", where="pairs")
        between(1, MANY, most=self.most, resamples=self.resamples)
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per pair and cell line.

        Raises:
            InputError: No column compound, control or `same`; no control; a compound of `pairs`
                that the table lacks; a feature that is not finite; or no pair in any cell line.
        """
        profiles.controls(_NAME)
        used = profiles.take(canonical_order(profiles))
        names = _names(used)
        pairs = self._pairs(used, names)
        x = used.finite(_NAME)
        lines, notes = self._lines(used, names, x)
        rows = self._rows(pairs, lines, notes)
        if (x < 0).any():
            notes.append(
                "negative features: Bray-Curtis is not between 0 and 1, use the other distances"
            )
        values = rows["value"].to_numpy()
        low, high = self._interval(values, _families(rows))
        value = float(np.median(values))
        return Score(
            name=_NAME,
            value=value,
            low=low,
            high=high,
            n=len(rows),
            **chance(value, self._null(pairs, lines)),
            rows=rows,
            figures=_figures(rows),
            notes=tuple(notes),
        )

    def _pairs(self, used: Profiles, names: pd.Series) -> Pairs:
        """Return the pairs, each once, in the order of their names."""
        if self.pairs:
            there = set(names.dropna())
            for name in (name for pair in self.pairs for name in pair):
                if name not in there:
                    raise InputError(f"no compound '{name}'", fix=nearest(name, there))
            found = {tuple(sorted(pair)) for pair in self.pairs}
        else:
            shared = used.column(self.same, _NAME)
            table = pd.DataFrame({"compound": names, self.same: shared}).dropna()
            table = table.drop_duplicates().reset_index(drop=True)
            allowed = PairRule(same=(self.same,), differ=("compound",)).allows(table)
            left, right = np.nonzero(np.triu(allowed))
            name = table["compound"].to_numpy()
            found = {tuple(sorted(pair)) for pair in zip(name[left], name[right], strict=True)}
            if not found:
                raise InputError(
                    f"{_NAME}: no two compounds share a {self.same}", fix="give `pairs`"
                )
        return tuple((one, other) for one, other in sorted(found))

    def _lines(
        self, used: Profiles, names: pd.Series, x: Float64[np.ndarray, "n d"]
    ) -> tuple[dict[str, LineDistances], list[str]]:
        """Return each cell line that has controls, and what was left out."""
        by_line, notes = rows_by_line(used.meta)
        control = control_rows(used.meta)
        lines = {}
        drawn = 0
        for k, (line, rows) in enumerate(by_line.items()):
            if not control[rows].any():
                notes.append(f"cell line without controls left out: {line}")
                continue
            rng = np.random.default_rng((self.seed, k))
            groups = {
                str(n): rows[p]
                for n, p in names.iloc[rows].groupby(names, observed=True).indices.items()
            }
            parts = [*groups.values(), rows[control[rows]]]
            drawn += sum(len(part) > self.most for part in parts)
            parts = [
                np.sort(rng.choice(p, self.most, replace=False)) if len(p) > self.most else p
                for p in parts
            ]
            lines[line] = LineDistances(x, dict(zip(groups, parts, strict=False)), parts[-1])
        if drawn:
            notes.append(
                f"compounds or controls with more than {self.most} rows, reduced to that: {drawn}"
            )
        return lines, notes

    def _rows(
        self, pairs: Pairs, lines: dict[str, LineDistances], notes: list[str]
    ) -> pd.DataFrame:
        """Return D^-1 and d of every pair in every line that has both drugs."""
        rows = []
        for (one, other), (line, far) in ((p, item) for p in pairs for item in lines.items()):
            if not far.has(one, other):
                continue
            row: dict[str, object] = {"compound": one, "other_compound": other}
            row |= {"cell_line": line} if line else {}
            for distance in DISTANCES:
                inverse, d = far.similarity(one, other, distance)
                row |= {f"{distance}_inverse": inverse, f"{distance}_d": d}
            row["value"] = row[f"{self.distance}_d"]
            rows.append(row)
        table = pd.DataFrame(rows, columns=list(rows[0]) if rows else ["value"])
        undefined = int(table["value"].isna().sum())
        if undefined:
            notes.append(f"pairs whose {self.distance} d is undefined left out: {undefined}")
            table = table[table["value"].notna()].reset_index(drop=True)
        if not len(table):
            raise InputError(
                f"{_NAME}: none of {len(pairs)} pairs has both drugs and controls in one cell line "
                f"and a defined {self.distance} distance",
                fix="a row of zeros has no cosine, constant rows no correlation",
            )
        absent = len(pairs) * len(lines) - len(rows)
        if absent:
            notes.append(f"pairs left out, since a cell line lacks one of the drugs: {absent}")
        return table

    def _null(self, pairs: Pairs, lines: dict[str, LineDistances]) -> Float64[np.ndarray, " p"]:
        """Return the value with the compounds' names shuffled, once per permutation."""
        names = sorted({name for far in lines.values() for name in far.drugs})
        null = []
        rng = np.random.default_rng(self.seed)
        for _ in range(self.permutations if len(names) > 2 else 0):
            drawn = dict(zip(names, rng.permutation(names).tolist(), strict=True))
            swapped = [(drawn[a], drawn[b]) for a, b in pairs if a in drawn and b in drawn]
            found = [
                far.similarity(a, b, self.distance)[1]
                for a, b in swapped
                for far in lines.values()
                if far.has(a, b)
            ]
            if np.isfinite(found).any():
                null.append(float(np.nanmedian(found)))
        return np.array(null, dtype=np.float64)

    def _interval(
        self, values: Float[np.ndarray, " n"], unit: Int64[np.ndarray, " n"]
    ) -> tuple[float, float]:
        """Return the 95 % percentile interval of the median, whole units drawn."""
        units = int(unit.max()) + 1
        if units < 2:
            return float("nan"), float("nan")
        rng = np.random.default_rng(self.seed)
        counts = rng.multinomial(units, np.full(units, 1 / units), size=self.resamples)
        drawn = [np.median(np.repeat(values, count[unit])) for count in counts]
        low, high = np.quantile(drawn, [0.025, 0.975])
        return float(low), float(high)


def _names(used: Profiles) -> pd.Series:
    """Return each row's compound as text; none for controls."""
    names = used.column("compound", _NAME).astype("string").str.strip().astype(object)
    known = names.notna() & (names != "") & ~control_rows(used.meta)
    return names.where(known, None)


def _families(rows: pd.DataFrame) -> Int64[np.ndarray, " n"]:
    """Return the rows that are not independent: they share a compound, else a cell line."""
    both = pd.concat([rows["compound"], rows["other_compound"]])
    code, names = pd.factorize(both)
    left, right = np.split(code, 2)
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(len(names), len(names)))
    count, family = connected_components(graph, directed=False)
    if count > 1 or "cell_line" not in rows.columns:
        return family[left].astype(np.int64)
    return pd.factorize(rows["cell_line"])[0].astype(np.int64)


def _figures(rows: pd.DataFrame) -> dict[str, float]:
    """Return median and MAD over pairs and lines of D^-1 and d, for all distances."""
    figures: dict[str, float] = {}
    for distance in DISTANCES:
        for what in ("inverse", "d"):
            key = f"{distance}_{what}"
            middle, mad = median_and_mad(rows[key].to_numpy(dtype=np.float64))
            figures |= {f"{key}_median": middle, f"{key}_mad": mad}
    return figures
