from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.lenses.conftest import SIDE

from phenolens.explanations.base import Subject
from phenolens.lenses.frozen import Frozen, scaled
from phenolens.lenses.linear import LinearTraining
from phenolens.lenses.study import Study
from phenolens.lenses.train import LensTraining


def study_of(subject: Subject, frozen: Frozen, coefficient: float = -20.0) -> Study:
    return Study(
        frozen=frozen,
        plain=scaled(frozen.scales, subject.embeddings.features, frozen.task),
        lens=LensTraining(coefficient=coefficient, steps=2, lr=1e-2, batch_size=16),
        linear=LinearTraining(epochs=5),
        start="random",
        widths=(4, 4, 2),
        shown=1,
    )


def test_every_tile_is_called_by_classifiers_of_other_wells(blind: Subject, frozen: Frozen) -> None:
    done: list[tuple[int, int]] = []
    study = study_of(blind, frozen)
    study.progress = lambda one, all_: done.append((one, all_))
    found = study.find(2, 5)
    assert len(found.trials) == 2
    assert len(found.looks) == 2
    for trial in (*found.trials, found.permuted):
        np.testing.assert_allclose(trial.before.sum(axis=1), 1)
        np.testing.assert_allclose(trial.after.sum(axis=1), 1)
    assert not np.array_equal(found.trials[0].fold, found.trials[1].fold)
    np.testing.assert_array_equal(found.permuted.fold, found.trials[0].fold)
    assert not np.array_equal(found.permuted.labels, frozen.task.label)
    held = np.sort(np.concatenate([look.shares["place"] for look in found.looks]))
    assert held.tolist() == list(range(len(frozen.task)))
    # Two seeds, one of permuted labels, one of reconstruction alone: two folds of two steps.
    assert done == [(i + 1, 16) for i in range(16)]
    assert found.looks[0].pictures["lens"].shape[1:] == (2, SIDE, SIDE)


def test_it_follows_from_the_seed(blind: Subject, frozen: Frozen) -> None:
    studies = [study_of(blind, frozen) for _ in range(2)]
    for study in studies:
        study.lens = replace(study.lens, steps=1)
    one, same = (study.find(1, 3) for study in studies)
    np.testing.assert_array_equal(one.trials[0].after, same.trials[0].after)
    np.testing.assert_array_equal(one.looks[0].pictures["map"], same.looks[0].pictures["map"])
