from __future__ import annotations

from phenolens.drawing.categories import CONTROL, NONE, OTHER, SEVERAL, categorise, natural


def test_every_value_finds_its_category() -> None:
    values = ["b", None, "a", "b", CONTROL, SEVERAL]
    kinds, codes = categorise(values)
    assert [kinds[c].name for c in codes] == ["b", NONE, "a", "b", CONTROL, SEVERAL]
    assert {kind.name: kind.count for kind in kinds} == {
        "a": 1, "b": 2, NONE: 1, CONTROL: 1, SEVERAL: 1,
    }  # fmt: skip


def test_no_two_categories_share_colour_and_shape() -> None:
    kinds, _ = categorise([f"m{i}" for i in range(24)] + [None, CONTROL, SEVERAL, *["x"] * 0])
    marks = [(kind.colour, kind.shape) for kind in kinds]
    assert len(set(marks)) == len(marks) == 27


def test_the_rarest_beyond_the_limit_stand_together() -> None:
    kinds, codes = categorise(["a", "a", "b", "b", "c"], limit=2)
    assert [(k.name, k.count) for k in kinds] == [("a", 2), ("b", 2), (OTHER, 1)]
    assert kinds[codes[4]].colour == "--grey"


def test_control_takes_no_colour_of_the_palette() -> None:
    with_control, _ = categorise([*"abcdefghijkl", CONTROL])
    without, _ = categorise([*"abcdefghijkl"])
    assert with_control[:12] == without


def test_numbers_in_names_sort_as_numbers() -> None:
    names = ["Week10", "Week2", "a@0.01", "a@1e-05", "a@0.003", "a@10"]
    assert sorted(names, key=natural) == ["a@1e-05", "a@0.003", "a@0.01", "a@10", "Week2", "Week10"]
