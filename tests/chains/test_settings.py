"""Settings are changed by key, spelt out as TOML knows them, and hashed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from phenolens.chains.settings import changed, hashed, plain, read_toml, read_value, split_outside
from phenolens.core.errors import InputError

TABLE = {
    "seed": 0,
    "training": {"epochs": 10},
    "views": {"crops": {"global_area": [0.1, 0.2]}},
    "profiling": [{"step": "tvn"}, {"step": "aggregate", "by": ["well"]}],
}


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ("seed=3", ("seed",), 3),
        ("training.lr = 1e-3", ("training", "lr"), 1e-3),
        ("training.precision=bf16", ("training", "precision"), "bf16"),
        ('training.precision="bf16"', ("training", "precision"), "bf16"),
        ("views.crops.flip=false", ("views", "crops", "flip"), False),
        ("views.crops.global_area=[0.3, 0.4]", ("views", "crops", "global_area"), [0.3, 0.4]),
        ("views.crops.global_area.1=0.5", ("views", "crops", "global_area"), [0.1, 0.5]),
        ("profiling.1.step=tvn", ("profiling", 1, "step"), "tvn"),
        ('profiling.1.by=["plate"]', ("profiling", 1, "by"), ["plate"]),
        ("metrics.nsc.same=target=x", ("metrics", "nsc", "same"), "target=x"),
        ("name=", ("name",), ""),
    ],
)
def test_a_key_is_changed_and_nothing_else(change: str, path: tuple[Any, ...], value: Any) -> None:
    before = plain(TABLE)
    found: Any = changed(TABLE, [change])
    assert before == TABLE
    for step in path:
        found = found[step]
    assert found == value
    assert type(found) is type(value)


def test_changes_come_one_after_the_other() -> None:
    assert changed({}, ["a.b=1", "a.c=2", "a.b=3"]) == {"a": {"b": 3, "c": 2}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("seed", "--set: expected KEY=VALUE, got 'seed'"),
        ("=3", "--set: expected KEY=VALUE, got '=3'"),
        ("profiling.2.step=tvn", r"--set profiling.2.step: no item '2' \(there are 2\)"),
        ("profiling.x.step=tvn", r"no item 'x' \(there are 2\)"),
        ("profiling.-1=tvn", r"no item '-1' \(there are 2\)"),
        ("seed.deep=1", "--set seed.deep: 'seed' is not a table"),
        ("seed.deep.er=1", r"--set seed.deep.er: no item 'deep' \(there are 0\)"),
    ],
)
def test_a_change_that_leads_nowhere_is_refused(change: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        changed(TABLE, [change])


@dataclass(frozen=True)
class Inner:
    sizes: tuple[int, ...] = (1, 2)
    none: int | None = None
    _made: int = field(default=3, init=False)


@dataclass(frozen=True)
class Outer:
    inner: Inner = field(default_factory=Inner)
    table: dict[str, Inner | None] = field(default_factory=lambda: {"a": Inner((3,)), "b": None})


def test_spelt_out_as_toml_knows_it() -> None:
    assert plain(Outer()) == {"inner": {"sizes": [1, 2]}, "table": {"a": {"sizes": [3]}}}
    made = plain(TABLE)
    made["training"]["epochs"] = 99
    assert TABLE["training"] == {"epochs": 10}  # a copy, all the way down


def test_hash_hangs_on_the_values_alone() -> None:
    assert hashed({"a": {"x": 1, "y": 2}, "b": 3}) == hashed({"b": 3, "a": {"y": 2, "x": 1}})
    assert len({hashed(value) for value in ({"a": 1}, {"a": 2}, {"b": 1}, {"a": [1]}, {})}) == 5
    assert hashed({"a": [1, 2]}) != hashed({"a": [2, 1]})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" 1 ", 1),
        ("1.5", 1.5),
        ("true", True),
        ("zca", "zca"),
        ('"1"', "1"),
        ("[a, 1, [b]]", ["a", 1, ["b"]]),
        ("[]", []),
        ("a\nb = 1", "a\nb = 1"),
        ("2024-01-01x", "2024-01-01x"),
    ],
)
def test_a_value_is_toml_or_a_bare_word(text: str, value: Any) -> None:
    assert read_value(text) == value
    assert changed({}, [f"key={text}"]) == {"key": value}


def test_separators_in_brackets_and_quotes_stand() -> None:
    assert split_outside("a,b(c,d),'e,f'", ",") == ["a", "b(c,d)", "'e,f'"]
    for wrong in ("a(b", "a]b", "a(b]", "'a"):
        with pytest.raises(InputError, match=r"missing|closes no bracket"):
            split_outside(wrong, ",")


def test_a_file_that_is_absent_or_no_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    with pytest.raises(InputError, match=r"recipe\.toml: no such file"):
        read_toml(path)
    for damaged in (b"seed = ", b"\xff"):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"recipe\.toml: is not TOML"):
            read_toml(path)
    path.write_text("seed = 3\n", encoding="utf-8")
    assert read_toml(path) == {"seed": 3}


def test_numbers_that_are_none_are_text() -> None:
    assert read_value("9" * 5000) == "9" * 5000
    with pytest.raises(InputError, match="no item '²'"):
        changed({"a": [1, 2, 3]}, ["a.²=1"])
