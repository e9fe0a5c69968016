"""The recipes' differences: only keys that differ, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from phenolens.overview.compared import Compared
from phenolens.overview.recipes import recipe_differences, recipes


def said(settings: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    return {cell: list(map(str, owns)) for cell, owns in recipe_differences(settings).items()}


def test_only_what_differs_is_listed() -> None:
    found = said(
        {
            "a": {"name": "a", "seed": 0, "views": {"crops": {"local_views": 4, "size": 96}}},
            "b": {"name": "b", "seed": 1, "views": {"crops": {"local_views": 0, "size": 96}}},
            "c": {"name": "c", "seed": 0, "views": {"crops": {"local_views": 0, "size": 96}}},
            "d": {"views": {"crops": {"size": 96}}},
        }
    )
    assert found == {
        "a": ["views.crops.local_views: 4, others 0 or not set"],
        "b": ["views.crops.local_views: 0, others 4 or not set"],
        "c": ["views.crops.local_views: 0, others 4 or not set"],
        "d": ["views.crops.local_views: not set, others 0 or 4"],
    }


def test_settings_of_an_entry_are_compared_between_those_that_have_it() -> None:
    method = {"name": "byol", "momentum": 0.9}
    found = said(
        {
            "a": {"method": method},
            "b": {"method": {**method, "momentum": 0.99}},
            "c": {"method": {"name": "mae", "masked": 0.75}},
        }
    )
    assert found == {
        "a": ["method: byol, others mae", "method.momentum: 0.9, others 0.99"],
        "b": ["method: byol, others mae", "method.momentum: 0.99, others 0.9"],
        "c": ["method: mae, others byol"],
    }


def test_a_chain_is_named_by_its_steps() -> None:
    scale, mean = {"step": "standardize", "on": "all"}, {"step": "aggregate", "by": ["well"]}
    controls = {**scale, "on": "controls"}
    found = said(
        {
            "a": {"profiling": [scale, mean]},
            "b": {"profiling": [controls, mean]},
            "c": {"profiling": [mean]},
        }
    )
    assert found == {
        "a": [
            "profiling: standardize, then aggregate, others aggregate",
            "profiling.standardize.on: all, others controls",
        ],
        "b": [
            "profiling: standardize, then aggregate, others aggregate",
            "profiling.standardize.on: controls, others all",
        ],
        "c": ["profiling: aggregate, others standardize, then aggregate"],
    }


def test_many_other_values_are_counted() -> None:
    found = said({str(k): {"size": k} for k in range(6)})
    assert found["0"] == ["size: 0, others 1 or 2 or 3 or 2 more"]


def test_the_section_is_left_out_where_nothing_differs(compared: Compared) -> None:
    part = recipes(compared)
    assert part is not None
    assert "<code>method</code> byol <small>others mae</small>" in part.html
    same = {key: {"views": {"size": 96}} for key in "ab"}
    assert recipes(replace(compared, recipes=same)) is None
    assert recipes(replace(compared, recipes={})) is None
