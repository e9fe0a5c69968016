"""Files that the page saves: pictures that need nothing else, tables, the summary."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from phenolens.report.markdown import markdown
from phenolens.results.contents import RunContents


def saved(page: Any, button: Any, folder: Path) -> Path:
    with page.expect_download() as waiting:
        button.evaluate("(each) => each.click()")
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_the_map_as_svg_needs_no_style_sheet(page: Any, tmp_path: Path) -> None:
    path = saved(page, page.locator("#map .save button", has_text="SVG"), tmp_path)
    text = path.read_text(encoding="utf-8")
    tree = ET.fromstring(text)
    paths = [each for each in tree.iter("{http://www.w3.org/2000/svg}path") if each.get("d", "")]
    filled = [each for each in paths if (each.get("fill") or "").startswith("rgb")]
    assert len(filled) >= 60
    assert not re.search(r"var\(|oklab|class=|<script|on\w+=", text)
    assert "Actin disruptors" in text, "the legend is in it"


def test_every_figure_and_table_has_its_menu(page: Any, tmp_path: Path) -> None:
    figures = page.locator("section:has(svg) .save button", has_text="SVG")
    assert figures.count() >= 6
    tables = page.evaluate("all('section table').length")
    assert page.locator(".save button", has_text="CSV").count() == tables
    path = saved(page, page.locator("#treatments .save button"), tmp_path)
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 61
    assert all(len(row) == len(rows[0]) for row in rows)


def test_a_png_has_twice_the_pixels(page: Any, tmp_path: Path) -> None:
    button = page.locator("#plates .save button", has_text="PNG")
    path = saved(page, button, tmp_path)
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width = int.from_bytes(head[16:20], "big")
    shown = page.evaluate("Math.ceil(one('#plate-list').getBoundingClientRect().width)")
    assert width == 2 * (shown + 24)


def test_the_summary_is_that_of_the_command(page: Any, made_page: Path, tmp_path: Path) -> None:
    path = saved(page, page.locator("#save-summary"), tmp_path)
    assert path.read_text(encoding="utf-8") == markdown(RunContents.read(made_page.parent))


def test_paper_has_no_controls(page: Any) -> None:
    page.emulate_media(media="print")
    for part in ("#query-form", ".save", ".tools", "#plate-choice", "#drawer", ".contents"):
        assert page.locator(part).first.is_hidden(), part
    assert page.locator("#table tbody tr").count() == 60
