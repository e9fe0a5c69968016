"""No text that a page is made of becomes markup, wherever it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.overview.cell_map import CellMap
from phenolens.overview.compared import Compared
from phenolens.overview.page import render

EVIL = "\"'></script></style><evil onload=x>&{{7*7}}"


class Seen(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}


def spoilt(value: Any) -> Any:
    """Return the value with the text of an attacker at the end of every text in it."""
    if isinstance(value, str):
        return value + EVIL
    if isinstance(value, pd.DataFrame):
        made = value.copy()
        for column in made.columns[[made[c].map(type).eq(str).any() for c in made]]:
            made[column] = made[column].map(spoilt)
        return made.rename(columns={c: spoilt(c) for c in ("method", "crops") if c in made})
    if isinstance(value, CellMap):
        given = {f.name: getattr(value, f.name) for f in fields(CellMap)}
        return replace(
            value, **{k: spoilt(v) for k, v in given.items() if not isinstance(v, np.ndarray)}
        )
    if isinstance(value, Mapping):
        return {spoilt(k): spoilt(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(spoilt(one) for one in value)
    return value


def test_every_text_stays_text(compared: Compared, tmp_path: Path) -> None:
    better = {spoilt(name): way for name, way in compared.better.items()}
    given = {f.name: spoilt(getattr(compared, f.name)) for f in fields(Compared)}
    page = render(replace(compared, **{**given, "better": better}), tmp_path / "page.html")
    html = page.read_text(encoding="utf-8")
    clean = render(compared, tmp_path / "clean.html").read_text(encoding="utf-8")
    found, usual = Seen(), Seen()
    found.feed(html)
    usual.feed(clean)
    assert html.count("evil") > 100  # it is there, as text
    assert found.elements <= usual.elements
    assert found.attributes <= usual.attributes
    assert html.count("</script>") == clean.count("</script>")
    assert html.count("</style>") == clean.count("</style>")
    assert "&amp;49" not in html  # no template within a text
    assert not re.search(r"<evil", html)
