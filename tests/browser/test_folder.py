"""The page of a large run: a folder whose parts are read when they are needed."""

from __future__ import annotations

import csv
import io
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from tests.results.conftest import HOSTILE

from phenolens.report.page import render
from phenolens.report.parts import PAGE
from phenolens.results.contents import RunContents
from phenolens.results.limits import Limits

NAME = "compound 5@0.4"


@pytest.fixture
def large(visit: Callable[..., Any], folder_page: Path) -> Any:
    """The page, from disk."""
    return visit(folder_page)


def asked(page: Any) -> set[str]:
    """Return the parts that were read."""
    return {Path(url).stem for url in page.asked if url.endswith(".js")}


def opened(page: Any) -> str:
    page.wait_for_selector("#drawer .facts")
    return str(page.locator("#drawer-name").inner_text())


def test_it_opens_with_names_and_points_alone(large: Any) -> None:
    assert asked(large) == {"names", "points"}
    assert large.evaluate("table.size") == 60
    assert large.locator("canvas.map").count() == 1
    assert large.locator("#plate-list .plate").count() == 0


def test_a_treatment_opens_with_all_that_the_single_page_has(
    visit: Callable[..., Any], folder_page: Path, made_page: Path
) -> None:
    words = []
    for path in (made_page, folder_page):
        page = visit(path, f"#treatment={quote(NAME)}")
        assert opened(page) == NAME
        words.append(page.locator("#drawer-parts").inner_text())
        assert page.locator("#drawer-parts .cells img").count() == 2
        assert page.locator("#drawer-parts .plate rect.on").count() == 4
    assert words[0] == words[1]


