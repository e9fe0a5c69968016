"""Pages opened in a real browser: headless Chromium, one for all tests of a process.

Every page is held to two things when its test ends: no error on the console, and no request for
anything but the file itself.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.made_run import write_made_run, write_painted_run

from phenolens.report.page import render
from phenolens.report.parts import PAGE
from phenolens.results import profile_map
from phenolens.results.limits import Limits

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDE = {"width": 1300, "height": 900}


def chromium() -> str | None:
    """Return the installed browser; `PHENOLENS_CHROMIUM` names another."""
    named = os.environ.get("PHENOLENS_CHROMIUM")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The browser, or skip where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium()
    if path is None:
        pytest.skip("no Chromium is installed (set PHENOLENS_CHROMIUM to its path)")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def made_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run with plates, pictures and explanations; not to be written into."""
    return write_made_run(tmp_path_factory.mktemp("browser") / "run")


@pytest.fixture(scope="session")
def painted_page(made_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the same run with images of five stains."""
    return write_painted_run(made_page.parent, tmp_path_factory.mktemp("browser") / "painted")


@pytest.fixture(scope="session")
def canvas_page(made_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the same run with its map on a canvas, as of thousands of points."""
    folder = tmp_path_factory.mktemp("browser") / "canvas"
    shutil.copytree(made_page.parent, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profile_map, "MOST_MARKS", 59)
        return render(folder)


@pytest.fixture(scope="session")
def folder_page(made_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the same run as a folder of parts, its map on a canvas, as of a large run."""
    folder = tmp_path_factory.mktemp("browser") / "large"
    shutil.copytree(made_page.parent, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profile_map, "MOST_MARKS", 59)
        leads = render(folder, Limits(points=59, pictures=60, block=16))
    return leads.parent / "report" / PAGE


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """A function that opens a file at `#...` and returns the page, with the browser's settings."""
    wrong: list[str] = []
    contexts: list[Any] = []

    def opened(path: Path, state: str = "", **settings: Any) -> Any:
        context = browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **settings})
        contexts.append(context)
        page = context.new_page()
        own = path.resolve().as_uri()
        within = (own, f"{path.resolve().parent.as_uri()}/parts/") if path.name == PAGE else (own,)

        page.asked = []

        def asked(request: Any) -> None:
            page.asked.append(request.url)
            if not request.url.startswith((*within, "data:", "blob:")):
                wrong.append(f"request: {request.url[:200]}")

        page.on("request", asked)
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on(
            "console",
            lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None,
        )
        page.set_default_timeout(20_000)  # a busy machine
        page.goto(own + state)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def page(visit: Callable[..., Any], made_page: Path) -> Any:
    """The page of the made run."""
    return visit(made_page)
