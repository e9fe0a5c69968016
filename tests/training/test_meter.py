"""The label-free figures, each against its definition computed one by one."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from phenolens.training.meter import Subset, measure


def subset(treatments: list[int], batches: list[int], controls: list[bool] | None = None) -> Subset:
    return Subset(
        images=lambda _: iter(()),
        tiles=1,
        treatments=torch.tensor(treatments),
        places=torch.tensor(batches),
        rivals=torch.zeros(len(batches), dtype=torch.long),
        batches=torch.tensor(batches),
        controls=torch.tensor(controls or [False] * len(batches)),
        apart="batch",
    )


def random(n: int, d: int = 5, seed: int = 0) -> Tensor:
    return torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_alignment_and_uniformity_are_those_of_the_equations() -> None:
    treatments, batches = [0, 0, 1, 1, 0, 2], [0, 1, 0, 1, 0, 1]
    x = random(6)
    unit = (x / x.norm(dim=1, keepdim=True)).numpy()
    pairs = [
        (i, j)
        for i, j in itertools.permutations(range(6), 2)
        if treatments[i] == treatments[j] and batches[i] != batches[j]
    ]
    align = np.mean([((unit[i] - unit[j]) ** 2).sum() for i, j in pairs])
    every = itertools.permutations(range(6), 2)
    gauss = [math.exp(-2 * ((unit[i] - unit[j]) ** 2).sum()) for i, j in every]
    made = measure(x, subset(treatments, batches))
    assert made["alignment"] == pytest.approx(align, abs=1e-12)
    assert made["uniformity"] == pytest.approx(math.log(np.mean(gauss)), abs=1e-12)


def test_replicates_are_the_mean_average_precision_among_other_batches() -> None:
    treatments, batches = [0, 1, 2, 0, 1, 2, 0, 9], [0, 0, 0, 1, 1, 1, 2, 1]
    controls = [False] * 7 + [True]  # never a candidate, though the nearest of all
    x = random(8)
    x[7] = x[0]
    unit = (x / x.norm(dim=1, keepdim=True)).numpy()
    values = []
    for i in range(7):
        among = [j for j in range(7) if batches[j] != batches[i]]
        among.sort(key=lambda j: -float(unit[i] @ unit[j]))
        hits = [treatments[j] == treatments[i] for j in among]
        ranks = [rank for rank, hit in enumerate(hits, 1) if hit]
        values.append(np.mean([(k + 1) / rank for k, rank in enumerate(ranks)]))
    made = measure(x, subset(treatments, batches, controls))
    assert made["replicates"] == pytest.approx(np.mean(values), abs=1e-12)


def test_replicates_are_sought_among_rivals_alone() -> None:
    x = random(8)
    x[1] = x[2] = x[0]  # a replicate on another plate of the batch; a rival of another batch
    some = subset([0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 2, 3, 2, 3, 0, 1])
    within = replace(some, rivals=torch.tensor([0, 0, 1, 1, 1, 1, 0, 0]))
    made = measure(x, within)
    first = measure(x[[0, 1, 6, 7]], subset([0, 0, 3, 3], [0, 1, 0, 1]))
    second = measure(x[2:6], subset([1, 1, 2, 2], [2, 3, 2, 3]))
    expected = (first["replicates"] + second["replicates"]) / 2
    assert made["replicates"] == pytest.approx(expected, abs=1e-12)
    assert made["replicates"] > measure(x, some)["replicates"]
    apart = replace(some, rivals=torch.arange(8))
    assert not apart.has_replicates
    assert math.isnan(measure(x, apart)["replicates"])


def test_replicates_that_are_equal_are_found_and_collapse_shows_in_the_rank() -> None:
    directions = random(4, 8)
    x = directions.repeat(2, 1)
    made = measure(x, subset([0, 1, 2, 3] * 2, [0] * 4 + [1] * 4))
    assert made["replicates"] == 1
    assert made["alignment"] == pytest.approx(0, abs=1e-12)
    one = torch.ones(8, 3, dtype=torch.float64)
    same = measure(one, subset([0, 1, 2, 3] * 2, [0] * 4 + [1] * 4))
    assert same["meter_rank"] == pytest.approx(1)
    assert same["uniformity"] == pytest.approx(0, abs=1e-12)


def test_batches_of_controls_are_predicted_where_they_show_and_not_where_they_do_not() -> None:
    batches = [0, 1, 2] * 20
    controls = [True] * 60
    plain = random(60, 8)
    shown = plain + 6 * torch.eye(3, 8, dtype=torch.float64)[torch.tensor(batches)]
    found = measure(shown, subset([0] * 60, batches, controls))
    assert found["batch_knn"] > 0.95
    assert found["batch_linear"] > 0.95
    chance = measure(plain, subset([0] * 60, batches, controls))
    assert chance["batch_knn"] < 0.55
    assert chance["batch_linear"] < 0.6


def test_what_is_not_there_is_not_a_number() -> None:
    made = measure(random(6), subset([0, 1, 2, 3, 4, 5], [0, 1, 0, 1, 0, 1]))
    for name in ("replicates", "alignment", "batch_knn", "batch_linear"):
        assert math.isnan(made[name])
    assert math.isfinite(made["uniformity"])
    assert not subset([0, 1], [0, 1]).has_replicates
    assert subset([0, 0], [0, 1]).has_replicates


def test_more_features_than_controls_are_probed_too() -> None:
    made = measure(random(12, 40), subset([0] * 12, [0, 1] * 6, [True] * 12))
    assert 0 <= made["batch_linear"] <= 1
