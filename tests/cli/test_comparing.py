"""The command `compare`: its plan, its table, and its status."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from phenolens.comparison import carry_out
from phenolens.comparison.child import Child
from phenolens.comparison.folder import ComparisonFolder

Call = Callable[..., tuple[int, str, str]]

RECIPE = """
name = "wells"
[profiles]
table = "wells.csv"
[[profiling]]
step = "aggregate"
by = ["treatment"]
[metrics.nsc]
permutations = 5
"""
GRID = """
recipe = "wells.toml"
seeds = [0]
[axes.distance]
cosine = {}
euclidean = { "metrics.nsc.distance" = "euclidean" }
"""


@pytest.fixture
def place(wells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wells.csv").write_bytes(wells.read_bytes())
    (tmp_path / "wells.toml").write_text(RECIPE)
    (tmp_path / "grid.toml").write_text(GRID)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(carry_out, "_EVERY", 0.01)
    return tmp_path


def test_a_dry_run_writes_nothing(call: Call, place: Path) -> None:
    status, out, _ = call("compare", "grid.toml", "--dry-run", "--only", "cosine")
    assert status == 0
    assert "1 cell, 0 done" in out
    assert "nothing is left to train" in out
    assert sorted(path.name for path in place.iterdir()) == ["grid.toml", "wells.csv", "wells.toml"]


def test_failed_cells_end_with_one_line_and_status_2(
    call: Call, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each child is a process that writes one line and fails."""

    def start(arguments: list[str], log: Path, environment: dict[str, str]) -> Child:
        code = "import sys; sys.exit('error: no ' + sys.argv[2])"
        return Child(arguments, log, environment, (sys.executable, "-S", "-c", code))

    monkeypatch.setattr(carry_out, "Crew", partial(carry_out.Crew, start=start))
    status, out, err = call("compare", "grid.toml", "--jobs", "2")
    assert status == 2
    assert out == ""
    assert "no cell is finished yet" in err
    last = err.strip().splitlines()[-1]
    assert last.startswith("error: runs/grid: 2 of 2 cells failed: ")
    assert (place / "runs" / "grid" / "logs" / "cosine-seed0.log").read_text().startswith("error: ")


def test_the_table_is_printed_from_what_is_there(call: Call, place: Path) -> None:
    status, _, err = call("compare", "grid.toml", "--table", "md")
    assert status == 2
    assert "runs/grid: is not the folder of a comparison" in err
    folder = ComparisonFolder(place / "runs" / "grid")
    folder.root.mkdir(parents=True)
    known = {"name": "a", "choices": {}, "seed": 0, "recipe": "x"}
    folder.note.write_text(json.dumps({"axes": [], "cells": {"a-seed0": known}}))
    status, out, err = call("compare", "grid.toml", "--table", "latex")
    assert (status, out) == (0, "")
    assert "no cell is finished yet" in err
