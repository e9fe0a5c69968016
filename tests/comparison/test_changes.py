"""What the tables of a grid change in a recipe."""

from __future__ import annotations

from typing import Any

import pytest

from phenolens.comparison.changes import applied, check_changes
from phenolens.core.errors import InputError

RECIPE: dict[str, Any] = {
    "method": {"name": "dino", "out": 64},
    "views": {"crops": {"globals": 2, "locals": 4}},
    "profiling": [{"step": "standardize", "by": ["plate"]}, {"step": "aggregate"}],
}


@pytest.mark.parametrize(
    "changes", [{"views.crops.locals": 0}, {"views": {"crops": {"locals": 0}}}]
)
def test_a_dotted_key_and_a_table_say_the_same(changes: dict[str, Any]) -> None:
    assert applied(RECIPE, changes)["views"] == {"crops": {"globals": 2, "locals": 0}}
    assert RECIPE["views"]["crops"]["locals"] == 4


def test_another_entry_takes_no_setting_of_the_one_before() -> None:
    assert applied(RECIPE, {"method": {"name": "byol"}})["method"] == {"name": "byol"}
    assert applied(RECIPE, {"method.out": 8})["method"] == {"name": "dino", "out": 8}
    assert applied(RECIPE, {"method": {"out": 8}})["method"] == {"name": "dino", "out": 8}


def test_lists_are_replaced_and_their_items_have_numbers() -> None:
    assert applied(RECIPE, {"profiling": []})["profiling"] == []
    made = applied(RECIPE, {"profiling.0.by": ["batch"]})
    assert made["profiling"][0] == {"step": "standardize", "by": ["batch"]}
    with pytest.raises(InputError, match=r"profiling\.7\.by: no item '7' \(there are 2\)"):
        applied(RECIPE, {"profiling.7.by": []})
    with pytest.raises(InputError, match=r"'method\.name' is not a table"):
        applied(RECIPE, {"method.name.x": 1})


def test_keys_are_left_out() -> None:
    made = applied(RECIPE, {"without": ["method", "views.crops.locals"], "design": "joint"})
    assert "method" not in made
    assert made["views"] == {"crops": {"globals": 2}}
    assert made["design"] == "joint"
    with pytest.raises(InputError, match="without: encoder: is not in the recipe"):
        applied(RECIPE, {"without": ["encoder"]})


def test_what_the_grid_decides_is_refused() -> None:
    with pytest.raises(InputError, match=r"axes\.a\.b\.seed: is set for each cell"):
        check_changes({"seed": 1}, "axes.a.b")
    with pytest.raises(InputError, match=r"axes\.a\.b: 3 is not a table of recipe keys"):
        check_changes(3, "axes.a.b")
    with pytest.raises(InputError, match=r"axes\.a\.b: without"):
        check_changes({"without": 1}, "axes.a.b")


def test_no_recipe_is_so_deep() -> None:
    deep: dict[str, object] = {"x": 1}
    for _ in range(2_000):
        deep = {"a": deep}
    for changes in (deep, {".".join("a" * 5_000): 1}):
        with pytest.raises(InputError, match="set: is nested more than 50 deep"):
            check_changes(changes, "set")
