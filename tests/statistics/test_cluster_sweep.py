from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import adjusted_rand_score, silhouette_score

from phenolens.core.errors import InputError
from phenolens.statistics.cluster_sweep import chosen, clustered, measured, sweep

GOLDEN = json.loads((Path(__file__).parent / "golden" / "hdbscan_golden.json").read_text())


@pytest.mark.parametrize("size", [8, 12, 20, 40])
def test_clusters_and_noise_are_those_of_the_hdbscan_package(size: int) -> None:
    theirs = np.array(GOLDEN["labels"][str(size)])
    ours = clustered(np.array(GOLDEN["points"]), size)
    assert adjusted_rand_score(theirs, ours) == 1
    np.testing.assert_array_equal(ours == -1, theirs == -1)
    counts = np.bincount(ours[ours >= 0])
    assert counts.min() >= size
    assert (np.diff(counts) <= 0).all()


def test_a_single_cluster_is_never_made() -> None:
    one = np.random.default_rng(0).normal(size=(60, 2))
    assert clustered(one, 30).max() < 1
    assert np.isnan(measured(one, np.zeros(60, dtype=np.int64))["silhouette"])


def test_figures_worked_by_hand_on_a_line() -> None:
    """Clusters {0, 2} and {10, 14}, a noise point at 100 between none.

    Silhouettes: 0: a 2, b 12 -> 10/12; 2: a 2, b 10 -> 8/10; 10: a 4, b 9 -> 5/9; 14: a 4, b 13
    -> 9/13. Davies-Bouldin: (1 + 2) / |1 - 12|, for both. Calinski-Harabasz: between
    2 * 5.5^2 * 2 = 121, within 2 + 8 = 10, (121 / 1) / (10 / 2).
    """
    points = np.array([[0.0], [2.0], [10.0], [14.0], [100.0]])
    found = measured(points, np.array([0, 0, 1, 1, -1]))
    assert found["clusters"] == 2
    assert found["noise"] == pytest.approx(0.2)
    assert found["silhouette"] == pytest.approx((10 / 12 + 8 / 10 + 5 / 9 + 9 / 13) / 4)
    assert found["davies_bouldin"] == pytest.approx(3 / 11)
    assert found["inverse_davies_bouldin"] == pytest.approx(11 / 3)
    assert found["calinski_harabasz"] == pytest.approx(24.2)


def test_noise_is_no_cluster() -> None:
    """Counted as one, as the papers' code does, noise drags the silhouette down."""
    points = np.array(GOLDEN["points"])
    codes = clustered(points, 12)
    kept = codes >= 0
    assert not kept.all()
    found = measured(points, codes)["silhouette"]
    assert found == pytest.approx(silhouette_score(points[kept], codes[kept]))
    assert found > silhouette_score(points, codes) + 0.05


def runs(*rows: tuple[float, float, float, float]) -> pd.DataFrame:
    """Silhouette, Davies-Bouldin, noise, clusters."""
    table = pd.DataFrame(rows, columns=["silhouette", "davies_bouldin", "noise", "clusters"])
    return table.assign(size=10 * (table.index + 3), calinski_harabasz=100.0)


def test_the_rule_step_by_step() -> None:
    """Median silhouette 0.5 leaves rows 0 to 2, their median Davies-Bouldin 0.6 rows 1 and 2."""
    table = runs((0.9, 0.8, 0.0, 9), (0.6, 0.6, 0.1, 3), (0.5, 0.5, 0.2, 5), (0.4, 0.1, 0, 9))
    table = pd.concat([table, runs((0.1, 0.1, 0.0, 9))], ignore_index=True)
    assert chosen(table, filtered=False) == 1
    # A run without two clusters has no say in the medians: -1 would pull them down.
    nothing = runs((float("nan"), float("nan"), 1.0, 0))
    both = pd.concat([table, nothing, nothing], ignore_index=True)
    assert chosen(both, filtered=False) == 1
    assert chosen(nothing, filtered=False) is None


def test_ties_go_to_more_clusters_then_to_the_higher_silhouette() -> None:
    alike = runs((0.5, 0.5, 0.101, 3), (0.5, 0.5, 0.109, 4), (0.5, 0.5, 0.2, 9))
    assert chosen(alike, filtered=False) == 1  # both 10 %
    tie = runs((0.6, 0.5, 0.1, 4), (0.7, 0.5, 0.1, 4), (0.1, 0.5, 0.1, 9))
    assert chosen(tie, filtered=False) == 1
    assert chosen(runs((0.6, 0.5, 0.1, 4), (0.6, 0.5, 0.1, 4)), filtered=False) == 0


def test_the_filters_of_the_second_paper() -> None:
    table = runs((0.9, 0.4, 0.34, 3), (0.9, 0.32, 0.1, 3), (0.3, 0.9, 0.3, 2))
    assert chosen(table, filtered=True) == 2
    assert chosen(table.assign(calinski_harabasz=10_000.0), filtered=True) is None
    assert chosen(table, filtered=False) != 2


def test_sizes_that_cannot_make_two_clusters_are_not_run() -> None:
    x = np.random.default_rng(1).normal(size=(20, 3))
    assert [run.size for run in sweep(x, (5, 10, 11), "none", 0)] == [5, 10]
    assert next(sweep(x, (5,), "pca", 0)).points.shape == (20, 2)
    assert next(sweep(x[:, :1], (5,), "pca", 0)).points.shape == (20, 1)


# In a process of its own without numba's compiler: few rows do not repay ten seconds of compiling.
CHILD = """
import json
import numpy as np
from sklearn.metrics import adjusted_rand_score
from phenolens.statistics.cluster_sweep import sweep

rng = np.random.default_rng(2)
kind = np.repeat([0, 1, 2], 8)
x = 20 * rng.normal(size=(3, 5))[kind] + rng.normal(size=(24, 5))
one, other = (next(sweep(x, (5,), "umap", 3)) for _ in range(2))
print(json.dumps([np.array_equal(one.points, other.points), adjusted_rand_score(kind, one.codes)]))
"""


@pytest.mark.usefixtures("umap")
def test_umap_repeats_and_parts_what_is_apart() -> None:
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", CHILD], env=env, capture_output=True, text=True, check=True
    )
    same, score = json.loads(ran.stdout)
    assert same
    assert score > 0.9


@pytest.mark.usefixtures("threaded_umap")
def test_umap_leaves_torch_its_threads() -> None:
    before = torch.get_num_threads()
    x = np.random.default_rng(1).normal(size=(20, 3))
    assert next(sweep(x, (5,), "umap", 0)).points.shape == (20, 2)
    assert torch.get_num_threads() == before


def test_without_umap_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(InputError, match=r"pip install 'phenolens\[report\]'"):
        next(sweep(np.zeros((20, 3)), (5,), "umap", 0))
