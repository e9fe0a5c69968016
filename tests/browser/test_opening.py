from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_the_page_opens_from_disk(page: Any) -> None:
    assert page.locator("h1").inner_text() == "simclr on a made screen"
    assert page.locator(".map .point").count() == 60


def test_the_theme_is_a_button_and_a_word_of_the_address(
    visit: Callable[..., Any], made_page: Path
) -> None:
    page = visit(made_page, "#theme=dark")
    scheme = "getComputedStyle(document.documentElement).colorScheme"
    assert page.evaluate(scheme) == "dark"
    page.click("#theme")
    assert page.evaluate(scheme) == "light"


@pytest.mark.parametrize("width", [420, 1300])
def test_nothing_is_wider_than_the_window(
    visit: Callable[..., Any], made_page: Path, width: int
) -> None:
    page = visit(made_page, viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