def test_five_stains_are_mixed_as_in_the_single_page(
    visit: Callable[..., Any], painted_page: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "painted"
    shutil.copytree(painted_page.parent, folder)
    render(folder, Limits(points=59, pictures=61, block=16))
    mixed = []
    for path in (painted_page, folder / "report" / PAGE):
        page = visit(path, f"#treatment={quote(NAME)}")
        assert opened(page) == NAME
        page.locator("#drawer .switch button", has_text="ER").click()
        drawn = "#drawer .cells img[data-drawn='true,false,true,true,true']"
        page.wait_for_selector(drawn)
        mixed.append(page.locator(drawn).first.get_attribute("src"))
    assert mixed[0] == mixed[1]


def test_the_back_button_and_keys_work(large: Any) -> None:
    large.locator("tr[data-treatment] a.to").nth(3).click()
    first = opened(large)
    large.keyboard.press("ArrowRight")
    large.wait_for_function("(name) => one('#drawer-name').textContent !== name", arg=first)
    large.go_back()
    large.wait_for_function("(name) => one('#drawer-name').textContent === name", arg=first)
    large.keyboard.press("Escape")
    assert large.locator("#drawer").is_hidden()


def test_a_feature_is_read_when_the_map_is_coloured_by_it(large: Any, folder_page: Path) -> None:
    large.fill("#colour-any", "f0003")
    large.press("#colour-any", "Enter")
    large.wait_for_selector("[data-legend=''] li")
    assert asked(large) - {"names", "points"} == {"feature-3"}
    values = large.evaluate("table.names.map((_, i) => table.column('f0003').at(i))")
    profiles = RunContents.read(folder_page.parent.parent).profiles
    assert profiles is not None
    own = profiles.features[:, 3].astype(np.float64)
    assert np.abs(np.array(values) - own).max() <= np.ptp(own) / 131068 * 1.001


def test_a_condition_reads_what_it_names(visit: Callable[..., Any], folder_page: Path) -> None:
    condition = 'count > 100 and f0002 > 0 and moa == "Eg5 inhibitors"'
    page = visit(folder_page, f"#query={quote(condition)}")
    page.wait_for_selector("#choice:not([hidden])")
    run = RunContents.read(folder_page.parent.parent)
    assert run.profiles is not None
    meta = run.profiles.meta
    kept = (meta["count"] > 100) & (run.profiles.features[:, 2] > 0)
    names = set(meta["treatment"][kept & (meta["moa"] == "Eg5 inhibitors")])
    assert set(page.locator("#choice-list a").all_inner_texts()) == names != set()
    page.fill("#query", "nothing > 1")
    page.press("#query", "Enter")
    assert page.locator("#query-note").inner_text().startswith("There is no column")


def test_a_lasso_is_saved_with_every_column(large: Any, tmp_path: Path) -> None:
    large.evaluate("state.set({ lasso: '0.0_1000.0_1000.1000_0.1000' })")
    large.wait_for_selector("#choice:not([hidden])")
    with large.expect_download() as waiting:
        large.click("#choice-save")
    path = tmp_path / "selection.csv"
    waiting.value.save_as(path)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert len(rows) == 60
    assert rows[0]["treatment"] == HOSTILE
    assert {"moa", "batch", "NSC nearest", "NSC hit"} <= set(rows[0])


def test_pictures_are_read_near_the_window(large: Any) -> None:
    assert large.locator("#examples img").count() == 0
    large.locator("#examples").scroll_into_view_if_needed()
    large.wait_for_selector("#examples li img")
    large.evaluate("scrollTo(0, document.body.scrollHeight)")
    item = large.locator("#examples li").first
    name = item.get_attribute("data-treatment")
    item.locator("img").first.click()
    assert opened(large) == name


def test_plates_are_drawn_near_the_window(large: Any) -> None:
    large.locator("#plates").scroll_into_view_if_needed()
    large.wait_for_selector("#plate-list .plate")
    assert large.locator("#plate-list rect").count() == 4 * 72


def test_pointing_shows_neighbours_and_the_picture(large: Any) -> None:
    large.focus("#stage")
    large.keyboard.press("ArrowRight")
    large.wait_for_selector("#tip img")
    assert "NSC:" in large.locator("#tip").inner_text()
    assert large.locator(".links line").count() > 0


def test_figures_are_saved(large: Any, tmp_path: Path) -> None:
    large.locator("#plates").scroll_into_view_if_needed()
    large.wait_for_selector("#plate-list .plate")
    with large.expect_download() as waiting:
        large.locator("#plates .save button", has_text="PNG").first.click()
    path = tmp_path / "plates.png"
    waiting.value.save_as(path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_hostile_names_stay_text(visit: Callable[..., Any], folder_page: Path) -> None:
    parts = "".join(p.read_text(encoding="utf-8") for p in folder_page.parent.rglob("*.js"))
    assert "alert(" in parts
    assert "<" not in parts
    page = visit(folder_page, f"#treatment={quote(HOSTILE)}")
    assert opened(page) == HOSTILE


def test_a_missing_part_is_named(folder_page: Path, tmp_path: Path, browser: Any) -> None:
    folder = tmp_path / "report"
    shutil.copytree(folder_page.parent, folder)
    (folder / "parts" / "feature-3.js").unlink()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{(folder / PAGE).as_uri()}#colour=f0003")
    page.wait_for_selector("#unread:not([hidden])")
    assert "parts/feature-3.js could not be read" in page.locator("#unread").inner_text()
    context.close()


def test_the_file_next_to_it_leads_there(browser: Any, folder_page: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{(folder_page.parent.parent / 'report.html').as_uri()}#treatment={quote(NAME)}")
    page.wait_for_url(f"**/report/{PAGE}#treatment=*")
    assert opened(page) == NAME
    context.close()


@pytest.fixture
def served(folder_page: Path) -> Iterator[str]:
    """The address of the same folder on a plain web server."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    handler = partial(Quiet, directory=str(folder_page.parent))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_works_from_a_web_server(browser: Any, served: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{served}#treatment={quote(NAME)}&colour=f0001")
    assert opened(page) == NAME
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.wait_for_selector("[data-legend=''] li")
    assert not wrong
    context.close()
