from __future__ import annotations

import numpy as np
import torch
from tests.lenses.conftest import SIDE, small_lens
from torch import nn

from phenolens.lenses.frozen import Frozen
from phenolens.lenses.looks import Looker, examples
from phenolens.lenses.trial import Trial


def trial_of(frozen: Frozen) -> Trial:
    """Return a trial whose lens makes every call right, most for the tiles at its end."""
    labels, n = frozen.task.label, len(frozen.task)
    before, after = np.full((n, 2), 0.5), np.full((n, 2), 0.02)
    before[np.arange(n), labels] = 0.4 - np.arange(n) / 100
    after[np.arange(n), labels] = 0.98
    return Trial(frozen.task.folds(0), labels, before, after)


def test_examples_are_held_out_and_those_that_gained_most(frozen: Frozen) -> None:
    trial, task = trial_of(frozen), frozen.task
    held = trial.fold == 0
    shown = examples(trial, task, held, 2, 0)
    place = shown["place"].to_numpy()
    assert held[place].all()
    control = task.label == task.names.index("control")
    assert (
        shown["kind"].tolist()
        == ["control_corrected"] * 2 + ["call_corrected"] * 2 + ["random"] * 2
    )
    assert place[:2].tolist() == np.flatnonzero(held & control)[::-1][:2].tolist()
    assert place[2:4].tolist() == np.flatnonzero(held & ~control)[::-1][:2].tolist()
    first = shown.iloc[0]
    assert (first["right"], first["without"], first["with"]) == ("control", "stripes", "control")
    assert first["p_with"] == 0.98
    assert shown.equals(examples(trial, task, held, 2, 0))


def test_a_look_has_the_maps_of_both_lenses(frozen: Frozen) -> None:
    trial = trial_of(frozen)
    held = trial.fold == 1
    lens, none = small_lens(1), small_lens(2)
    with torch.no_grad():
        looker = Looker(frozen, nn.Identity(), lens, none)
        look = looker.look(trial, held, 1, 0)
        same = Looker(frozen, nn.Identity(), lens, lens).look(trial, held, 1, 0)
    assert look.shares["place"].tolist() == np.flatnonzero(held).tolist()
    assert (same.shares["as_permuted"] > 0.999).all()
    assert (look.shares["as_permuted"] < 0.999).all()
    assert not look.shares["channel_DNA"].equals(look.shares["permuted_channel_DNA"])
    count = len(look.shown)
    assert look.pictures["image"].shape == (count, 2, SIDE, SIDE)
    assert look.pictures["map"].shape == (count, SIDE, SIDE)
    np.testing.assert_array_equal(look.pictures["image"], look.pictures["reconstruction"])
    assert same.pictures["map"].tolist() == same.pictures["map_permuted"].tolist()


def test_none_is_shown_where_none_is_wanted(frozen: Frozen) -> None:
    trial = trial_of(frozen)
    look = Looker(frozen, nn.Identity(), small_lens(), small_lens()).look(
        trial, trial.fold == 0, 0, 0
    )
    assert look.shown.empty
    assert not look.pictures
