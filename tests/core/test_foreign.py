"""Code that is not ours is known by its source."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from phenolens.core.foreign import foreign_code
from phenolens.metrics.nsc import Nsc


def test_code_that_is_not_ours_is_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    source = tmp_path / "my_metric.py"
    source.write_text("class Mine:\n    pass\n")
    mine = importlib.import_module("my_metric").Mine
    try:
        before = foreign_code(Nsc(), mine(), partial(mine), mine)
        assert list(before) == ["my_metric:Mine"]
        source.write_text("class Mine:\n    value = 2\n")
        assert foreign_code(mine) != before
    finally:
        del sys.modules["my_metric"]
    assert foreign_code(Nsc, Nsc(), len) == {}


def test_a_class_without_a_file_has_a_hash_too() -> None:
    made: Any = dataclass(type("Session", (), {"__module__": "session"}))
    assert list(foreign_code(made)) == ["session:Session"]
