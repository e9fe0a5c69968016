"""A checkpoint of a stranger with a right checksum: what it cannot hold is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch

from phenolens.training.plausible import implausible, misshapen


def state() -> tuple[dict[str, Any], torch.optim.Optimizer]:
    """Return the state of one linear layer after a step of AdamW."""
    layer = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=1e-3)
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    monitor = {
        "rows": [{"step": 0, "loss": "1.0"}],
        "seconds": 1.5,
        "embeddings": [torch.ones(2, 4)],
    }
    whole = {
        "identity": "mine",
        "step": 1,
        "method": layer.state_dict(),
        "optimizer": optimizer.state_dict(),
        "threads": 2,
        "device": "cpu",
        "processes": 1,
        "monitor": monitor,
    }
    return whole, optimizer


def before(whole: dict[str, Any]) -> dict[str, Any]:
    """Return the same before the first step."""
    groups = copy.deepcopy(whole["optimizer"]["param_groups"])
    return {**whole, "step": 0, "optimizer": {"state": {}, "param_groups": groups}, "monitor": {}}


def test_what_a_training_writes_is_plausible() -> None:
    whole, optimizer = state()
    assert implausible(whole, before(whole), 1) == ""
    assert misshapen(optimizer) == ""


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(whole: dict[str, Any]) -> None:
        inner: Any = whole
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("step", to=999), "step is 999, not in 0 to 1"),
        (_set("step", to=-5), "step is -5,"),
        (_set("step", to=True), "lacks 'step'"),
        (_set("threads", to=0), "threads is 0,"),
        (_set("threads", to=10**9), "threads is 1000000000, not in 1 to"),
        (_set("processes", to=0), "processes is 0,"),
        (_set("method", "weight", to=torch.ones(2, 4)), "other names, shapes or dtypes"),
        (_set("method", "weight", to=torch.ones(2, 3).double()), "other names, shapes or dtypes"),
        (_set("optimizer", to={"state": {}}), "other groups of parameters"),
        (_set("optimizer", "param_groups", 0, "params", to=[0]), "other parameters"),
        (_set("optimizer", "param_groups", 0, "betas", to=(0.5, 0.5)), "another betas"),
        (_set("optimizer", "state", 7, to={}), "state of other parameters"),
        (_set("monitor", "rows", to=3), "the log has other lines"),
        (_set("monitor", "rows", 0, to={"step": []}), "the log has other lines"),
        (_set("monitor", "seconds", to=float("nan")), "nan seconds"),
        (_set("monitor", "seconds", to="1"), "the seconds are not a number"),
        (_set("monitor", "embeddings", to=[1]), "the recent embeddings are not tables"),
        (_set("monitor", "embeddings", to=[torch.ones(1, 2), torch.ones(1, 3)]), "several lengths"),
    ],
)
def test_what_no_training_writes_is_named(
    change: Callable[[dict[str, Any]], None], words: str
) -> None:
    whole = copy.deepcopy(state()[0])
    like = before(copy.deepcopy(whole))
    change(whole)
    assert words in implausible(whole, like, 1)


def test_state_of_the_optimizer_has_the_shape_of_its_parameter() -> None:
    _, optimizer = state()
    saved = optimizer.state_dict()
    saved["state"][0]["exp_avg"] = torch.ones(5)
    optimizer.load_state_dict(saved)
    assert misshapen(optimizer) == "exp_avg of shape (5,) for (2, 3)"
