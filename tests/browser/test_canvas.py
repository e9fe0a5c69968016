"""The map on a canvas behaves as the map of elements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
PLACE = (
    "(i) => { const b = atlas.stage.getBoundingClientRect(), [x, y] = atlas.field.place(i);"
    " return [b.left + x * b.width, b.top + y * b.height]; }"
)
PIXEL = (
    "(i) => { const c = one('canvas.map'), copy = document.createElement('canvas');"
    " [copy.width, copy.height] = [1, 1]; const [x, y] = atlas.field.place(i);"
    " const pen = copy.getContext('2d', { willReadFrequently: true });"
    " pen.drawImage(c, -Math.floor(x * c.width), -Math.floor(y * c.height));"
    " return [...pen.getImageData(0, 0, 1, 1).data]; }"
)


@pytest.fixture
def page(visit: Callable[..., Any], canvas_page: Path) -> Any:
    opened = visit(canvas_page)
    opened.locator("#stage").scroll_into_view_if_needed()
    opened.evaluate(FRAME)
    return opened


def test_every_point_is_drawn_in_its_colour(page: Any) -> None:
    assert page.locator(".map .point").count() == 0
    for i in (5, 30, 59):
        css = page.evaluate(
            "(i) => { const { colourings } = JSON.parse(one('#points').textContent);"
            " const { kinds, codes } = colourings.moa;"
            " return getComputedStyle(document.documentElement)"
            ".getPropertyValue(kinds[unpack(codes)[i]].colour); }",
            i,
        ).strip()
        own = [int(css[k : k + 2], 16) for k in (1, 3, 5)]
        drawn = page.evaluate(PIXEL, i)
        assert max(abs(a - b) for a, b in zip(own, drawn, strict=False)) <= 2, i


def test_it_is_drawn_anew_in_the_dark_and_for_a_selection(page: Any) -> None:
    light = page.evaluate(PIXEL, 30)
    page.click("#theme")
    page.evaluate(FRAME)
    dark = page.evaluate(PIXEL, 30)
    assert dark[:3] != light[:3]
    page.fill("#query", "treatment == 'nobody'")
    page.press("#query", "Enter")
    page.evaluate(FRAME)
    assert page.evaluate(PIXEL, 30)[3] < 60, "faint"
    assert page.locator("#query-note").inner_text() == "0 treatments of 60"


def test_a_point_is_named_and_opened(page: Any) -> None:
    x, y = page.evaluate(PLACE, 20)
    page.mouse.move(x, y)
    name = page.locator("#tip strong").inner_text()
    page.mouse.click(x, y)
    assert page.locator("#drawer-name").inner_text() == name


def test_the_picture_follows_the_hand_and_is_drawn_when_it_rests(page: Any) -> None:
    page.click("[data-zoom='1.6']")
    page.click("[data-tool=move]")
    box = page.locator("#stage").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = page.evaluate("atlas.field.view.x")
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1], steps=3)
    page.mouse.up()
    assert page.evaluate("atlas.field.view.x") == pytest.approx(
        before + 60 / box["width"], abs=0.01
    )
    page.wait_for_timeout(200)
    page.evaluate(FRAME)
    inside = page.evaluate(
        "[...Array(60).keys()].find((i) => atlas.field.place(i).every((p) => p > 0.1 && p < 0.9))"
    )
    assert page.evaluate(PIXEL, inside)[3] == 255


def test_it_can_be_saved_as_svg(page: Any) -> None:
    text = page.evaluate("pictureOf(one('#map figure')).text")
    assert 'href="data:image/png;base64,' in text
