from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from phenolens.core import registry
from phenolens.core.errors import InputError
from phenolens.core.explanation import Explanation
from phenolens.drawing.numbers import shown
from phenolens.report.page import render

pytestmark = pytest.mark.usefixtures("without_umap")
SECTIONS = {
    "scores", "map", "confusion", "treatments", "examples", "training", "cost", "recipe",
    "provenance",
}  # fmt: skip
SECTION = '''
from phenolens.sections.base import Section

class Wells(Section):
    """How many profiles there are."""

    title, place = "Wells", 45

    @classmethod
    def of(cls, run):
        return cls.fill(count=len(run.profiles), name="<b>")
'''
VOID = {"meta", "input", "img", "br", "link", "wbr"}


class Reader(HTMLParser):
    """Holds the page to balanced tags and collects what it refers to."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.sections: set[str] = set()
        self.refers: list[str] = []
        self.scripts: dict[str, str] = {}
        self.script = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        given = dict(attrs)
        name = given.get("id") or ""
        self.ids += [name] if name else []
        self.sections |= {name} if tag == "section" else set()
        self.script = (name or "code") if tag == "script" else ""
        keys = ("src", "href", "action", "data", "srcset", "poster")
        self.refers += [given[key] or "" for key in keys if key in given]
        assert not [key for key in given if key.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.script:
            self.scripts[self.script] = self.scripts.get(self.script, "") + data


def read(folder: Path) -> tuple[str, Reader]:
    text = render(folder).read_text(encoding="utf-8")
    return text, Reader(text)


def test_all_sections_are_there_and_the_contents_link_to_them(run_folder: Path) -> None:
    text, reader = read(run_folder)
    assert reader.sections == SECTIONS
    assert set(re.findall(r'<li><a href="#(\w+)">', text)) == SECTIONS
    assert len(reader.ids) == len(set(reader.ids))


def test_the_page_needs_nothing_from_outside(run_folder: Path) -> None:
    text, reader = read(run_folder)
    assert reader.refers
    assert all(ref.startswith(("#", "data:image/png;base64,")) for ref in reader.refers)
    without_images = re.sub(r"data:image/png;base64,[\w+/=]+", "", text)
    # The name of the SVG namespace is an identifier in the script, never fetched.
    without_images = without_images.replace("http://www.w3.org/2000/svg", "")
    assert "://" not in without_images
    assert "@import" not in without_images
    urls = re.findall(r"url\(([^)]*)\)", without_images)
    assert all(url.startswith("#") for url in urls)


def test_numbers_in_the_page_are_those_of_the_results(
    run_folder: Path, results: dict[str, Any]
) -> None:
    text, reader = read(run_folder)
    assert json.loads(reader.scripts["results"]) == results
    tiles = dict(re.findall(r'data-score="(\w+)">([^<]*)<', text))
    assert tiles == {key: shown(s["value"]) for key, s in results["scores"].items()}
    for name in results["baselines"]:
        assert name in text
    nsc = results["scores"]["nsc"]
    row = [shown(nsc[key], 3) for key in ("value", "low", "high")]
    assert "".join(f"<td>{cell}</td>" for cell in ["this run", *row, "49", "60"]) in text
    for note in [*results["notes"], *nsc["notes"]]:
        assert note in text


def test_every_treatment_has_its_row(run_folder: Path) -> None:
    text, _ = read(run_folder)
    body = text[text.index('<table class="sortable"') :]
    assert body[: body.index("</table>")].count("<tr data-treatment=") == 60


def test_foreign_names_stay_text(run_folder: Path) -> None:
    text, reader = read(run_folder)
    assert "&lt;script&gt;alert" in text
    assert "<script>alert" not in text
    assert set(reader.scripts) == {"results", "points", "profiles", "summary", "code"}
    assert json.loads(reader.scripts["profiles"])["names"][0] == '<script>alert("x")</script>'


def test_a_run_of_tables_only_leaves_the_rest_out(run_folder: Path) -> None:
    shutil.rmtree(run_folder / "logs")
    (run_folder / "examples.npz").unlink()
    _, reader = read(run_folder)
    assert reader.sections == SECTIONS - {"examples", "training"}


def test_a_results_file_alone_is_a_page(tmp_path: Path, results: dict[str, Any]) -> None:
    (tmp_path / "results.json").write_text(json.dumps(results))
    text, reader = read(tmp_path)
    assert reader.sections == {"scores", "cost"}
    assert re.findall(r'<li><a href="#(\w+)">', text) == ["scores", "cost"]


def test_nulls_everywhere_are_a_page(tmp_path: Path) -> None:
    keys = ("recipe", "seed", "version", "scores", "baselines", "cost", "notes")
    (tmp_path / "results.json").write_text(json.dumps(dict.fromkeys(keys)))
    _, reader = read(tmp_path)
    assert reader.sections == set()


def test_without_umap_the_map_is_named_pca(run_folder: Path) -> None:
    text, _ = read(run_folder)
    assert "(PCA: first two principal components; umap-learn is not installed" in text


def test_a_failure_leaves_the_old_page(run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = render(run_folder).read_text(encoding="utf-8")

    def fail(self: Path, target: Path) -> Path:
        raise OSError(f"{self} to {target}")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match=r"report\.html"):
        render(run_folder)
    assert (run_folder / "report.html").read_text(encoding="utf-8") == old


def test_nothing_is_left_beside_the_page(run_folder: Path) -> None:
    before = set(run_folder.rglob("*"))
    path = render(run_folder)
    assert set(run_folder.rglob("*")) - before == {path}


def test_the_same_folder_gives_the_same_page(run_folder: Path) -> None:
    assert render(run_folder).read_bytes() == render(run_folder).read_bytes()


def test_a_section_of_another_package_is_on_the_page(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One class and its template, style and script next to it; nothing else is edited."""
    folder = tmp_path / "with_a_section" / "sections"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "wells.py").write_text(SECTION)
    (folder / "wells.html.j2").write_text("<p>{{ count }} profiles of {{ name }}</p>")
    (folder / "wells.css").write_text(".wells{color:red}")
    (folder / "wells.js").write_text("// counts wells")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "_packages", dict(registry._packages))
    registry.extend("with_a_section")
    try:
        text, reader = read(run_folder)
    finally:
        registry.catalogue.cache_clear()
    assert "wells" in reader.sections
    assert "<p>60 profiles of &lt;b&gt;</p>" in text
    assert ".wells{color:red}" in text
    assert "// counts wells" in text
    order = re.findall(r'<li><a href="#(\w+)">([^<]*)<', text)
    assert order[2:4] == [("wells", "Wells"), ("confusion", "Confusion")]


def test_what_a_section_of_another_package_raises_names_it(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "with_a_broken_section" / "sections"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "wells.py").write_text(SECTION.replace("len(run.profiles)", "{}['count']"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "_packages", dict(registry._packages))
    registry.extend("with_a_broken_section")
    message = r"with_a_broken_section.sections.wells: the section cannot be made: KeyError: 'count'"
    try:
        with pytest.raises(InputError, match=message):
            render(run_folder)
    finally:
        registry.catalogue.cache_clear()


def test_an_explanation_of_other_columns_is_named(run_folder: Path) -> None:
    path = run_folder / "results.json"
    results = json.loads(path.read_text())
    results["explanations"] = {"typical_cells": {"joint": {}}}
    path.write_text(json.dumps(results))
    one = Explanation(name="typical_cells", rows=pd.DataFrame({"moa": ["a"]}))
    one.save(run_folder / "explanations" / "typical_cells" / "joint")
    with pytest.raises(InputError, match=r"typical_cells: does not hold what its section shows"):
        render(run_folder)
