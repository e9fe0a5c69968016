from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.cluster_curves import ClusterCurves
from phenolens.trajectories.table import names_of

pytest.importorskip("dtaidistance")
TIMES = np.arange(-4.0, 32, 2)


@pytest.fixture
def made() -> Profiles:
    """Return controls, weak and strong drugs, the strong ones with delays of their own."""
    rng = np.random.default_rng(2)
    rows, values = [], []
    for i, (compound, slope) in enumerate(
        [("DMSO", 0), ("a", 0.5), ("b", 0.5), ("c", 3), ("d", 3)]
    ):
        for r in range(3):
            rows.append((f"{'ABCDE'[i]}{r}", compound, 1.0, compound == "DMSO"))
            far = slope * np.clip(TIMES - 2 * r, 0, 8)
            values.append(2 + far + 0.1 * rng.normal(size=len(TIMES)))
    meta = pd.DataFrame(rows, columns=["well", "compound", "concentration", "control"])
    return Profiles(meta=meta, features=np.array(values), names=names_of(TIMES))


def test_clusters_are_numbered_outwards_and_the_choice_is_shown(made: Profiles) -> None:
    found = ClusterCurves(method="hierarchical", most=5, draws=5)(made)
    np.testing.assert_array_equal(found.features, made.features)
    by = found.meta.groupby("compound")["cluster"].agg(lambda c: "".join(sorted(set(c))))
    assert by["DMSO"] == "1"
    assert by["c"] == by["d"] == max(by)
    facts = found.provenance[-1]["facts"]
    assert [one["k"] for one in facts["tried"]] == [2, 3, 4, 5], "all of a range, not its two ends"
    assert facts["clusters_found"] == found.meta["cluster"].nunique()
    assert sum(facts["sizes"]) == len(made)
    assert facts["warping"]["says"].startswith("warping")
    assert facts["clear"]
    assert found.meta["cluster_share"].between(0, 1).all()


def test_a_curve_with_one_time_is_in_no_cluster(made: Profiles) -> None:
    features = made.features.copy()
    features[3, 1:] = np.nan
    features[7, 4] = np.nan
    found = ClusterCurves(clusters=2, draws=2)(replace(made, features=features))
    assert found.meta["cluster"].isna().tolist() == [i == 3 for i in range(15)]
    assert np.isnan(found.meta["cluster_share"][3])
    assert found.provenance[-1]["facts"]["curves_without_cluster"] == 1


def test_settings_and_tables_are_checked(made: Profiles) -> None:
    with pytest.raises(InputError, match="one cluster holds every curve"):
        ClusterCurves(clusters=1)
    with pytest.raises(InputError, match="15 clusters of 15 curves"):
        ClusterCurves(clusters=15)(made)
    with pytest.raises(InputError, match="needs 3 to"):
        ClusterCurves()(made.take(np.array([0, 1])))
    times = np.arange(4000.0)
    long = replace(made, features=np.ones((15, 4000)), names=names_of(times))
    with pytest.raises(InputError, match="15 curves of up to 4000 times would take about 101 h"):
        ClusterCurves(draws=1000)(long)
    with pytest.raises(InputError, match="cluster old and new curves together"):
        ClusterCurves().fit(made)
