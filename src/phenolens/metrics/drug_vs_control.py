"""DrugVsControl: can a compound's rows be told apart from the controls on its plates?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, above, between
from phenolens.core.reading.flags import control_rows
from phenolens.core.score import Score
from phenolens.core.values import Values, joint_codes
from phenolens.neighbours.order import canonical_order
from phenolens.statistics.chance import chance
from phenolens.statistics.folds import fewest_groups, grouped_folds
from phenolens.statistics.held_out import FIGURES, Linear, held_out, judged
from phenolens.statistics.intervals import interval_of_mean
from phenolens.statistics.median import median_and_mad

Figure = Literal[
    "roc_auc", "average_precision", "accuracy", "f1", "precision", "recall", "specificity"
]
_NAME = "drug_vs_control"
_LEAK = (
    "rows were split at random: rows of one well are trained on and judged, so the figures are too "
    "high wherever a well has several rows"
)


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """The rows of one drug and of the controls on its plates.

    Attributes:
        who: Its columns and their values.
        rows: (n,) rows of the table.
        plate: (n,) their plates.
        group: (n,) what is not to be split.
        drug: (n,) which rows are the drug's.
    """

    who: dict[str, object]
    rows: Int64[np.ndarray, " n"]
    plate: Int64[np.ndarray, " n"]
    group: Int64[np.ndarray, " n"]
    drug: Bool[np.ndarray, " n"]


@dataclass(frozen=True, kw_only=True)
class DrugVsControl:
    """How well a linear classifier tells each drug from the controls of its cell line and plates.

    The task of Dmitrenko et al. 2022 (both papers) on frozen features, per compound or, as
    published, for all drugs of a cell line together (`per = ["cell_line"]`). Where the papers tune
    a network on the rows it is judged by, here one logistic regression is trained, on
    standardized features, and judged on whole wells or plates that it never saw.

    ROC-AUC and average precision rank a drug's rows against the controls of the same plate that
    were held out with them: else an offset of a plate, learnt from training rows in which the held
    out ones are missing, pulls what is chance far below 0.5.

    1 is perfect, 0.5 chance for the ROC-AUC; the average precision of chance is the share of drug
    rows. It cannot see how a drug acts, only that it does; nor whether wells of one drug share
    more than the drug: where a layout puts it in one position on every plate, position alone may
    tell it, in both kinds of group. Accuracy is high by itself where controls are many.

    The value is the mean of `figure` over the rows, its interval from resampling drugs (controls
    stay as they are); `figures` hold median and MAD of every figure over the rows, as published.

    Attributes:
        figure: What is the value; `rows` and `figures` hold all.
        groups: What is never split between training and test: wells (of a plate), plates, or single
            rows, the random split of the papers. The last leaks where a well has several rows:
            the same cells are trained on and judged, which a note states.
        folds: Of the cross-validation; fewer where there are fewer groups of a kind.
        per: Columns whose values make a drug. `cell_line` may be absent: then all is one line.
        inverse_penalty: C of the L2 penalty.
        components: Principal components of the training fold that are used; 0: all features.
        permutations: How many times drug and control are exchanged between wells of a plate for
            the null. Each is a whole cross-validation, so none unless asked for.
        seed: Of the folds and the permutations.
    """

    title: ClassVar[str] = "Drug against control"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: each drug can be told apart from the controls of its plates."
    chance: ClassVar[str] = "0.5"
    chance_level: ClassVar[float] = 0.5
    blind: ClassVar[str] = "how a drug acts, and whether its well position is what is recognised"

    figure: Figure = "roc_auc"
    groups: Literal["well", "plate", "row"] = "well"
    folds: int = 5
    per: tuple[str, ...] = ("compound", "cell_line")
    inverse_penalty: float = 1.0
    components: int = 0
    permutations: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        between(2, MANY, folds=self.folds)
        above(0, inverse_penalty=self.inverse_penalty)
        between(0, MANY, components=self.components, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)
        if not self.per:
            raise InputError("names no column", where="per", fix="write ['compound']")

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per drug (and cell line).

        Raises:
            InputError: No column plate, well (for groups of wells), control or of `per`; no
                control; a feature that is not finite; or no drug in two groups with controls.
        """
        profiles.controls(_NAME)
        used = profiles.take(canonical_order(profiles))
        x = used.finite(_NAME)
        place, well = self._places(used)
        groups = {"well": well, "plate": np.unique(place, return_inverse=True)[1]}
        group = groups.get(self.groups, np.arange(len(used)))
        notes = [_LEAK] if self.groups == "row" else []
        contests = self._enough(list(self._contests(used, place, group, notes)), notes)
        found = [self._judge(x, contest) for contest in contests]
        rows = pd.DataFrame([{**c.who, **f} for c, f in zip(contests, found, strict=True)])
        rows["value"] = rows[self.figure]
        value = float(rows["value"].mean())
        null = self._null(x, well, contests)
        unit = rows[next(iter(contests[0].who))]
        low, high = interval_of_mean(rows["value"].to_numpy(), unit, seed=self.seed)
        return Score(
            name=_NAME,
            value=value,
            low=low,
            high=high,
            n=len(rows),
            **({"null": 0.5} if self.figure == "roc_auc" else {}) | chance(value, null),
            rows=rows,
            figures=_figures(rows),
            notes=tuple(notes),
        )

    def _places(self, used: Profiles) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
        """Return each row's plate (of a cell line) and well, -1 where it is not known."""
        lines = [c for c in ("cell_line",) if c in used.meta.columns]
        columns = [Values.of(used.column(c, _NAME)) for c in (*lines, "plate")]
        place = joint_codes(columns)
        if self.groups != "well" and "well" not in used.meta.columns:
            return place, np.arange(len(used))
        return place, joint_codes([*columns, Values.of(used.column("well", _NAME))])

    def _contests(
        self,
        used: Profiles,
        place: Int64[np.ndarray, " n"],
        group: Int64[np.ndarray, " n"],
        notes: list[str],
    ) -> Iterator[Contest]:
        """Yield each drug with the controls on its plates; what is left out is noted."""
        per = [c for c in self.per if c != "cell_line" or c in used.meta.columns]
        kinds = joint_codes([Values.of(used.column(c, _NAME)) for c in per or self.per])
        control = control_rows(used.meta)
        known = (place >= 0) & (group >= 0)
        with_controls = np.isin(place, place[control & known])
        drug = ~control & (kinds >= 0) & known & with_controls
        said = f"rows without plate, {'well, ' if self.groups == 'well' else ''}{', '.join(per)}"
        lost = int((~control & ((kinds < 0) | ~known)).sum() + (control & ~known).sum())
        alone = int((~control & (kinds >= 0) & known & ~with_controls).sum())
        notes += [f"{said} left out: {lost}"] if lost else []
        notes += [f"rows on plates without controls left out: {alone}"] if alone else []
        # In the order of the first row: rows are sorted by what identifies them.
        for kind in pd.unique(kinds[drug]):
            own = np.flatnonzero(drug & (kinds == kind))
            others = np.flatnonzero(control & known & np.isin(place, place[own]))
            rows = np.concatenate([own, others])
            who = {c: used.meta[c].iloc[own[0]] for c in per}
            yield Contest(who, rows, place[rows], group[rows], np.arange(len(rows)) < len(own))

    def _enough(self, contests: list[Contest], notes: list[str]) -> list[Contest]:
        """Return the contests whose drug and controls are both in at least two groups."""
        most = [fewest_groups(c.group, c.drug) for c in contests]
        kept = [c for c, k in zip(contests, most, strict=True) if k >= 2]
        lost = [c for c, k in zip(contests, most, strict=True) if k < 2]
        if not kept:
            raise InputError(
                f"{_NAME} needs a drug and its controls in at least 2 {self.groups}s each; none of "
                f"{len(contests)} drugs has that",
                fix="score wells rather than aggregated treatments"
                + (", or use groups = 'well'" if self.groups == "plate" else ""),
            )
        if lost:
            names = ", ".join(" ".join(map(str, c.who.values())) for c in lost[:5])
            more = ", ..." if len(lost) > 5 else ""
            notes.append(
                f"drugs left out, in fewer than 2 {self.groups}s with controls: {len(lost)} "
                f"({names}{more})"
            )
        few = sum(2 <= k < self.folds for k in most)
        if few:
            notes.append(
                f"drugs with too few groups for {self.folds} folds, judged in fewer: {few}"
            )
        return kept

    def _judge(self, x: Float64[np.ndarray, "n d"], c: Contest) -> dict[str, float]:
        """Return the counts and figures of one drug."""
        folds = min(self.folds, fewest_groups(c.group, c.drug))
        rng = np.random.default_rng(self.seed)
        fold = grouped_folds(c.group, c.drug, c.plate, folds, rng)
        model = Linear(self.inverse_penalty, self.components)
        log_odds = held_out(x[c.rows], c.drug, fold, model)
        counts = {
            "drug_rows": int(c.drug.sum()),
            "control_rows": int((~c.drug).sum()),
            "folds": folds,
        }
        return {**counts, **judged(c.drug, log_odds, fold + folds * c.plate)}

    def _null(
        self,
        x: Float64[np.ndarray, "n d"],
        well: Int64[np.ndarray, " n"],
        contests: list[Contest],
    ) -> Float64[np.ndarray, " p"]:
        """Return the value with drug and control exchanged, once per permutation."""
        null = np.empty(self.permutations)
        for i in range(self.permutations):
            rng = np.random.default_rng((self.seed, i))
            drawn = [replace(c, drug=_exchanged(c, well[c.rows], rng)) for c in contests]
            null[i] = np.mean([self._judge(x, c)[self.figure] for c in drawn])
        return null


def _exchanged(
    c: Contest, well: Int64[np.ndarray, " n"], rng: np.random.Generator
) -> Bool[np.ndarray, " n"]:
    """Return drug and control shuffled between the wells of each plate, which keeps its counts.

    A well that holds both counts as its first row.
    """
    _, first, code = np.unique(well, return_index=True, return_inverse=True)
    dealt = c.drug[first].copy()
    for plate in np.unique(c.plate):
        wells = np.flatnonzero(c.plate[first] == plate)
        dealt[wells] = rng.permutation(dealt[wells])
    return dealt[code]


def _figures(rows: pd.DataFrame) -> dict[str, float]:
    """Return median and MAD over the rows of every figure."""
    figures: dict[str, float] = {}
    for name in FIGURES:
        middle, mad = median_and_mad(rows[name].to_numpy(dtype=np.float64))
        figures |= {f"{name}_median": middle, f"{name}_mad": mad}
    return figures
