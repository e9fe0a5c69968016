"""The page of a run is the one that was written with its results."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path

import pytest
from tests.safety.runs_kit import command, recipe, save_wells

from phenolens.core.run_folder import RunFolder
from phenolens.results import contents
from phenolens.results.limits import Limits
from phenolens.runs.folder import is_whole
from phenolens.runs.page import PAGE, keep_page, summary, write_page
from phenolens.runs.record import read_record
from phenolens.runs.run import run


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("once")
    save_wells(place / "wells.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "umap", None)  # it takes seconds to compile
        run(recipe(), place, place / "run")
    return place


@pytest.fixture
def done(once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setitem(sys.modules, "umap", None)
    shutil.copytree(once, tmp_path / "copy")
    return RunFolder(tmp_path / "copy" / "run")


def test_the_command_prints_the_summary_and_leaves_the_page(
    done: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = done.report.read_bytes()
    assert command("report", done.root, "--markdown") == 0
    printed = capsys.readouterr().out
    assert printed == summary(done)
    assert printed.startswith("# ")
    assert "| this run |" in printed
    assert done.report.read_bytes() == before


def test_another_page_is_named_and_made_again(done: RunFolder) -> None:
    page = done.report.read_bytes()
    assert "report.html" in read_record(done).finished[PAGE]
    for other in (page.replace(b"</title>", b"!</title>"), bytes(len(page)), b"</html>"):
        done.report.write_bytes(other)
        said: list[str] = []
        run(recipe(), done.root.parent, done.root, said.append)
        assert said[-1].startswith(f"{done.report}: is damaged")
        assert said[-1].endswith("it will be made again")
        assert done.report.read_bytes() == page
    done.report.unlink()
    said = []
    write_page(done, said.append)
    assert said == ["make the page of the run: its map may take a minute"]
    assert done.report.read_bytes() == page


def test_a_link_in_its_place_is_replaced(done: RunFolder) -> None:
    page = done.report.read_bytes()
    other = shutil.copy(done.report, done.root.parent / "other.html")
    done.report.unlink()
    done.report.symlink_to(other)
    keep_page(done)
    assert not done.report.is_symlink()
    assert done.report.read_bytes() == page


def test_the_command_keeps_the_checksum(done: RunFolder) -> None:
    done.report.write_text("<p>another")
    assert command("report", done.root) == 0
    said: list[str] = []
    keep_page(done, said.append)
    assert not said


def test_a_run_without_the_checksum_gets_its_page(done: RunFolder) -> None:
    record = read_record(done)
    assert write_page(done) == done.report
    assert read_record(done) == record
    assert is_whole(done)


def test_the_report_of_edited_results_is_refused(
    done: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    done.results.write_text(done.results.read_text().replace('"value": ', '"value": 0'))
    assert command("report", done.root) == 2
    assert f"{done.results}: is damaged" in capsys.readouterr().err


def test_parts_of_a_large_page_are_watched_too(
    done: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its checksums are kept, a part that was changed is made again, and another recipe's go."""
    monkeypatch.setattr(contents, "Limits", partial(Limits, points=2))
    write_page(done)
    part = done.report_parts / "parts" / "names.js"
    assert "report/parts/names.js" in read_record(done).finished[PAGE]
    names = part.read_bytes()
    part.write_bytes(bytes(len(names)))
    said: list[str] = []
    keep_page(done, said.append)
    assert said == [f"{part}: is damaged (its content has changed); it will be made again"]
    assert part.read_bytes() == names
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "umap", None)
    write_page(done)
    assert not done.report_parts.exists()
    assert "report/parts/names.js" not in read_record(done).finished[PAGE]
