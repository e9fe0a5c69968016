"""The file of a grid: its set-ups, and every mistake with its place."""

from __future__ import annotations

import tomllib

import pytest

from phenolens.comparison.layout import Layout
from phenolens.core.errors import InputError

AXES = """
[axes.a]
x = {}
y = { "training.epochs" = 2 }
[axes.b]
u = { seeded = 1 }
v = {}
"""


def layout(text: str) -> Layout:
    return Layout.of(tomllib.loads(text))


def test_the_product_in_the_order_of_the_file() -> None:
    setups = layout(f'recipe = "r"\n{AXES}').setups()
    assert [setup.name for setup in setups] == ["x+u", "x+v", "y+u", "y+v"]
    assert setups[2].choices == {"a": "y", "b": "u"}
    assert [where for where, _ in setups[2].changes] == ["set", "axes.a.y", "axes.b.u"]


def test_several_recipes_are_an_axis_and_combinations_are_left_out() -> None:
    text = f"""
    {AXES}
    [recipes]
    one = "r1"
    two = "r2"
    [[exclude]]
    recipe = "two"
    b = ["u", "v"]
    [[exclude]]
    a = "x"
    """
    setups = layout(text).setups()
    assert [(setup.name, setup.base) for setup in setups] == [
        ("one+y+u", "one"),
        ("one+y+v", "one"),
    ]


def test_named_cells_choose_what_they_like() -> None:
    text = f"""
    recipe = "r"
    {AXES}
    [[cells]]
    name = "other"
    axes = {{ b = "u" }}
    recipe = "elsewhere.toml"
    set = {{ design = "joint" }}
    """
    last = layout(text).setups()[-1]
    assert (last.name, last.base) == ("other", "elsewhere.toml")
    assert last.choices == {"a": "", "b": "u"}
    assert [where for where, _ in last.changes] == ["set", "axes.b.u", "cells[0].set"]


def test_a_recipe_alone_is_one_cell() -> None:
    assert len(layout('recipe = "r"\nseeds = [0, 1]').setups()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "grid: needs either recipe = "),
        ('recipe = "r"\nrecipes = {a = "b"}', "grid: needs either"),
        ("recipes = {}", "recipes: has no recipe"),
        ('recipe = "r"\naxis = {}', r"axis: unknown key; did you mean 'axes'\?"),
        ('recipe = "r"\n[axes]', "axes: has no axis"),
        ('recipe = "r"\n[axes.a]', r"axes\.a: has no values"),
        ('recipe = "r"\naxes.a = 1', r"axes\.a: has no values"),
        ('recipe = "r"\naxes.a.x = 1', r"axes\.a\.x: 1 is not a table"),
        ('recipe = "r"\naxes.score.x = {}', r"axes\.score: is a column of every table"),
        ('recipe = "r"\naxes.a."../x" = {}', r"axes\.a: '\.\./x' cannot be the name"),
        ('recipe = "r"\nseeds = []', "seeds: needs at least one seed"),
        ('recipe = "r"\nseeds = [1, 1]', "seeds: needs at least one seed, and each once"),
        ('recipe = "r"\nseeds = ["a"]', r"seeds\[0\]: expected"),
        ('recipe = "r"\n[cells]', r"cells: is not a list of tables; write \[\[cells\]\]"),
        ('recipe = "r"\n[[cells]]', r"cells\[0\]\.name: is missing"),
        ('recipe = "r"\n[[cells]]\nname = "a"\nsat = 1', r"cells\[0\]\.sat: unknown key"),
        ('recipe = "r"\n[[cells]]\nname = "a"\naxes.b = "c"', r"cells\[0\]\.axes: there is no 'b'"),
        (f'recipe = "r"\n{AXES}\n[[exclude]]', r"exclude\[0\]: names no axis; axes: a, b"),
        (f'recipe = "r"\n{AXES}\n[[exclude]]\nc = "u"', r"exclude\[0\]: there is no 'c'"),
        (f'recipe = "r"\n{AXES}\n[[exclude]]\na = "z"', r"exclude\[0\]\.a: there is no 'z'"),
        (f'recipe = "r"\n{AXES}\n[[exclude]]\na = ["x", "y"]', "leaves out every combination"),
        (
            f'recipe = "r"\n{AXES}\n[[cells]]\nname = "x+u"',
            r"two cells have the name 'x\+u'",
        ),
        ('recipes = {a = "b", c = "d"}\n[[cells]]\nname = "e"', "there are several recipes; a, c"),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        layout(text).setups()


@pytest.mark.parametrize("name", ["steps", "threads", "train_seconds", "figure", "seeds", "sd"])
def test_an_axis_has_no_name_of_a_column(name: str) -> None:
    with pytest.raises(InputError, match=rf"axes\.{name}: is a column of every table"):
        layout(f'recipe = "r"\n[axes.{name}]\nx = {{}}')


def test_too_many_combinations_are_counted_and_not_made() -> None:
    axes = "".join(
        f"[axes.a{k}]\n" + "".join(f"v{i} = {{}}\n" for i in range(10)) for k in range(6)
    )
    with pytest.raises(InputError, match="axes: makes 1000000 combinations; at most 10000"):
        layout(f'recipe = "r"\n{axes}').setups()


def test_an_exclusion_names_a_value() -> None:
    with pytest.raises(InputError, match=r"exclude\[0\]\.a: names no value"):
        layout(f'recipe = "r"\n{AXES}[[exclude]]\na = []')
