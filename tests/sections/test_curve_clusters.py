from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.time_run import write_time_run

from phenolens.drawing.template import SHARED, read_part
from phenolens.results.clusters import clusters_of
from phenolens.results.contents import RunContents
from phenolens.sections.curve_clusters import CurveClusters, blocks_of


@pytest.fixture
def run(tmp_path: Path) -> RunContents:
    return RunContents.read(write_time_run(tmp_path / "run"))


def test_a_block_per_cluster(run: RunContents) -> None:
    hours, rows = clusters_of(run)
    blocks = blocks_of(rows, hours, 9.0)
    assert [(block.cluster, len(block.rows)) for block in blocks] == [
        ("cyto", 8), ("mixe", 4), ("none", 4)
    ]  # fmt: skip
    kinds = {kind.name for _, kind, _ in blocks[0].rows if kind}
    assert kinds == {"cytotoxic", "cytostatic"}


def test_the_choice_of_the_number_is_shown(run: RunContents) -> None:
    section = CurveClusters.of(run)
    assert section is not None
    assert "with silhouette and stability: 2 (0.10, 0.70), 3 (0.20, 0.90)." in section.html
    assert "3 clusters: the highest silhouette" in section.html
    assert "there are no clear groups" in section.html
    assert "Warping adds nothing." in section.html


def test_a_treatment_in_two_clusters_is_in_both(run: RunContents) -> None:
    """A cluster that is nobody's most frequent one would otherwise not be seen at all."""
    assert run.profiles is not None
    meta = run.profiles.meta.copy()
    meta.loc[0, "cluster"] = "other"
    hours, rows = clusters_of(replace(run, profiles=replace(run.profiles, meta=meta)))
    blocks = {block.cluster: block for block in blocks_of(rows, hours, 9.0)}
    assert [name for name, _, _ in blocks["other"].rows] == ["killer 0.1 in A549 (1 of 2)"]
    assert (blocks["other"].split, blocks["cyto"].split) == (1, 1)


def test_names_wrap_and_are_never_cut(run: RunContents) -> None:
    section = CurveClusters.of(run)
    assert section is not None
    assert "<span>stopper 0.1 in HT29</span>" in section.html
    rules = read_part("page.css", SHARED) + CurveClusters.style()
    own = [line for line in rules.splitlines() if ".row" in line.partition("{")[0]]
    assert any("overflow-wrap:anywhere" in line for line in own)
    assert not [line for line in own if "overflow:hidden" in line or "nowrap" in line]


def test_rows_can_be_seen_in_colours_of_their_own(run: RunContents) -> None:
    section = CurveClusters.of(run)
    assert section is not None
    assert section.html.index('data-set="scale:same"') < section.html.index('data-set="scale:own"')
    assert "--own:100%" in section.html


def test_without_clusters_there_is_no_section(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.drop(columns="cluster")
    assert CurveClusters.of(replace(run, profiles=replace(run.profiles, meta=meta))) is None
