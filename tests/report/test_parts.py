from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.results.conftest import HOSTILE

from phenolens.core.errors import InputError
from phenolens.core.run_folder import RunFolder
from phenolens.report.page import render
from phenolens.report.parts import PAGE, clear_parts, part_text, write_parts
from phenolens.results.limits import Limits
from phenolens.results.parts import Part

pytestmark = pytest.mark.usefixtures("without_umap")
FEW = Limits(points=59, pictures=60, block=16)
OLD = '<meta name="generator" content="phenolens 0.1.0">'
EVIL = HOSTILE + "</script><!-- \u2028 ${x} `\\ \" ' ]);alert(1);("


def test_no_text_is_code_or_markup() -> None:
    text = part_text("names", Part(lambda: [EVIL, {EVIL: EVIL}]))
    begin, end = 'phenolens.part("names", ', ");\n"
    assert text.startswith(begin)
    assert text.endswith(end)
    assert json.loads(text[len(begin) : -len(end)]) == [EVIL, {EVIL: EVIL}]
    assert not set("<>&") & set(text)
    for name in ("../x", "a b", "", 'a"', "-", "a-"):
        with pytest.raises(ValueError, match="is not the name of a part"):
            part_text(name, Part(lambda: 1))


def test_the_page_of_a_large_run_is_small_and_leads_to_its_parts(run_folder: Path) -> None:
    path = render(run_folder, FEW)
    assert path == run_folder / "report.html"
    assert 'href="report/index.html"' in path.read_text(encoding="utf-8")
    page = (run_folder / "report" / PAGE).read_text(encoding="utf-8")
    names = {part.stem for part in (run_folder / "report" / "parts").iterdir()}
    expected = {"names", "points", "near-0", "near-1", *(f"feature-{i}" for i in range(24))}
    expected |= {f"pictures-{i}" for i in range(4)} | {f"column-{i}" for i in range(7)}
    assert names == expected
    assert page.index('src="parts/names.js"') < page.index('src="parts/points.js"')
    assert "data:image/png;base64" not in page
    assert page.index("const phenolens") < page.index('src="parts/names.js"')


def test_each_form_takes_the_place_of_the_other(run_folder: Path) -> None:
    single = render(run_folder).read_bytes()
    render(run_folder, FEW)
    assert (run_folder / "report.html").stat().st_size < 2000
    assert render(run_folder).read_bytes() == single
    assert not (run_folder / "report").exists()


def test_the_same_folder_gives_the_same_parts(run_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(run_folder, tmp_path / "copy" / "run")
    made = []
    for folder in (run_folder, tmp_path / "copy" / "run"):
        render(folder, FEW)
        files = sorted((folder / "report").rglob("*.*"))
        made.append({file.relative_to(folder).as_posix(): file.read_bytes() for file in files})
    assert made[0] == made[1]


def test_a_failure_leaves_the_old_folder(run_folder: Path) -> None:
    folder = RunFolder(run_folder)
    write_parts(folder, OLD, {"names": Part(lambda: [1])})

    def fail() -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write_parts(folder, "new", {"names": Part(fail)})
    assert (folder.report_parts / PAGE).read_text() == OLD
    assert [path.name for path in folder.root.glob(".*")] == []


@pytest.mark.parametrize("name", ["notes.txt", PAGE, "parts"])
def test_files_of_somebody_are_not_deleted(run_folder: Path, name: str) -> None:
    own = run_folder / "report" / name
    own.parent.mkdir()
    own.write_text("mine")
    folder = RunFolder(run_folder)
    for act in (lambda: clear_parts(folder), lambda: write_parts(folder, "", {})):
        with pytest.raises(InputError, match="is not of the page of this run"):
            act()
    assert own.read_text() == "mine"
    own.rename(own.with_name(".DS_Store"))  # what Finder leaves is nobody's
    clear_parts(folder)
    assert not own.parent.exists()
