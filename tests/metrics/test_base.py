from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from phenolens.core.errors import InputError
from phenolens.core.registry import catalogue
from phenolens.metrics.base import better_with, columns, example_of, facts_of, require_facts


@dataclass(frozen=True, kw_only=True)
class Bare:
    """A metric that states nothing."""

    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Odd:
    """A metric with a direction that there is not."""

    title: ClassVar[str] = "Odd"
    better: ClassVar[str] = "higher"
    good: ClassVar[str] = "Near 1."
    chance: ClassVar[str] = "0"
    blind: ClassVar[str] = "most things"


def test_facts_are_those_of_the_class() -> None:
    facts = facts_of("percent_replicating")
    assert (facts.title, facts.better, facts.chance_level) == ("Percent replicating", "high", 0.05)
    assert facts.about == catalogue("metrics")["percent_replicating"].summary
    assert facts.is_mean
    assert not facts_of("drug_similarity").is_mean


def test_a_name_without_a_metric_has_defaults() -> None:
    facts = facts_of("drug_likeness")
    assert (facts.title, facts.better, facts.about) == ("Drug likeness", "high", "")
    assert math.isnan(facts.chance_level)


def test_missing_and_wrong_facts_are_named() -> None:
    with pytest.raises(InputError, match=r"Bare: does not state title, better, good, chance, blin"):
        require_facts(Bare)
    with pytest.raises(InputError, match="Odd: better is 'higher'; one of high, low, zero"):
        require_facts(Odd)


def test_without_an_example_the_defaults_are_tried() -> None:
    assert example_of(Bare) == Bare()
    assert example_of(catalogue("metrics")["linear_probe"].load()).permutations == 4


def test_the_documentation_has_a_column_per_fact() -> None:
    entries = list(catalogue("metrics").values())
    table = columns(entries)
    assert list(table) == ["good", "chance", "cannot see"]
    assert all(len(cells) == len(entries) and all(cells) for cells in table.values())


@pytest.mark.parametrize(
    ("name", "settings", "better"),
    [
        ("silhouette", {}, "low"),
        ("silhouette", {"by": "moa"}, "high"),
        ("linear_probe", {"same": "moa"}, "high"),
        ("linear_probe", {"same": "plate"}, "low"),
        ("same_group_neighbours", {"same": ("plate", "well")}, "low"),
        ("kbet", {"by": "moa"}, "low"),
        ("nsc", {"same": "target"}, "high"),
        ("knn_accuracy", {"same": "batch"}, "low"),
        ("drop", {}, "zero"),
        ("unheard_of", {"same": "batch"}, "high"),
    ],
)
def test_what_is_good_depends_on_the_column(
    name: str, settings: dict[str, Any], better: str
) -> None:
    assert better_with(name, settings) == better
