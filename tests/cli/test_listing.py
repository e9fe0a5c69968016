"""The listing: a line for everything there is; the page of a run, and of two."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from phenolens.core.registry import ROOMS, catalogue
from phenolens.runs.recipe import shipped_grids, shipped_recipes

Call = Callable[..., tuple[int, str, str]]


def test_list_shows_every_room_with_a_line_each(call: Call) -> None:
    status, out, _ = call("list")
    assert status == 0
    for name in ("bbbc021", "vit", "dino", "tvn", "nscb", *shipped_recipes()):
        assert re.search(rf"^  {name} +\S", out, re.MULTILINE), name
    _, metrics, _ = call("list", "metrics")
    assert "nscb" in metrics
    assert "bbbc021" not in metrics
    assert re.search(r"^  quickstart +The demo", call("list", "recipes")[1], re.MULTILINE)
    for name in ("quickstart", "compare/held_out_batches"):
        shipped = {**shipped_recipes(), **shipped_grids()}[name]
        assert call("list", name)[1] == shipped.read_text(encoding="utf-8")
    assert call("list", "steps") == call("list", "profiling")


def test_every_room_of_the_catalogue_is_listed(call: Call) -> None:
    _, out, _ = call("list")
    headings = [line for line in out.splitlines() if not line.startswith(" ")]
    assert headings == [*ROOMS, "recipes", "grids"]
    assert re.search(r"^  untrained +The recipe's encoder", call("list", "baselines")[1], re.M)
    assert re.search(r"^  resize +Change height", call("list", "pixel-steps")[1], re.M)


def test_a_room_is_printed_as_a_table_for_a_page(call: Call) -> None:
    _, out, _ = call("list", "--markdown", "profiling")
    lines = out.splitlines()
    assert lines[:2] == ["| step | what it is |", "| --- | --- |"]
    assert len(lines) == 2 + len(catalogue("profiling"))
    assert all(line.count("|") == 3 for line in lines)
    _, metrics, _ = call("list", "--markdown", "metrics")
    assert metrics.startswith("| metric | what it is | good | chance | cannot see |\n")
    status, _, err = call("list", "--markdown")
    assert (status, "needs a room" in err) == (2, True)


def test_report_makes_the_page_again(call: Call, finished: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(finished, tmp_path / "run"))
    status, out, _ = call("report", folder)
    assert status == 0
    assert out.strip() == str(folder / "report.html")
    assert (folder / "report.html").is_file()


def test_report_of_two_runs_is_one_page_next_to_the_first(
    call: Call, finished: Path, tmp_path: Path
) -> None:
    one, other = (Path(shutil.copytree(finished, tmp_path / name)) for name in ("one", "other"))
    status, out, _ = call("report", one, other)
    assert status == 0
    assert out.strip() == str(tmp_path / "one-and-other.html")
    assert "Nothing: both have the same recipe." in (tmp_path / "one-and-other.html").read_text()
    status, _, err = call("report", one, other, "--out", tmp_path / "x.txt")
    assert status != 0
    assert "x.txt" in err
    status, _, err = call("report", one, "--out", tmp_path / "x.html")
    assert status != 0
    assert "--out" in err


def test_a_file_that_was_changed_is_compared_with_nothing(
    call: Call, finished: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(finished, tmp_path / "run"))
    status, _, err = call("report", finished, folder, "--out", folder / "results.json.html")
    assert status == 0, err
    status, _, err = call("report", finished, folder, "--out", folder / "report.html")
    assert (status, "is a file of the run" in err) == (2, True)
    rows = folder / "scores" / "nsc.parquet"
    rows.write_bytes(rows.read_bytes() + b"x")
    for asked in (("report", finished, folder), ("report", folder, "--markdown")):
        status, _, err = call(*asked)
        assert (status, "nsc.parquet" in err) == (2, True)
