"""The page of a comparison: whole, offline, escaped, and small where it is large."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from tests.drawing.reader import Reader

from phenolens.core.errors import InputError
from phenolens.overview.compared import Compared
from phenolens.overview.page import render


def page(compared: Compared, folder: Path) -> str:
    return render(compared, folder / "report.html").read_text(encoding="utf-8")


def test_the_page_is_whole_and_needs_nothing_from_outside(
    compared: Compared, tmp_path: Path
) -> None:
    text = page(compared, tmp_path)
    reader = Reader(text)
    assert len(reader.ids) == len(set(reader.ids))
    assert all(ref.startswith("#") and ref[1:] in reader.ids for ref in reader.refers)
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "@import" not in text
    assert [f"#{id}" for id in ("ranking", "critical", "matrix", "factors", "cost", "maps",
            "claims", "recipes", "figures", "making")] == reader.refers[1:]  # fmt: skip
    assert '"byol+multi": 0.8' in text  # the means as JSON, for programs


def test_names_cannot_become_markup(compared: Compared, tmp_path: Path) -> None:
    bad = '<b onclick="x">&amp;</script>'

    def named(table: pd.DataFrame) -> pd.DataFrame:
        return table.replace({"byol+multi": bad, "multi": bad, "nsc": bad})

    changed = replace(
        compared,
        name=bad,
        table=named(compared.table),
        differences=named(compared.differences),
        effects=named(compared.effects),
        claims=named(compared.claims),
        recipes={bad: {"a": bad}, "b": {"a": 1}},
        maps=[replace(compared.maps[0], cell=bad, values=[bad, "b", None])],
        missing={bad: bad},
        facts=[(bad, bad)],
        titles={},
    )
    text = page(changed, tmp_path)
    Reader(text)
    assert "<b onclick" not in text
    assert text.count("</script>") == 2


@pytest.mark.parametrize("cells", [[], ["byol+one"], ["byol+one", "mae+one"]])
def test_few_cells_and_nothing_else(compared: Compared, tmp_path: Path, cells: list[str]) -> None:
    pairs = compared.differences
    both = pairs["one"].isin(cells) & pairs["other"].isin(cells)
    table = compared.table[compared.table["cell"].isin(cells)]
    few = Compared(name="few", table=table, differences=pairs[both])
    reader = Reader(page(few, tmp_path))
    assert ("matrix" in reader.ids) == (len(cells) == 2)
    assert not {"maps", "claims", "factors", "recipes", "making"} & set(reader.ids)


def test_a_large_comparison_stays_below_five_megabytes(compared: Compared, tmp_path: Path) -> None:
    one = compared.table[compared.table["cell"] == "byol+one"]
    names = [f"a long name of a cell of a large grid+{k}" for k in range(72)]
    table = pd.concat([one.assign(cell=name) for name in names])
    scores = [f"s{k}" for k in range(2)]
    every = pd.concat([table[table["score"] == "nsc"].assign(score=score) for score in scores])
    figures = {"difference": 0.01, "low": -0.1, "high": 0.1, "n": 50, "p": 0.5, "p_holm": 1.0}
    pairs = pd.DataFrame(
        [
            {"score": score, "one": a, "other": b, **figures, "note": ""}
            for score in scores
            for a, b in combinations(names, 2)
        ]
    )
    large = replace(compared, table=every, differences=pairs)
    assert len(page(large, tmp_path)) < 5_000_000


def test_the_page_is_complete_or_absent(compared: Compared, tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises((OSError, InputError)):
        render(compared, tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
