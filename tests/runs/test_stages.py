"""A key is made of what shapes a result: settings, formats, versions, and code that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.runs import stages
from phenolens.runs.stages import FORMATS, Stage, content_hash, version


def test_a_key_is_of_all_that_shapes_the_result_in_any_order() -> None:
    first = Stage("train", {"lr": 0.1, "seed": 0}, "a model")
    assert first.key == Stage("train", {"seed": 0, "lr": 0.1}, "the same").key
    assert len(first.key) == 16
    others = [
        Stage("train", {"lr": 0.1, "seed": 1}),
        Stage("train", {"lr": 0.1}),
        Stage("embed", {"lr": 0.1, "seed": 0}),
    ]
    assert len({first.key, *(stage.key for stage in others)}) == 4


def test_formats_and_versions_are_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: Stage(name, {"a": 1}).key for name in FORMATS}
    monkeypatch.setattr(stages, "version", lambda: "99")
    changed = {name for name in FORMATS if Stage(name, {"a": 1}).key != before[name]}
    assert changed == {"baseline", "profile", "score", "explain"}  # others are costly to make
    monkeypatch.setitem(FORMATS, "prepare", 2)
    assert Stage("prepare", {"a": 1}).key != before["prepare"]


def test_contents_are_hashed_not_names(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights").write_bytes(b"same")
    assert content_hash(tmp_path / "a") == content_hash(tmp_path / "b")
    (tmp_path / "b" / "weights").write_bytes(b"other")
    assert content_hash(tmp_path / "a") != content_hash(tmp_path / "b")
    assert content_hash(None) == ""
    assert version().count(".") == 2
