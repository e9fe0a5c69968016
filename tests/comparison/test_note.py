"""The note of a comparison is checked whole when it is read, whatever somebody wrote into it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from phenolens.comparison.note import Known, read_note
from phenolens.core.errors import InputError

CELL = {"name": "a", "choices": {"x": "a"}, "seed": 0, "recipe": "hash", "baseline": False}
NOTE = {"comparison": "c", "axes": ["x"], "claims": "", "cells": {"a-seed0": CELL}}

Change = Callable[[dict[str, Any]], object]


def cell(**values: object) -> Change:
    return lambda note: note["cells"]["a-seed0"].update(values)


def renamed(run: str, **values: object) -> Change:
    return lambda note: note.update(cells={run: {**CELL, **values}})


WRONG: Mapping[str, Change] = {
    "axes": lambda note: note.update(axes=[["x"]]),
    "axes.seed": lambda note: note.update(axes=["seed"]),
    "same file": lambda note: note.update(axes=["x", "x"]),
    "KeyError": lambda note: note.pop("axes"),
    "cells: expected": lambda note: note.update(cells=[]),
    "comparison": lambda note: note.update(comparison="<b>"),
    "claims": lambda note: note.update(claims=5),
    "a-seed0': expected": lambda note: note["cells"].update({"a-seed0": [1]}),
    "unknown key": cell(more=1),
    "choices: expected": cell(choices=[1]),
    "choices.x": cell(choices={"x": 1}),
    "are not of the axes": cell(choices={}),
    "Unicode": cell(choices={"x": "\ud800"}),
    "seed: expected": cell(seed="x"),
    "seed: is not a seed": cell(seed=2**70),
    "seed: expected int": cell(seed=1.5),
    "name: expected": cell(name=None),
    "recipe: expected": cell(recipe=5),
    "baseline: expected": cell(baseline="no"),
    "is not the run of 'a'": renamed("../../x-seed0"),
    "'../../x-seed0' cannot be": renamed("../../x-seed0", name="../../x"),
    "'/etc-seed0' cannot be": renamed("/etc-seed0", name="/etc"),
    "longer than": renamed("a" * 5000 + "-seed0", name="a" * 5000),
    "character '<'": renamed("<b>-seed0", name="<b>"),
}


def test_what_a_comparison_wrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "grid.json"
    path.write_text(json.dumps(NOTE))
    note = read_note(path)
    assert (note.comparison, note.axes, note.claims) == ("c", ("x",), "")
    assert note.cells == {"a-seed0": Known("a", {"x": "a"}, 0, "hash")}


@pytest.mark.parametrize("why", WRONG)
def test_a_note_that_was_changed_is_named_with_the_reason(why: str, tmp_path: Path) -> None:
    path, note = tmp_path / "grid.json", json.loads(json.dumps(NOTE))
    WRONG[why](note)
    path.write_text(json.dumps(note))
    with pytest.raises(InputError, match=r"grid\.json: is damaged \(") as caught:
        read_note(path)
    assert why in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("content", [b"", b"\0", b"\xff\xfe", b"[" * 100_000, b"null", b"[1]"])
def test_a_note_that_is_no_table(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "grid.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is damaged"):
        read_note(path)
