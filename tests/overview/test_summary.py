"""The head: who is ahead, by how much, and whether that may be chance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phenolens.overview.compared import Compared
from phenolens.overview.means import means
from phenolens.overview.summary import claim, leads, summary


def words(compared: Compared) -> str:
    return claim(leads(compared, means(compared)))


def test_the_leader_of_all_scores_whose_lead_may_be_chance(compared: Compared) -> None:
    found = leads(compared, means(compared))
    assert claim(found) == (
        "byol+multi is ahead in all 2 scores; no lead over the next cell is more than chance."
    )
    nsc, leak = found
    assert (nsc.behind, nsc.others) == (2, 3)
    assert (leak.behind, leak.others) == (2, 3)  # low is good: negative differences are leads
    assert nsc.words == "over byol+one: +0.050 [\u22120.050, 0.150], may be chance (p = 0.40)"
    assert nsc.rival is not None
    assert (nsc.rival.name, nsc.rival_ahead) == ("intensity", False)


def test_a_lead_beyond_chance_and_a_better_baseline(compared: Compared) -> None:
    pairs = compared.differences.assign(p_holm=0.001)
    assert words(replace(compared, differences=pairs)).endswith("next cell is more than chance.")
    table = compared.table.copy()
    table.loc[table["cell"] == "intensity", "value"] = 0.95
    assert words(replace(compared, table=table)).endswith(
        "A baseline is better than every cell: intensity in NSC."
    )


def test_different_leaders_and_shared_places(compared: Compared) -> None:
    table = compared.table.copy()
    table.loc[(table["cell"] == "mae+one") & (table["score"] == "leak"), "value"] = 0.01
    assert words(replace(compared, table=table)).startswith(
        "No cell is ahead in all 2 scores: byol+multi in 1, mae+one in 1; "
    )
    table["value"] = 0.5
    assert words(replace(compared, table=table)) == (
        "No cell is ahead in any score: several share the best value."
    )


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["byol+one"], "One cell is finished, byol+one: there is nothing to compare yet."),
        ([], "No cell has a score yet."),
    ],
)
def test_too_few_cells(compared: Compared, cells: list[str], said: str) -> None:
    table = compared.table[compared.table["cell"].isin(cells)]
    assert words(replace(compared, table=table)) == said


def test_what_was_compared_and_what_failed(compared: Compared) -> None:
    html = summary(compared, means(compared)).html
    for part in ("4 cells", "2 seeds", "8 runs finished", "2 not finished", "multi, one"):
        assert part in html
    assert "<b>mae+one-seed2</b> failed: no &lt;space&gt; left" in html
    assert "Not run yet: mae+one-seed3" in html


def test_of_many_cells_that_were_not_run_six_are_named_at_once(compared: Compared) -> None:
    many = replace(compared, missing={f"cell{i}": "" for i in range(20)})
    html = summary(many, means(many)).html
    assert "Not run yet: cell0, cell1, cell2, cell3, cell4, cell5 <details>" in html
    assert "<summary>and 14 more</summary>cell6" in html
