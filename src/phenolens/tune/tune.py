"""Tune: choose a chain of steps by controls and replicates, never by the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.chains.chain import Tables, chain_text
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Say, silent
from phenolens.core.ranges import LARGEST_SEED, between
from phenolens.core.reading.flags import control_rows
from phenolens.core.score import Score
from phenolens.core.versions import version_of
from phenolens.tune.blind import fingerprint, without_answer
from phenolens.tune.criterion import Criterion
from phenolens.tune.labels import gain, label_scores, truth_of
from phenolens.tune.layout import Layout
from phenolens.tune.nested import Candidates, nested
from phenolens.tune.search import Trial, search
from phenolens.tune.space import default_space, distinct
from phenolens.tune.tuned import Tuned
from phenolens.tune.work import Work, made_by

FOLDS = 5  # parts that the compounds are split into
CHOSEN, GIVEN, DEFAULT = "chosen", "as given", "standardize"


def tune(
    profiles: Profiles,
    space: Sequence[Tables] | None = None,
    *,
    mixing: float = 0.0,
    seed: int = 0,
    say: Say = silent,
    work: Path | None = None,
) -> Tuned:
    """Return the chain of steps under which replicates find each other best.

    The search is given plates, wells, compounds, doses and controls, and no mechanism or target.
    Its estimate is nested: each compound is scored by the chain chosen without it. When the choice
    is made, NSC and NSCB of it and of the untuned chains are measured once.

    Args:
        profiles: Wells, with at least half of the treatments on two plates or more.
        space: Chains of steps as plain tables; `default_space(profiles)` unless given.
        mixing: Weight of the controls' mixing in the criterion (see `Criterion`).
        seed: Of the folds and the intervals.
        say: Called with one line per chain.
        work: File that keeps what is measured, for a search that is killed to go on. It stays:
            the caller deletes it (`tune.work.remove`) once the result is on disk.

    Raises:
        InputError: No compounds or replicates, rows that are not wells, a chain that names the
            answer, or none that can be applied.
    """
    between(0, LARGEST_SEED, seed=seed)
    chains = distinct(default_space(profiles) if space is None else space)
    untuned = {GIVEN: (), DEFAULT: _standardize(profiles)}
    every = distinct([*chains, *untuned.values()])
    blind = without_answer(profiles, every)
    criterion = Criterion(Layout.of(blind), mixing)
    seen = fingerprint(blind)
    saved = Work(work, f"{version_of('phenolens')} {seen} {criterion}", made_by) if work else None
    trials = _trials(blind, every, criterion, say, saved)
    found = Candidates.of([trials[chain_text(chain)] for chain in chains], _compounds(blind))
    estimate, chosen = nested(found, criterion, FOLDS, seed)
    best = found.trials[found.best(criterion, np.ones(len(found.rows), dtype=bool))]
    others = {who: trials[chain_text(chain)] for who, chain in untuned.items()}
    others = {who: trial for who, trial in others.items() if found.comparable(trial)}
    scores = {who: found.score(trial.values) for who, trial in others.items()}
    answers, label_gains, notes = _labels(profiles, {CHOSEN: best, **others}, seed)
    return Tuned(
        chain=best.chain,
        criterion=str(criterion),
        nested=estimate,
        untuned=scores,
        gains={who: gain(estimate, score, seed) for who, score in scores.items()},
        mixing={who: trial.mixing for who, trial in {CHOSEN: best, **others}.items()},
        folds=chosen,
        trials=tuple(_record(trials[chain_text(chain)], criterion) for chain in chains),
        labels=answers,
        label_gains=label_gains,
        notes=(*criterion.layout.notes, *_alone(blind, found), *_lost(found)),
        label_notes=tuple(notes),
        seed=seed,
        seen=seen,
    )


def _trials(
    profiles: Profiles, chains: Sequence[Tables], criterion: Criterion, say: Say, work: Work | None
) -> dict[str, Trial]:
    """Return every chain measured; what was measured before is not measured again."""
    known = work.read() if work else {}
    found = {}
    for trial in search(profiles, chains, criterion, say, known):
        found[chain_text(trial.chain)] = trial
        if work and chain_text(trial.chain) not in known:
            work.keep(trial)
    return found


def _standardize(profiles: Profiles) -> Tables:
    """Return the field's default: z-scores by each plate's controls, or by all its wells."""
    meta = profiles.meta
    controlled = bool(control_rows(meta).any())
    table: dict[str, Any] = {"step": "standardize"}
    if "plate" not in meta.columns:
        table["by"] = []
    return ({**table, **({} if controlled else {"on": "all"})},)


def _compounds(profiles: Profiles) -> pd.Series:
    """Return each treatment's compound; of several the first by name, in any order of rows."""
    known = profiles.meta.dropna(subset=["treatment", "compound"])
    known = known.sort_values("compound", key=lambda names: names.astype(str), kind="stable")
    known = known.drop_duplicates("treatment")
    names = known["treatment"].astype(str).str.strip()
    return pd.Series(known["compound"].astype(str).to_numpy(), index=names.to_numpy())


def _alone(profiles: Profiles, found: Candidates) -> list[str]:
    """Return the sentence on treatments that could not be scored."""
    meta = profiles.meta
    if "control" in meta.columns:
        meta = meta[~control_rows(meta)]
    lost = sorted(set(meta["treatment"].dropna().astype(str)) - set(found.rows["treatment"]))
    if not lost:
        return []
    what = "Treatments without a replicate or a rival were not counted"
    return [f"{what}: {len(lost)}, such as {lost[0]}."]


def _labels(
    profiles: Profiles, trials: Mapping[str, Trial], seed: int
) -> tuple[dict[str, dict[str, Score]], dict[str, dict[str, dict[str, float]]], list[str]]:
    """Return the test labels' scores, by how much the choice is ahead, and notes."""
    truth = truth_of(profiles.meta)
    if truth is None:
        return (
            {},
            {},
            ["The table has no mechanisms or targets, so the choice was not tested on any."],
        )
    chains = {who: trial.chain for who, trial in trials.items()}
    scores, notes = label_scores(profiles, chains, truth, seed)
    ahead = {
        who: {
            name: gain(scores[CHOSEN][name], score, seed)
            for name, score in own.items()
            if name in scores[CHOSEN]
        }
        for who, own in scores.items()
        if who != CHOSEN
    }
    return scores, ahead, notes


def _record(trial: Trial, criterion: Criterion) -> dict[str, Any]:
    """Return a trial as JSON knows it."""
    mean = None if trial.failed else float(trial.values.mean())
    mixing = None if trial.failed or np.isnan(trial.mixing) else trial.mixing
    return {
        "name": trial.name,
        "steps": len(trial.chain),
        "replicate_map": mean,
        "mixing": mixing,
        "criterion": None if mean is None else criterion.value(mean, trial.mixing),
        "failed": trial.failed,
    }


def _lost(found: Candidates) -> list[str]:
    """Return the sentences on chains that could not be tried."""
    reasons: dict[str, list[str]] = {}
    for name, why in found.lost.items():
        reasons.setdefault(why, []).append(name)
    return [
        f"Chains that could not be tried: {len(names)}, such as {names[0]}: {why}"
        for why, names in reasons.items()
    ]
