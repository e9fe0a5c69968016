"""Clusters: the mean of replicates, in the cluster that most of them have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.results.time_run import HOURS, course, write_time_run

from phenolens.results.clusters import clusters_of
from phenolens.results.contents import RunContents


@pytest.fixture
def run(tmp_path: Path) -> RunContents:
    return RunContents.read(write_time_run(tmp_path / "run"))


def test_rows_are_means_of_replicates_by_cluster_and_name(run: RunContents) -> None:
    hours, found = clusters_of(run)
    assert hours == HOURS.tolist()
    assert len(found) == 16
    assert found[0].cluster == "cyto"
    assert found[0].name == "killer 0.1 in A549"
    # One replicate has no value at 8 h: the mean is that of the other.
    np.testing.assert_allclose(found[0].values, course("cytotoxic", 0.1), rtol=1e-6)
    assert (found[0].curves, found[0].of) == (2, 2)


def test_replicates_in_two_clusters_are_counted(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.copy()
    meta.loc[0, "cluster"] = "other"
    _, found = clusters_of(replace(run, profiles=replace(run.profiles, meta=meta)))
    killer = [one for one in found if one.name == "killer 0.1 in A549"]
    assert [one.cluster for one in killer] == ["cyto", "other"]
    assert [(one.curves, one.of) for one in killer] == [(1, 2), (1, 2)]
    np.testing.assert_array_equal(np.isfinite(killer[1].values), HOURS != 8.0)


def test_doses_are_in_the_order_of_numbers(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.assign(cell_line="A549", cluster="1", concentration_unit="uM")
    meta["concentration"] = meta["concentration"].map({0.1: 2.5, 10.0: 1e-5})
    _, found = clusters_of(replace(run, profiles=replace(run.profiles, meta=meta)))
    assert [one.name for one in found][:3] == [
        "both 1e-05 \u00b5M", "both 2.5 \u00b5M", "killer 1e-05 \u00b5M"
    ]  # fmt: skip


def test_columns_come_in_the_order_of_time(run: RunContents) -> None:
    assert run.profiles is not None
    turned = replace(
        run.profiles, names=run.profiles.names[::-1], features=run.profiles.features[:, ::-1]
    )
    hours, found = clusters_of(replace(run, profiles=turned))
    assert hours == HOURS.tolist()
    np.testing.assert_allclose(found[1].values, course("cytotoxic", 10.0), rtol=1e-6)


def test_other_profiles_have_no_clusters(run: RunContents) -> None:
    assert run.profiles is not None
    names = tuple(f"f{k}" for k in range(len(HOURS)))
    assert clusters_of(replace(run, profiles=replace(run.profiles, names=names))) == ([], [])
    assert clusters_of(replace(run, profiles=None)) == ([], [])
