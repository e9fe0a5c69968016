from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.time_run import write_time_run

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
    assert "with silhouette and stability: 2 (0.10, \u2013), 3 (0.20, \u2013)." in section.html
    assert "there are no clear groups" in section.html
    assert "Warping adds nothing." in section.html


def test_without_clusters_there_is_no_section(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.drop(columns="cluster")
    assert CurveClusters.of(replace(run, profiles=replace(run.profiles, meta=meta))) is None
