"""The map as an instrument: lasso, query, colours, keys, files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.query import matching
from phenolens.results.contents import RunContents

QUERIES = (
    "moa == 'Eg5 inhibitors'",
    "moa == moa and count > 200",
    "100 < count <= 300",
    "count * 2 + 1 > 400 or plate == 'Week3_202'",
    "not control",
    "~control & (batch in ['Week1', 'Week4'])",
    "batch not in ['Week1']",
    "moa.isin(['Epithelial', 'DNA damage'])",
    "compound.str.startswith('compound 1') and not moa.str.contains('inhib')",
    "plate.str.endswith('5') or treatment.notna() and count // 100 == 2",
    "count % 7 == 3",
    "-count < -350",
    "f0000 > 0.5 and f0001 < 0",
    '`moa` != "Epithelial"',
    "control == False and moa != moa",
    "batch.isna() or count / 4 >= 50",
)


def rows_of(page: Any, query: str) -> list[int | str]:
    return list(page.evaluate("(text) => query(text)", query))


def test_a_query_keeps_what_the_command_line_keeps(page: Any, made_page: Path) -> None:
    """The judge is `core/query.py`, on the same table and the same features."""
    profiles = RunContents.read(made_page.parent).profiles
    assert profiles is not None
    table = profiles.meta.copy()
    for k in (0, 1):
        table[f"f{k:04d}"] = profiles.features[:, k]
    for query in QUERIES:
        try:
            expected = np.flatnonzero(matching(table, query)).tolist()
        except InputError as error:
            expected = [] if "keeps none" in str(error) else [str(error)]
        assert rows_of(page, query) == expected, query


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("moa = ", "ends too early"),
        ("moe == 'x'", "no column \u201cmoe\u201d"),
        ("count == 'many'", "write text in quotes"),
        ("count", "Compare a column"),
        ("(count > 1", "missing at the end"),
        ("count > 1; alert(1)", "not part of a condition"),
        ("moa.constructor('x')", "is not known here"),
        ("count > 1 2", "not expected there"),
        ("count and control", "needs true or false"),
        ("(" * 5000 + "count > 1" + ")" * 5000, "nested more than 60 deep"),
        ("not " * 4000 + "control", "nested more than 60 deep"),
        ("count > " + "-" * 9000 + "1", "nested more than 60 deep"),
        ("count" + "+1" * 9990 + ">1", "too many parts"),
        ("count > 1 or " * 2000 + "control", "more than 20000 characters"),
    ],
)
def test_what_is_wrong_with_a_query_is_named(page: Any, query: str, words: str) -> None:
    page.fill("#query", query)
    page.press("#query", "Enter")
    assert words in page.locator("#query-note").inner_text()
    assert page.locator("#choice").is_hidden()
    assert page.locator("#query").get_attribute("aria-invalid") == "true"


def test_a_query_dims_the_others_lists_its_own_and_is_in_the_address(
    page: Any, visit: Callable[..., Any], made_page: Path
) -> None:
    page.fill("#query", 'moa = "Epithelial"')
    page.press("#query", "Enter")
    assert page.locator(".map .point:not(.dim)").count() == 5
    assert page.locator("#choice-list a").count() == 5
    assert page.locator("#query-note").inner_text() == "5 treatments of 60"
    again = visit(made_page, page.url[page.url.index("#") :])
    assert again.locator("#choice-list a").count() == 5
    again.click("#choice-clear")
    assert again.locator(".map .point.dim").count() == 0


def test_a_lasso_selects_the_points_inside(page: Any) -> None:
    stage = page.locator("#stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    inside = page.evaluate(
        "[...Array(60).keys()].filter((i) => {"
        " const [x, y] = atlas.field.place(i); return x > 0.01 && x < 0.5 && y > 0.01 && y < 0.6;})"
    )
    corners = [(0.01, 0.01), (0.5, 0.01), (0.5, 0.6), (0.01, 0.6)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in (*places[1:], places[0]):
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    shown = page.locator("#choice-list a").all_inner_texts()
    names = page.evaluate("(rows) => rows.map((i) => table.names[i])", inside)
    assert 0 < len(names) < 60
    assert sorted(shown) == sorted(names)
    assert "lasso=" in page.url
    assert page.locator(".map .point:not(.dim)").count() == len(names)


def test_the_selection_is_a_file_without_formulas(page: Any, tmp_path: Path) -> None:
    page.fill("#query", "count > 0")
    page.press("#query", "Enter")
    with page.expect_download() as waiting:
        page.click("#choice-save")
    path = tmp_path / "selection.csv"
    waiting.value.save_as(path)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert len(rows) == 60
    assert rows[0]["treatment"] == '<script>alert("x")</script>'
    assert {"moa", "batch", "NSC nearest", "NSC hit"} <= set(rows[0])
    cells = page.evaluate("csvOf([['=1+1', '+a', '-3', '@x', 'a,b']])")
    assert cells == "'=1+1,'+a,-3,'@x,\"a,b\"\r\n"
    cells = page.evaluate(
        r"csvOf([['\u22120.5', '0.1 (\u22120.2 to 0.3)', '\u2212x', 'a\u22122-b', '\n=1']])"
    )
    assert cells == '-0.5,0.1 (-0.2 to 0.3),\u2212x,a\u22122-b,"\'\n=1"\r\n'


def test_any_column_or_feature_colours_the_map(visit: Callable[..., Any], made_page: Path) -> None:
    page = visit(made_page, "#colour=f0003")
    fills = page.evaluate("all('.map .point path').map((p) => getComputedStyle(p).fill)")
    assert len(set(fills)) > 12
    values = page.evaluate("table.names.map((_, i) => table.column('f0003').at(i))")
    profiles = RunContents.read(made_page.parent).profiles
    assert profiles is not None
    own = profiles.features[:, 3].astype(np.float64)
    assert np.abs(np.array(values) - own).max() <= np.ptp(own) / 131068 * 1.001
    page.fill("#colour-any", "compound")
    page.press("#colour-any", "Enter")
    assert "colour=compound" in page.url
    assert page.locator("[data-legend=''] li").count() > 1


def test_the_ramp_is_even_and_readable(visit: Callable[..., Any], made_page: Path) -> None:
    """In OKLab, whose distances are those that eyes see; steps of equal size, light to dark."""
    for theme in ("light", "dark"):
        page = visit(made_page, f"#colour=count&theme={theme}")
        colours = page.evaluate(
            "Array.from({length: 24}, (_, k) => { const p = make('i'); document.body.append(p);"
            " p.style.color = cssColour({mix: Math.round(100 * k / 23)});"
            " return getComputedStyle(p).color; })"
        )
        lab = np.array([[float(v) for v in c[6:-1].split()[:3]] for c in colours])
        steps = np.linalg.norm(np.diff(lab, axis=0), axis=1)
        assert steps.max() < 2 * steps.mean()
        lightness = np.diff(lab[:, 0])
        assert (lightness < 0).all() or (lightness > 0).all(), "an order without hue"


def test_the_map_is_walked_with_keys(page: Any) -> None:
    page.focus("#stage")
    page.keyboard.press("ArrowRight")
    first = page.locator("#tip strong").inner_text()
    page.keyboard.press("ArrowRight")
    second = page.locator("#tip strong").inner_text()
    assert first != second
    page.keyboard.press("Enter")
    assert page.locator("#drawer-name").inner_text() == second


def test_zoom_moves_points_apart_and_back(page: Any) -> None:
    place = "atlas.field.place(7)"
    before = page.evaluate(place)
    page.click("[data-zoom='1.6']")
    after = page.evaluate(place)
    assert np.allclose(np.array(after) - 0.5, 1.6 * (np.array(before) - 0.5), atol=1e-6)
    page.click("[data-zoom='0']")
    assert np.allclose(page.evaluate(place), before)


def test_one_category_is_shown_alone(page: Any) -> None:
    page.locator("[data-legend=moa] [data-kind='0']").click()
    assert page.locator(".map .point:not(.dim)").count() == 5


def test_a_finger_scrolls_the_page_and_taps_a_point(
    visit: Callable[..., Any], made_page: Path
) -> None:
    page = visit(made_page, viewport={"width": 420, "height": 900}, has_touch=True)
    page.locator("#stage").scroll_into_view_if_needed()
    x, y = page.evaluate(
        "(() => { const b = atlas.stage.getBoundingClientRect(), [x, y] = atlas.field.place(30);"
        " return [b.left + x * b.width, b.top + y * b.height]; })()"
    )
    page.touchscreen.tap(x, y)
    assert page.locator("#drawer").is_visible()
    assert page.url.count("treatment=") == 1
    assert quote(page.locator("#drawer-name").inner_text(), safe="") in page.url.replace("'", "%27")


def test_a_lasso_of_very_many_corners_is_not_asked_about(
    visit: Callable[..., Any], made_page: Path
) -> None:
    page = visit(made_page, "#lasso=" + "_".join(["0.0", "0.1000", "1000.0"] * 67))
    assert page.locator("#query-note").inner_text().startswith("0 treatments")
