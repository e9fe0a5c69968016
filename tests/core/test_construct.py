"""Settings against annotations: every kind, and the message for a value that does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from phenolens.core.construct import arguments, construct, defaults, fit_type, readable
from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.pixels.rescale import Rescale


@dataclass(frozen=True, kw_only=True)
class Inner:
    depth: int = 1


@dataclass(frozen=True, kw_only=True)
class Outer:
    epochs: int
    rate: float = 0.1
    bright: bool = False
    name: str = "x"
    mode: Literal["fast", "slow"] = "fast"
    patch: Literal[8, 16] = 8
    crop: tuple[float, float] = (0.4, 1.0)
    channels: tuple[str, ...] = ()
    limit: int | None = None
    size: int | tuple[int, int] = 96
    columns: Mapping[str, str] | None = None
    rates: dict[str, float] | None = None
    inner: Inner = Inner()
    pairs: PairRule | None = None
    anything: Any = None


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("rate", 1, 1.0),
        ("rate", 0.5, 0.5),
        ("bright", True, True),
        ("name", "y", "y"),
        ("mode", "slow", "slow"),
        ("patch", 16, 16),
        ("crop", [0, 1], (0.0, 1.0)),
        ("channels", ["dna", "actin"], ("dna", "actin")),
        ("channels", [], ()),
        ("limit", 3, 3),
        ("limit", None, None),
        ("size", 64, 64),
        ("size", [64, 32], (64, 32)),
        ("columns", {"plate": "Assay"}, {"plate": "Assay"}),
        ("rates", {"a": 1}, {"a": 1.0}),
        ("inner", {"depth": 4}, Inner(depth=4)),
        ("inner", Inner(depth=5), Inner(depth=5)),
        ("pairs", {"same": ["moa"], "differ": ["batch"]}, PairRule(("moa",), ("batch",))),
        ("anything", {"a": [1]}, {"a": [1]}),
    ],
)
def test_a_value_takes_the_type_of_its_annotation(
    key: str, value: object, expected: object
) -> None:
    built = getattr(construct(Outer, {"epochs": 2, key: value}, "outer"), key)
    assert built == expected
    assert type(built) is type(expected)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("epochs", "ten", "training.epochs: expected int, got 'ten' (str)"),
        ("epochs", True, "training.epochs: expected int, got True (bool)"),
        ("epochs", 2.0, "training.epochs: expected int, got 2.0 (float)"),
        ("rate", True, "training.rate: expected float, got True (bool)"),
        ("bright", 1, "training.bright: expected bool, got 1 (int)"),
        ("channels", "dna", "training.channels: expected a list of str, got 'dna' (str)"),
        ("channels", ["dna", 3], "training.channels[1]: expected str, got 3 (int)"),
        ("crop", [1.0], "training.crop: expected 2 values, got 1"),
        ("crop", 1.0, "training.crop: expected [float, float], got 1.0 (float)"),
        (
            "mode",
            "fats",
            "training.mode: 'fats' is not allowed; did you mean 'fast'? allowed: fast, slow",
        ),
        ("patch", 9, "training.patch: 9 is not allowed; allowed: 16, 8"),
        ("limit", "all", "training.limit: expected int, got 'all' (str)"),
        ("size", "big", "training.size: expected int or [int, int], got 'big' (str)"),
        ("rates", {"a": "b"}, "training.rates.a: expected float, got 'b' (str)"),
        ("rates", 3, "training.rates: expected a table of float, got 3 (int)"),
        ("inner", {"depth": "x"}, "training.inner.depth: expected int, got 'x' (str)"),
        (
            "inner",
            {"deep": 1},
            "training.inner.deep: unknown key; did you mean 'depth'? allowed: depth",
        ),
        ("inner", 3, "training.inner: expected Inner, got 3 (int)"),
        ("pairs", {"same": "moa"}, "training.pairs.same: expected a list of str, got 'moa' (str)"),
    ],
)
def test_what_does_not_fit_is_named(key: str, value: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        construct(Outer, {"epochs": 2, key: value}, "training")
    assert str(error.value) == message


def test_an_unknown_key_gets_its_nearest() -> None:
    with pytest.raises(InputError) as error:
        construct(Outer, {"epochs": 2, "chanels": ["a"]}, "views")
    assert error.value.where == "views.chanels"
    assert str(error.value).startswith(
        "views.chanels: unknown key; did you mean 'channels'? allowed: anything, bright,"
    )


def test_a_missing_key_is_named() -> None:
    with pytest.raises(InputError, match=r"^training: needs epochs$"):
        construct(Outer, {}, "training")


def test_true_is_not_one() -> None:
    with pytest.raises(InputError, match="True is not allowed"):
        fit_type(True, Literal[1, 2], "n")


def test_a_rule_that_contradicts_itself_says_where() -> None:
    with pytest.raises(InputError) as error:
        construct(Outer, {"epochs": 1, "pairs": {"same": ["a"], "differ": ["a"]}}, "views")
    assert error.value.where == "views.pairs"


def test_what_a_constructor_raises_says_where() -> None:
    def narrow(*, width: int) -> int:
        if width < 3:
            raise ValueError("width must be 3 or more")
        return width

    with pytest.raises(InputError, match=r"^crop: width must be 3 or more$"):
        construct(narrow, {"width": 1}, "crop")
    assert construct(narrow, {"width": 4}, "crop") == 4


def test_a_class_without_settings() -> None:
    class Plain:
        pass

    assert isinstance(construct(Plain, {}, "x"), Plain)
    with pytest.raises(InputError, match=r"x\.a: unknown key; allowed: none"):
        construct(Plain, {"a": 1}, "x")


def test_what_is_given_is_not_asked_of_the_recipe() -> None:
    def method(encoder: object, *, rate: float = 0.1) -> tuple[object, float]:
        return encoder, rate

    assert construct(method, {"rate": 1}, "method", encoder="vit") == ("vit", 1.0)
    with pytest.raises(InputError, match=r"method\.encoder: unknown key"):
        construct(method, {"encoder": "x"}, "method", encoder="vit")
    assert arguments(method, {"rate": 2}, "method", ("encoder",)) == {"rate": 2.0}
    assert defaults(method) == {"rate": 0.1}


def test_settings_are_not_changed() -> None:
    settings = {"epochs": 2, "channels": ["a"]}
    construct(Outer, settings, "x")
    assert settings == {"epochs": 2, "channels": ["a"]}


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (int, "int"),
        (tuple[float, ...], "a list of float"),
        (tuple[int, str], "[int, str]"),
        (Literal["a", 2], "'a' or 2"),
        (int | None, "int or nothing"),
        (dict[str, int], "a table of int"),
        (Any, "Any"),
    ],
)
def test_annotations_are_readable(hint: object, text: str) -> None:
    assert readable(hint) == text


def test_a_dataclass_may_inherit_fields_from_another_module() -> None:
    assert construct(Rescale, {"on": "controls", "low": 1}, "pixels.0") == Rescale(
        on="controls", low=1.0
    )
    with pytest.raises(InputError, match=r"pixels\.0\.on: 'some' is not allowed"):
        construct(Rescale, {"on": "some"}, "pixels.0")
