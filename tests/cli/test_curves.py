"""The command that shows what was understood of tables of curves, and writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from phenolens.core.profiles import Profiles

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "run_PC9_phase.csv"
    path.write_text("Elapsed,Control,Erl 1 nM\n0,1,2\n3,3,4\n0,5,6\n3,7,8\n")
    return path


def test_it_prints_and_writes(call: Call, table: Path, tmp_path: Path) -> None:
    out, page = tmp_path / "long.parquet", tmp_path / "page.html"
    status, said, err = call(
        *("curves", table, "--same", "Erl=Erlotinib", "--cell-line", "PC9", "--out", out),
        *("--page", page),
    )
    assert (status, err) == (0, "")
    assert "run_PC9\n  read as      one column per condition; 1 table\n" in said
    assert "  drugs        Erlotinib (0.001 uM)\n" in said
    assert said.endswith(f"8 rows of phase\n{out}\n{page}\n")
    made = Profiles.load(out)
    assert made.meta["treatment"].unique().tolist() == ["Control", "Erlotinib@0.001"]
    assert page.read_text().startswith("<!DOCTYPE html>")


def test_json(call: Call, table: Path) -> None:
    status, said, _ = call("curves", table, "--json", "--control", "Erl", "--variable", "phase")
    assert status == 0
    facts = json.loads(said)
    assert facts["rows"] == 8
    assert facts["runs"][0]["controls"] == ["Control", "Erl"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--same", "Erl"), "--same: expected NAME=OTHER, got 'Erl'"),
        (("--column", "=x"), "--column: expected NAME=OTHER"),
        (("--page", "p.pdf"), "a page cannot be written as '.pdf'"),
        (("--out", "t.xlsx"), "xlsx"),
        (("--unit", "nM", "--unit", "uM"), "--unit: two units for all files: nM, uM"),
        (("--unit", "=nM"), "--unit: expected NAME=OTHER"),
        (("--time-unit", "frames"), "time_unit: 'frames' is not a unit of time"),
    ],
)
def test_wrong_options(call: Call, table: Path, options: tuple[str, str], message: str) -> None:
    status, _, err = call("curves", table, *options)
    assert status == 2
    assert message in err


def test_a_file_is_not_written_over(call: Call, table: Path) -> None:
    status, _, err = call("curves", table, "--out", table)
    assert status == 2
    assert "would be overwritten" in err


def test_units_of_files_and_of_times(call: Call, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_text("Elapsed,X 5,X 10\n0,1,2\n60,3,4\n")
    files = [tmp_path / f"{name}.csv" for name in "abc"]
    units = ("--unit", "a.csv=uM", "--unit", "b=mM", "--unit", "nM")
    status, said, _ = call("curves", *files, *units, "--time-unit", "min", "--json")
    assert status == 0
    runs = json.loads(said)["runs"]
    doses = [run["drugs"]["X"] for run in runs]
    assert doses == [["5", "10"], ["5000", "10000"], ["0.005", "0.01"]]
    assert {run["times"]["last"] for run in runs} == {1.0}
    assert runs[0]["clock"] == ["'Elapsed', minutes"]
