"""Cells are run one after the other or side by side; a failure or a signal loses no other cell."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.comparison.fakes import FakeCrew

from phenolens.comparison.carry_out import Crew, carry_out
from phenolens.comparison.child import Child
from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid
from phenolens.comparison.plan import Plan
from phenolens.core.errors import InputError


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phenolens.comparison.carry_out._EVERY", 0.001)


def begun(place: Path, *fails: str) -> tuple[Plan, ComparisonFolder, FakeCrew]:
    grid, folder = Grid.load(place / "grid.toml", root=place), ComparisonFolder(place / "out")
    plan = Plan.of(grid, place, folder, place / "cache")
    claim(folder, grid)
    return plan, folder, FakeCrew(folder, fails)


def test_a_failed_cell_is_reported_and_the_others_go_on(place: Path) -> None:
    plan, folder, fake = begun(place, "none+cosine-seed0")
    said: list[str] = []
    crew = Crew(root=place, cache=place / "cache", start=fake)
    outcomes = carry_out(plan.cells, folder, crew, said.append)
    assert fake.started == [planned.cell.folder for planned in plan.cells]
    failed = {o.cell: o.failure for o in outcomes if o.failure}
    assert failed == {"none+cosine-seed0": "profiling.0: no such column"}
    assert said[:2] == [
        "per_plate+cosine-seed0 begins; 7 to follow",
        "per_plate+cosine-seed0: done in 1 s: nsc 0.500",
    ]
    assert "none+cosine-seed0: failed after 1 s: profiling.0: no such column" in said


def test_a_cell_without_one_of_its_scores_is_reported_with_the_others(place: Path) -> None:
    """Only where that is why its process ended."""
    plan, folder, fake = begun(place)
    crew = Crew(root=place, cache=place / "cache", start=fake)
    (planned,) = plan.cells[:1]
    cell = planned.cell.folder

    def outcome(why: str) -> tuple[str, list[str]]:
        said: list[str] = []

        def start(*given: Any, **more: Any) -> Child:
            child = fake(*given, **more)
            path = folder.run(cell).results
            found = {**json.loads(path.read_text()), "failed": {"dose_order": "needs 3 doses"}}
            path.write_text(json.dumps(found))
            child._why = why
            return child

        (one,) = carry_out([planned], folder, replace(crew, start=start), said.append)
        return one.failure, said[1:]

    missing = "dose_order could not be computed: needs 3 doses"
    assert outcome("dose_order: needs 3 doses") == (
        missing,
        [f"{cell}: done in 1 s: nsc 0.500", f"{cell}: failed after 1 s: {missing}"],
    )
    assert outcome("no disk") == ("no disk", [f"{cell}: failed after 1 s: no disk"])


def test_a_process_that_leaves_no_results_has_failed(place: Path) -> None:
    plan, folder, fake = begun(place)
    fake.writes = False
    crew = Crew(root=place, cache=place / "cache", start=fake)
    (outcome,) = carry_out(plan.cells[:1], folder, crew)
    assert "no finished run" in outcome.failure


def test_side_by_side_they_take_turns(place: Path) -> None:
    plan, folder, fake = begun(place)
    crew = Crew(root=place, cache=place / "cache", jobs=3, start=fake)
    assert len(carry_out(plan.cells, folder, crew)) == 8
    assert sorted(fake.started) == sorted(planned.cell.folder for planned in plan.cells)
    assert all(len(folder.run(name).score_names()) == 1 for name in fake.started)
    with pytest.raises(InputError, match="--jobs: must be 1 or more"):
        Crew(root=place, cache=place, jobs=0)


def test_the_arguments_are_those_of_a_run(place: Path) -> None:
    crew = Crew(root=place, cache=place / "c", options=["--plugin=mine"], machine=["threads=4"])
    folder = ComparisonFolder(place / "out")
    assert crew.arguments(folder, "a-seed0") == [
        *("--plugin=mine", "run", str(place / "out" / "recipes" / "a-seed0.toml")),
        *("--root", str(place), "--out", str(place / "out" / "cells" / "a-seed0")),
        *("--cache", str(place / "c"), "--machine=threads=4", "--no-page"),
        *("--wait", "--allow-outside"),
    ]


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_a_signal_is_passed_on_and_nothing_more_is_begun(place: Path) -> None:
    plan, folder, fake = begun(place)

    def start(*arguments: object) -> object:
        child = fake(*arguments)  # type: ignore[arg-type]
        child._looks = -1000  # it would go on for long
        if len(fake.children) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return child

    crew = Crew(root=place, cache=place / "cache", jobs=2, start=start)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        carry_out(plan.cells, folder, crew)
    assert len(fake.children) == 2
    assert all(child.stopped == [signal.SIGINT] for child in fake.children)
