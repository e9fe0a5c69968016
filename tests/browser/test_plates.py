"""Plates: every well in its place, by measures, with keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_every_well_is_in_its_place(page: Any) -> None:
    assert page.locator("#plate-list .plate").count() == 4
    assert page.locator("#plate-list rect").count() == 4 * 72
    off = page.evaluate(
        "(() => { const w = JSON.parse(one('#wells').textContent);"
        " const off = ({ dataset: { well }, x, y }) => x.baseVal.value !== w.column[well]"
        " || y.baseVal.value !== w.row[well];"
        " return all('#plate-list rect').filter(off).length; })()"
    )
    assert off == 0


def test_the_planted_edge_effect_is_named_first(page: Any) -> None:
    words = page.locator("#plates .about").inner_text()
    assert "cells_per_image: wells at the edge are" in words
    assert "SD higher" in words
    assert page.locator(".position-effects tbody tr").first.inner_text().startswith("cells_per")


def test_a_measure_is_chosen_and_is_in_the_address(
    page: Any, visit: Callable[..., Any], made_page: Path
) -> None:
    shares = "all('#plate-list rect').map((r) => r.style.getPropertyValue('--s')).join()"
    before = page.evaluate(shares)
    page.select_option("#measure", "NSC, hit")
    assert page.evaluate(shares) != before
    again = visit(made_page, page.url[page.url.index("#") :])
    assert again.locator("#measure").input_value() == "NSC, hit"


def test_wells_are_walked_with_keys(page: Any) -> None:
    page.locator("#plate-list .plate").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.locator("#well-note").inner_text().startswith("P1 ")
    page.keyboard.press("Enter")
    assert page.locator("#drawer").is_visible()
