from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from tests.two_runs.conftest import copied

from phenolens.core.errors import InputError
from phenolens.two_runs.page import render


def test_the_page_says_who_is_better_and_what_was_gained(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "page.html"
    assert render(*two, out) == out
    html = out.read_text(encoding="utf-8")
    assert "NSC: b is better." in html
    assert "18 gained, 2 lost, 4 as before" in html
    assert "<th>seed</th><td>0</td><td>1</td>" in html
    assert "unrelated runs would share 0.22" in html
    assert html.count('class="map"') == 2
    assert not re.search(r"(?:src|href)=\"https?:", html)


def test_equal_runs_have_no_difference(two: tuple[Path, Path], tmp_path: Path) -> None:
    out = render(two[0], copied(two[0], "c"), tmp_path / "page.html")
    html = out.read_text(encoding="utf-8")
    assert "No score that was compared differs by more than chance" in html
    assert "Nothing: both have the same recipe." in html


def test_runs_without_a_common_score_are_refused(two: tuple[Path, Path], tmp_path: Path) -> None:
    results = two[1] / "results.json"
    results.write_text(results.read_text().replace('"nsc"', '"nscb"'))
    with pytest.raises(InputError, match="no score in common"):
        render(*two, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_what_could_not_be_compared_is_not_called_alike(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    for folder in two:
        (rows,) = (folder / "scores").glob("*.parquet")
        pd.read_parquet(rows)[["value"]].to_parquet(rows)
    html = render(*two, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "No score could be compared row by row" in html
    assert "differs by more than chance" not in html
