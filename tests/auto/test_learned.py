"""The recipe up to the embeddings: a valid one, decided once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.auto.conftest import facts

from phenolens.auto.asked import Asked
from phenolens.auto.learned import first_choices, learned
from phenolens.auto.state import State
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.progress import silent
from phenolens.core.screen import Screen
from phenolens.runs.recipe import Recipe


def test_what_is_set_by_hand_wins_and_nothing_is_timed_then(tmp_path: Path) -> None:
    wells = "profiling=[{step = 'aggregate', by = ['plate', 'well']}]"
    asked = Asked(changes=("training.epochs=3", "training.lr=1e-4", wells))
    state = State.open(tmp_path, asked.plain)
    known = facts(), ("DNA",), tmp_path, asked, Machine(), silent
    table, choices = learned(*known, state)
    assert table["training"]["epochs"] == 3
    assert table["training"]["lr"] == 1e-4
    assert table["profiling"], "the chain comes later"
    Recipe.from_table(table)
    assert learned(*known, State.open(tmp_path, asked.plain)) == (table, choices)


def test_a_frozen_network_sees_pixels_from_0_to_1(tmp_path: Path) -> None:
    asked = Asked(model="timm:resnet18")
    state = State.open(tmp_path, asked.plain)
    table, choices = learned(facts(), ("DNA",), tmp_path, asked, Machine(), silent, state)
    assert table["pixels"][-1]["standardize"] is False
    assert "method" not in table
    assert any(choice.name == "model" for choice in choices)


@pytest.mark.parametrize("change", ["nope.x=1", "profiling=[{step = 'nope'}]"])
def test_a_mistake_in_what_is_set_by_hand_is_not_kept(tmp_path: Path, change: str) -> None:
    asked = Asked(changes=("training.epochs=3", change))
    state = State.open(tmp_path, asked.plain)
    with pytest.raises(InputError, match="nope"):
        learned(facts(), ("DNA",), tmp_path, asked, Machine(), silent, state)
    assert state.known("learned") is None


def test_what_is_said_before_any_pixel(tiny_screen: Screen) -> None:
    names = [one.name for one in first_choices(tiny_screen, Asked())]
    assert {"method", "training", "size", "score"} <= set(names)
    assert "method" not in [one.name for one in first_choices(tiny_screen, Asked(model="x"))]
