"""A planted patch of a planted channel is found; what means nothing is not trusted."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.importance.conftest import Linear, numbers

from phenolens.importance.findings import Finding, finding, random_curves
from phenolens.importance.makers import MapMaker
from phenolens.importance.question import Question
from phenolens.masks.compartments import NUCLEUS

_WELLS, _CONTROLS = 4, 2


def _asked(random: torch.nn.Module | None = None) -> Finding:
    """Four wells whose second channel is brighter in one patch of 16; the score sees all."""
    pairs = _WELLS * _CONTROLS
    baseline = numbers(pairs, 2, 8, 8, seed=1) * 0.1
    x = numbers(_WELLS, 2, 8, 8, seed=2).repeat_interleave(_CONTROLS, 0) * 0.1
    x[:, 1, 2:4, 4:6] += 1
    weights = torch.ones(1, 2, 8, 8).double()
    labels = np.zeros((_WELLS, 8, 8), dtype=np.uint8)
    labels[:, 2:4, 4:6] = NUCLEUS
    ones = torch.ones(pairs, 1).double()
    noise = numbers(1, 2, 8, 8, seed=3)
    trained, other = Linear(weights), random or Linear(noise)
    question = Question(x, baseline, ones, -ones, _CONTROLS, np.arange(_WELLS), labels)
    makers = [MapMaker.of(one, one, 2, 4) for one in (trained, other)]
    by_chance = random_curves(makers[0], question, 0)
    return finding(makers[0], makers[1], "occlusion", question, by_chance, 0)


def test_the_planted_patch_and_channel_are_found() -> None:
    made = _asked()
    assert made.maps.shape == (_WELLS, 2, 4, 4)
    assert {int(one.sum(axis=0).argmax()) for one in made.maps} == {1 * 4 + 2}
    figures = made.figures
    assert figures["gap"] == pytest.approx(4, abs=1.5)  # four pixels, and noise
    assert figures["share_1"] > 0.7
    assert figures["share_0"] + figures["share_1"] == pytest.approx(1)
    assert figures["mass_nucleus"] > 4 * figures["area_nucleus"]
    assert figures["area_nucleus"] == pytest.approx(1 / 16)
    assert figures["deletion_low"] > 0.2
    assert figures["insertion_low"] > 0.2
    assert figures["as_permuted_labels"] < 0  # its slope is the opposite
    np.testing.assert_allclose(made.curves["deletion"][[0, -1]], [1, 0], atol=1e-9)
    np.testing.assert_allclose(made.curves["insertion"][[0, -1]], [0, 1], atol=1e-9)
    np.testing.assert_allclose(made.curves["deletion_random"][[0, -1]], [1, 0], atol=1e-9)


def test_a_map_that_random_weights_give_too_is_seen_to_be_alike() -> None:
    same = Linear(torch.ones(1, 2, 8, 8).double())
    assert _asked(same).figures["as_random_weights"] == pytest.approx(1)
    assert abs(_asked().figures["as_random_weights"]) < 0.7


def test_a_map_that_shows_nothing_is_like_nothing() -> None:
    """Where every patch speaks against the call there is no map to compare."""
    made = _dark(Linear(numbers(1, 1, 4, 4)))
    assert np.isnan(made.figures["as_random_weights"])
    assert np.isnan(made.figures["deletion"])
    assert np.isnan(made.figures["mass_nucleus"])


def _dark(random: torch.nn.Module) -> Finding:
    x, baseline = torch.zeros(2, 1, 4, 4).double(), torch.ones(2, 1, 4, 4).double()
    slope, labels = torch.ones(2, 1).double(), np.zeros((2, 4, 4), dtype=np.uint8)
    network = Linear(torch.ones(1, 1, 4, 4).double())
    question = Question(x, baseline, slope, slope, 1, np.arange(2), labels)
    trained, other = (MapMaker.of(one, one, 2, 2) for one in (network, random))
    by_chance = random_curves(trained, question, 0)
    return finding(trained, other, "occlusion", question, by_chance, 0)
