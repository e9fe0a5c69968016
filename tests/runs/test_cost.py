"""The cost of several models is the sum of theirs, whichever run made them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from phenolens.runs.cost import total_cost
from phenolens.runs.train import Trained
from phenolens.training.fit import Cost


def trained(cost: Cost | None) -> Trained:
    return Trained("joint", "key", Path(), cost, "", 100, waiting=0.3 if cost else None)


def test_costs_add_up_and_speeds_are_weighted_by_time() -> None:
    costs = [Cost(10.0, 50.0, 700.0, "cpu", 5, True), Cost(30.0, 10.0, 900.0, "cpu", 6, True)]
    total = total_cost([trained(cost) for cost in costs], 2.34)
    assert total == {
        "train_seconds": 40.0,
        "images_per_second": 20.0,  # (10 x 50 + 30 x 10) / 40
        "steps": 11,
        "trained_epochs": None,
        "waiting_share": 0.3,
        "peak_memory_mb": 900,
        "embed_seconds": 2.3,
        "device": "cpu",
        "threads": torch.get_num_threads(),
        "parameters": 200,
    }


def test_an_untrained_model_took_no_training() -> None:
    total = total_cost([trained(None)], 1.0)
    assert (total["train_seconds"], total["images_per_second"], total["steps"]) == (None, None, 0)
    assert total["peak_memory_mb"] == pytest.approx(total["peak_memory_mb"])
    assert total["peak_memory_mb"] > 10


@pytest.mark.parametrize(("kept", "epochs"), [({}, 10), ({"kept": {"step": 3}}, 7.5)])
def test_epochs_are_those_until_the_kept_state_of_the_longest(
    kept: dict[str, dict[str, float]], epochs: float
) -> None:
    costs = [Cost(10.0, 50.0, 700.0, "cpu", 4, True), Cost(30.0, 10.0, 900.0, "cpu", 4, True)]
    first = Trained("a", "key", Path(), costs[0], "", 1, figures={"kept": {"step": 2}})
    second = Trained("b", "key", Path(), costs[1], "", 1, figures=kept)
    assert total_cost([first, second], 0.0, 10)["trained_epochs"] == epochs
