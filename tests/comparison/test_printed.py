"""Tables for a page and for a paper."""

from __future__ import annotations

import pandas as pd
import pytest

from phenolens.comparison.costs import COSTS
from phenolens.comparison.printed import averaged, printed
from phenolens.comparison.table import FIGURES


def long(rows: list[tuple[str, bool, str | None, int | None, str, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["cell", "baseline", "axis", "seed", "score", "value"])
    table["low"], table["high"] = table["value"] - 0.1, table["value"] + 0.1
    rest = [name for name in (*FIGURES, *COSTS) if name not in table]
    table[rest] = None
    return table


TABLE = long(
    [
        ("a_1", False, "x", 0, "nsc", 0.5),
        ("a_1", False, "x", 1, "nsc", 0.7),
        ("a_1", False, "x", 0, "drop", 0.1),
        ("intensity", True, "x", None, "nsc", 0.2),
        ("intensity", True, "y", None, "nsc", 0.3),
        ("b", False, "y", 0, "nsc", 0.4),
        ("b", False, "y", 0, "drop", float("nan")),
    ]
)


def test_means_over_seeds_and_baselines_last() -> None:
    found = averaged(TABLE)
    assert found["name"].tolist() == ["a_1", "a_1", "b", "b", "intensity (x)", "intensity (y)"]
    first = found.iloc[0]
    assert first[["value", "low", "high", "sd"]].tolist() == pytest.approx(
        [0.6, 0.5, 0.7, 0.1414], abs=1e-3
    )
    assert first["seeds"] == 2
    assert found["sd"].isna().sum() == 5


def test_markdown() -> None:
    lines = printed(TABLE, "md").splitlines()
    assert lines[:6] == [
        "|  | nsc | drop |",
        "| --- | --- | --- |",
        "| a_1 | 0.600 ± 0.141 [0.500, 0.700] | 0.100 [0.000, 0.200] |",
        "| b | 0.400 [0.300, 0.500] |  |",
        "| *intensity (x)* | 0.200 [0.100, 0.300] |  |",
        "| *intensity (y)* | 0.300 [0.200, 0.400] |  |",
    ]


def test_latex_escapes_what_it_must() -> None:
    text = printed(TABLE, "latex")
    assert "\\begin{tabular}{lll}\n & nsc & drop \\\\ \\hline\n" in text
    assert "a\\_1 & 0.600 $\\pm$ 0.141 [0.500, 0.700] & 0.100" in text
    assert "\\textit{intensity (x)} & 0.200" in text
    odd = long([(r"50 %\x", False, "", 0, "nsc", 0.5)])
    assert "50 \\%\\textbackslash{}x & 0.500" in printed(odd, "latex")


def test_latex_has_its_caption() -> None:
    lines = printed(TABLE, "latex").splitlines()
    assert lines[:2] == ["\\begin{table}", "\\centering"]
    assert lines[2].startswith("\\caption{Mean over seeds, 95 \\% interval in brackets")
    assert "after $\\pm$ the standard deviation" in lines[2]
    assert lines[-2:] == ["\\end{tabular}", "\\end{table}"]
