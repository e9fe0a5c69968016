from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.clusters import Clusters

QUICK = Clusters(sizes=(5, 8, 12), projection="pca")


@pytest.fixture
def lines() -> Profiles:
    """Line A: three drugs far apart and a few rows between; line B: one cloud; and controls."""
    rng = np.random.default_rng(0)
    rows: list[tuple[str, str | None, bool]] = [
        ("A", f"drug{k}", False) for k in range(3) for _ in range(20)
    ]
    rows += [("A", None, False)] * 4 + [("B", "drug0", False)] * 30 + [("A", "DMSO", True)] * 30
    meta = pd.DataFrame(rows, columns=["cell_line", "compound", "control"])
    centre = {"drug0": (0, 0), "drug1": (10, 0), "drug2": (0, 10), "DMSO": (30, 30)}
    at = np.array([centre.get(str(name), (4, 4)) for name in meta["compound"]], dtype=float)
    at[:, :] += rng.normal(size=at.shape) * np.where(meta["compound"].isna(), 4, 0.6)[:, None]
    return Profiles(meta=meta, features=np.concatenate([at, at @ [[1], [2]]], axis=1))


def only(profiles: Profiles, line: str) -> Profiles:
    return profiles.take((profiles.meta["cell_line"] == line).to_numpy())


def test_drugs_that_are_apart_are_found_again(lines: Profiles) -> None:
    score = QUICK(only(lines, "A"))
    row = score.rows.iloc[0]
    assert (score.n, row["clusters"], row["rows"]) == (1, 3, 64)
    assert score.value == row["silhouette"] > 0.8
    assert score.figures["silhouette_mean"] == score.value
    assert np.isnan(score.figures["silhouette_sd"])
    assert score.figures["not_noise_mean"] == 1 - row["noise"]
    assert score.notes == ("negative controls left out: 30",)


def test_noise_rows_are_clusters_of_their_own_in_the_agreement(lines: Profiles) -> None:
    found, _ = QUICK.sweep(only(lines, "A"))
    one = found[0]
    assert (one.codes == -1).sum() > 0
    truth = only(lines, "A").meta["compound"].iloc[one.rows]
    known = truth.notna().to_numpy()
    codes = [c if c >= 0 else f"alone{i}" for i, c in enumerate(one.codes)]
    codes = np.array(codes, dtype=str)[known]
    row = QUICK(only(lines, "A")).rows.iloc[0]
    assert row["adjusted_rand"] == pytest.approx(adjusted_rand_score(truth[known], codes))
    told = adjusted_mutual_info_score(truth[known], codes)
    assert row["adjusted_mutual_info"] == pytest.approx(told)


def test_every_cell_line_is_clustered_alone(lines: Profiles) -> None:
    both = QUICK(lines)
    assert both.rows["cell_line"].tolist() == ["A", "B"]
    for line in ("A", "B"):
        alone = QUICK(only(lines, line)).rows
        pd.testing.assert_frame_equal(
            alone, both.rows[both.rows["cell_line"] == line].reset_index(drop=True)
        )
    assert both.value == pytest.approx(both.rows["silhouette"].mean())
    assert both.figures["clusters_sd"] == pytest.approx(both.rows["clusters"].std())
    assert both.low <= both.value <= both.high


def test_the_rows_of_a_sweep_are_those_of_the_table(lines: Profiles) -> None:
    found, _ = QUICK.sweep(lines)
    for one in found:
        assert (lines.meta["cell_line"].iloc[one.rows] == one.line).all()
        assert not lines.meta["control"].iloc[one.rows].any()
        assert one.runs["chosen"].sum() == 1
        assert len(one.codes) == len(one.points) == len(one.rows)


def test_the_null_shuffles_features(lines: Profiles) -> None:
    score = replace(QUICK, permutations=19)(only(lines, "A"))
    assert score.null < score.value
    assert score.p == 0.05


def test_what_is_skipped_is_said(lines: Profiles) -> None:
    metric = Clusters(sizes=(12, 20), projection="pca", same="")
    few = "sizes skipped, too large for two clusters of 30 rows in B: 20"
    score = metric(lines)
    assert few in score.notes
    assert "adjusted_rand" not in score.rows
    with pytest.raises(InputError, match="no size gave two clusters of 30 rows; give smaller"):
        Clusters(projection="pca", same="", sizes=(16,))(only(lines, "B"))
    with pytest.raises(InputError, match="sizes"):
        Clusters(sizes=())


def test_constant_features_make_no_clusters(lines: Profiles) -> None:
    flat = replace(lines, features=np.ones_like(lines.features))
    with pytest.raises(InputError, match="no size gave two clusters"):
        QUICK(flat)
