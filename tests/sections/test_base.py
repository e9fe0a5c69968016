from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.results.answer_run import write_answer_run
from tests.results.explained_run import write_explained_run
from tests.results.time_run import write_time_run
from tests.results.well_run import write_wells

from phenolens.core.registry import Entry, catalogue
from phenolens.drawing.template import load_template
from phenolens.results.contents import RunContents
from phenolens.sections import base
from phenolens.sections.base import Section

ENTRIES = list(catalogue("sections").values())


@pytest.mark.usefixtures("without_umap")
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_section_is_made_of_a_run_and_absent_without_its_files(
    entry: Entry, run_folder: Path, tmp_path: Path
) -> None:
    kind = entry.load()
    # A section of time has nothing to show of a run without it, nor one of what was not asked.
    explained = write_explained_run(run_folder, tmp_path / "explained")
    wells = shutil.copytree(run_folder, tmp_path / "wells")
    write_wells(wells)
    answer = shutil.copytree(run_folder, tmp_path / "answer")
    write_answer_run(answer)
    folders = run_folder, write_time_run(tmp_path / "time"), explained, wells, answer
    section = next(filter(None, (kind.of(RunContents.read(folder)) for folder in folders)), None)
    assert isinstance(section, Section)
    assert section.id == entry.name
    assert section.html.strip()
    (tmp_path / "results.json").write_text("{}")
    assert kind.of(RunContents.read(tmp_path)) is None


def test_places_are_distinct_so_that_the_order_is_stated() -> None:
    places = [entry.load().place for entry in ENTRIES]
    assert len(places) == len(set(places))


def test_every_section_has_its_template_next_to_it() -> None:
    for entry in ENTRIES:
        assert load_template(f"{entry.name}.html.j2", "phenolens.sections") is not None


def test_no_section_is_styled_by_another() -> None:
    # The styles of all sections are on one page: a bare class of one must not be a name in another.
    rooms = Path(base.__file__).parent
    bare = re.compile(r"(?:^|[,}])\s*\.([\w-]+)\s*(?=[,{])")
    owners = {
        name: css.stem for css in rooms.glob("*.css") for name in bare.findall(css.read_text())
    }
    used = [
        (name, owners[name], page.name)
        for page in rooms.glob("*.html.j2")
        for names in re.findall(r'class="([^"]*)"', page.read_text())
        for name in re.findall(r"[\w-]+", names)
        if name in owners and not page.name.startswith(f"{owners[name]}.")
    ]
    assert "cost" not in owners
    assert len(owners) > 20
    assert used == []
