"""Choosing among chains, and how good the choice is for compounds that had no part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.statistics.intervals import interval_of_mean
from phenolens.tune.criterion import Criterion
from phenolens.tune.search import Trial

_TIE = 1e-3  # a criterion is read in three places


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Chains that score the same treatments.

    Attributes:
        trials: Those that could be applied.
        rows: One row per treatment: treatment, compound.
        values: (chain, treatment) average precision.
        lost: Chain -> why it could not be tried.
    """

    trials: tuple[Trial, ...]
    rows: pd.DataFrame
    values: Float64[np.ndarray, "c t"]
    lost: Mapping[str, str]

    @classmethod
    def of(cls, trials: Sequence[Trial], compound: pd.Series) -> Candidates:
        """Return those of the trials that score what most of them do.

        Args:
            trials: Of every chain.
            compound: By treatment.

        Raises:
            InputError: No chain could be applied.
        """
        lost = {trial.name: trial.failed for trial in trials if trial.failed}
        some = [trial for trial in trials if not trial.failed]
        if not some:
            first = next(iter(lost.values()), "no chain was given")
            raise InputError(f"no chain can be applied to this table: {first}")
        asked = pd.Series([tuple(trial.values.index) for trial in some])
        common = asked.value_counts(sort=True).index[0]
        for trial in [trial for trial in some if tuple(trial.values.index) != common]:
            lost[trial.name] = (
                f"scores {len(trial.values)} treatments where others score {len(common)}"
            )
        kept = tuple(trial for trial in some if trial.name not in lost)
        names = pd.Series(list(common), dtype=object)
        rows = pd.DataFrame({"treatment": names, "compound": names.map(compound)})
        values = np.stack([trial.values.to_numpy(dtype=np.float64) for trial in kept])
        return cls(kept, rows, values, lost)

    def best(self, criterion: Criterion, among: Bool[np.ndarray, " t"]) -> int:
        """Return the chain that is best on some treatments; within 0.001, that of fewest steps."""
        worth = np.array(
            [
                criterion.value(float(values[among].mean()), trial.mixing)
                for values, trial in zip(self.values, self.trials, strict=True)
            ]
        )
        equal = np.flatnonzero(worth >= worth.max() - _TIE)
        return int(min(equal, key=lambda k: (len(self.trials[k].chain), k)))

    def comparable(self, trial: Trial) -> bool:
        """Return whether a trial scores the same treatments."""
        return not trial.failed and list(trial.values.index) == self.rows["treatment"].tolist()

    def score(
        self, values: pd.Series | Float64[np.ndarray, " t"], **more: Sequence[object]
    ) -> Score:
        """Return the score of these average precisions, with an interval over compounds."""
        value = np.asarray(values, dtype=np.float64)
        low, high = interval_of_mean(value, self.rows["compound"])
        return Score(
            name="replicate_retrieval",
            value=float(value.mean()),
            low=low,
            high=high,
            n=len(value),
            rows=self.rows.assign(value=value, **more),
        )


def nested(
    candidates: Candidates, criterion: Criterion, folds: int, seed: int
) -> tuple[Score, tuple[str, ...]]:
    """Return how good choosing is: every compound scored by the chain chosen without it.

    Compounds are split into folds, all treatments of one into the same. The chain best on the
    others is what a fold's compounds are scored by. They are among the rivals of the others
    throughout, and in the features that a step fitted on all rows sees (transductive); their
    scores have no part in the choice.

    Returns:
        The score, one row per treatment with its fold and chain; and the chain of each fold.

    Raises:
        InputError: Fewer than two folds or compounds.
    """
    compounds = sorted(candidates.rows["compound"].astype(str).unique())
    if min(folds, len(compounds)) < 2:
        raise InputError(
            f"cannot hold out compounds: {folds} folds of {len(compounds)} compounds", where="folds"
        )
    assigned = np.random.default_rng(seed).permutation(len(compounds)) % min(folds, len(compounds))
    fold = candidates.rows["compound"].astype(str).map(dict(zip(compounds, assigned, strict=True)))
    number = fold.to_numpy(dtype=np.int64)
    chosen = np.zeros(len(number), dtype=np.int64)
    names = []
    for held in range(int(number.max()) + 1):
        out = number == held
        best = candidates.best(criterion, ~out)
        chosen[out] = best
        names.append(candidates.trials[best].name)
    values = candidates.values[chosen, np.arange(len(chosen))]
    chains = [candidates.trials[k].name for k in chosen]
    return candidates.score(values, fold=number.tolist(), chain=chains), tuple(names)
