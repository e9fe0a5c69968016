"""The page of a preparation: what is on it, and that hostile names stay text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from phenolens.intake.page import plate_svg, render
from phenolens.intake.plate_map import maps_of
from phenolens.intake.prepare import plan
from phenolens.intake.understood import Understood
from phenolens.screens.image_folder import ImageFolder

HOSTILE = "<script>alert(1)</script>"


def test_the_page_has_facts_maps_and_what_was_left_out(tmp_path: Path) -> None:
    ImageFolder.fake(tmp_path)
    planned = plan(tmp_path)
    found = Understood.of([HOSTILE], planned.screen, planned.problems)
    path = render(found, tmp_path.name, "1 MB", [f"a.tif is {HOSTILE}"], tmp_path / "page.html")
    html = path.read_text(encoding="utf-8")
    assert HOSTILE not in html
    assert "8 fields of 32 x 40 pixels" in html
    assert html.count("<svg") >= 3  # one for each plate, and the switch of colours
    assert "not in the store" in html
    assert "http" not in html.replace("http://www.w3.org", "")


def test_a_square_for_each_well() -> None:
    (one,) = maps_of(pd.DataFrame({"plate": ["x"], "well": ["A01"]}))
    svg = plate_svg(one)
    assert svg.count("<rect") == 96
    assert svg.count("well unknown") == 1
    assert "A01: 1 image," in svg
    (bare,) = maps_of(pd.DataFrame({"plate": ["x"], "well": ["7"]}))
    assert "1 well without row and column" in plate_svg(bare)


def test_many_plates_are_in_the_table_and_some_are_drawn(tmp_path: Path) -> None:
    ImageFolder.fake(tmp_path)
    screen = plan(tmp_path).screen
    meta = pd.concat([screen.meta.assign(plate=f"Q{i:03d}") for i in range(50)], ignore_index=True)
    found = Understood.of([], replace(screen, meta=meta), [])
    html = render(found, tmp_path.name, "", [], tmp_path / "page.html").read_text(encoding="utf-8")
    assert html.count("<figcaption>") == 48
    assert "2 more plates are in the table" in html
    assert "<td>Q049</td>" in html
