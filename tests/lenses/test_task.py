from __future__ import annotations

import numpy as np
import pytest
from tests.calls.conftest import _planted

from phenolens.calls.scales import Scales
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.lenses.task import Task


def task_of(table: Profiles, most: int = 99, same: str = "") -> Task:
    scales = Scales.of(table, table.meta["control"].to_numpy(bool))
    return Task.of(table, scales, 2, same, most, 0)


def test_tiles_are_those_of_the_table_and_controls_are_a_class() -> None:
    table = _planted(tiles=2)
    task = task_of(table)
    assert task.names == ("flat", "up", "control")
    assert task.same == "treatment"
    meta = table.meta.iloc[task.row]
    np.testing.assert_array_equal(meta["tile"], task.tile)
    np.testing.assert_array_equal(task.row // 2, task.image)
    called = np.array(task.names)[task.label]
    np.testing.assert_array_equal(called == "control", meta["control"])
    np.testing.assert_array_equal(called == "up", meta["treatment"] == "up")
    assert len(np.unique(task.well)) == 28


def test_few_images_are_of_many_wells() -> None:
    task = task_of(_planted(tiles=2), most=3)
    assert np.bincount(task.label).tolist() == [6, 6, 6]  # three images of two tiles
    assert len(np.unique(task.well)) == 9


def test_wells_are_whole_in_folds_and_every_value_is_in_both() -> None:
    task = task_of(_planted(tiles=2))
    fold = task.folds(0)
    for well in np.unique(task.well):
        assert len(np.unique(fold[task.well == well])) == 1
    for label in range(3):
        assert set(fold[task.label == label]) == {0, 1}
    assert not np.array_equal(fold, task.folds(1))
    np.testing.assert_array_equal(fold, task.folds(0))


def test_permuted_labels_stay_in_their_fold_and_whole_wells_change() -> None:
    task = task_of(_planted(tiles=2))
    fold = task.folds(0)
    dealt = task.permuted(fold, np.random.default_rng(0))
    for held in (0, 1):
        here = fold == held
        np.testing.assert_array_equal(np.bincount(dealt[here]), np.bincount(task.label[here]))
    for well in np.unique(task.well):
        assert len(np.unique(dealt[task.well == well])) == 1
    assert 0.2 < (dealt != task.label).mean() < 0.95


def test_values_of_one_well_are_left_out_and_nothing_to_tell_is_refused() -> None:
    table = _planted(tiles=2)
    meta = table.meta.copy()
    meta.loc[(meta["treatment"] == "up") & (meta["well"] != "A06"), "treatment"] = "flat"
    meta.loc[meta["plate"] == "p1", "treatment"] = meta["treatment"].replace("up", None)
    few = Profiles(meta=meta, features=table.features)
    task = task_of(few)
    assert task.names == ("flat", "control")
    assert (task.label >= 0).all()
    meta = meta.assign(treatment=meta["treatment"].where(meta["control"]))
    with pytest.raises(InputError, match="fewer than two values of treatment have two wells"):
        task_of(Profiles(meta=meta, features=table.features), same="treatment")
    with pytest.raises(InputError, match="dose"):
        task_of(table, same="dose")
