"""A mistake in a change names the option, the change, and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from phenolens.auto.changes import recipe_with, with_changes
from phenolens.core.errors import InputError

TABLE: dict[str, Any] = {
    "screen": {"layout": "prepared", "store": "pixels"},
    "encoder": {"name": "conv_net"},
    "metrics": {"nsc": {}},
}


def test_changes_win() -> None:
    assert with_changes(TABLE, ("seed=3",))["seed"] == 3
    assert recipe_with(TABLE, ("seed=3", "name=mine")).seed == 3
    assert recipe_with(TABLE, ()).name == "recipe"


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ("training.epoch=3", "did you mean 'epochs'?"),
        ("enkoder.name=vit", "did you mean 'encoder'?"),
        ("training", "expected KEY=VALUE"),
        ("seed.a=3", "is not a table"),
        ("pixels.7.factor=0.5", "no item"),
    ],
)
def test_the_change_that_is_wrong_is_named(wrong: str, what: str) -> None:
    table = {**TABLE, "seed": 0, "pixels": []}
    with pytest.raises(InputError) as raised:
        recipe_with(table, ("training.epochs=2", "training.warmup_epochs=1", wrong))
    assert str(raised.value).startswith(f"--recipe-set {wrong}: ")
    assert what in str(raised.value)
    assert "--set " not in str(raised.value)


def test_of_two_mistakes_the_first_is_named() -> None:
    with pytest.raises(InputError, match=r"^--recipe-set name=a/b: name"):
        recipe_with(TABLE, ("seed=3", "name=a/b", "training.epoch=3"))


def test_a_table_that_is_wrong_without_changes_is_not_blamed_on_them() -> None:
    with pytest.raises(InputError, match="needs at least one") as raised:
        recipe_with({**TABLE, "metrics": {}}, ())
    assert "--recipe-set" not in str(raised.value)
