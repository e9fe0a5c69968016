from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from phenolens.drawing import projection
from phenolens.drawing.projection import project


def groups(n: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    centres = 4 * generator.normal(size=(3, 16))
    return (centres[np.arange(n) % 3] + generator.normal(size=(n, 16))).astype(np.float32)


# In a process of its own without numba's compiler: few rows do not repay ten seconds of compiling.
CHILD = """
import json, sys
import numpy as np
from phenolens.drawing import projection
from phenolens.drawing.projection import project

drawn = [project(features, seed=1) for features in np.load(sys.argv[1]).values()]
print(json.dumps([[d.method, d.detail, d.trust, d.points.tolist()] for d in drawn]))
"""


@pytest.mark.usefixtures("umap")
def test_umap_lays_out_five_rows_and_keeps_groups_apart(tmp_path: Path) -> None:
    np.savez(tmp_path / "features.npz", few=groups(5), again=groups(5), many=groups(21))
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHILD, str(tmp_path / "features.npz")],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        check=True,
        text=True,
    )
    few, again, many = json.loads(ran.stdout)
    assert few == again
    assert few[0] == "UMAP"
    assert "4 neighbours" in few[1]
    assert np.isfinite(few[3]).all()
    points, kind = np.array(many[3]), np.arange(21) % 3
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (kind[apart.argmin(axis=1)] == kind).all()
    assert many[2] > 0.7


@pytest.mark.usefixtures("without_umap")
def test_without_umap_it_is_pca_and_says_so() -> None:
    drawn = project(groups(30), seed=0)
    assert drawn is not None
    assert drawn.method == "PCA"
    assert "not installed" in drawn.detail


@pytest.mark.usefixtures("without_umap")
def test_points_fill_the_unit_square_with_their_aspect_kept() -> None:
    features = groups(40)
    drawn = project(features, seed=0)
    assert drawn is not None
    span = drawn.points.max(axis=0) - drawn.points.min(axis=0)
    assert span.max() == pytest.approx(1)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    values = np.linalg.svd(unit - unit.mean(axis=0), compute_uv=True)[0][:, :2]
    scale = np.linalg.svd(unit - unit.mean(axis=0), compute_uv=False)[:2]
    true_span = np.ptp(values * scale, axis=0)
    assert span.min() / span.max() == pytest.approx(true_span.min() / true_span.max(), rel=1e-3)


@pytest.mark.usefixtures("without_umap")
def test_length_does_not_matter_only_direction() -> None:
    features = groups(20)
    longer = features * np.linspace(1, 9, 20, dtype=np.float32)[:, None]
    one, other = project(features, seed=0), project(longer, seed=0)
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one.points, other.points, atol=1e-5)


def test_no_map_of_three_rows_or_of_features_that_are_not_finite() -> None:
    broken = groups(9)
    broken[2, 3] = np.nan
    assert project(groups(3), seed=0) is None
    assert project(broken, seed=0) is None


@pytest.mark.usefixtures("without_umap")
def test_too_few_points_have_no_trustworthiness() -> None:
    drawn = project(groups(4), seed=0)
    assert drawn is not None
    assert math.isnan(drawn.trust)
    assert sys.modules["umap"] is None


def test_the_trust_of_many_points_is_that_of_some(monkeypatch: pytest.MonkeyPatch) -> None:
    features = groups(300)
    whole, again = project(features, seed=1), project(features, seed=1)
    monkeypatch.setattr(projection, "_JUDGED", 120)
    some = project(features, seed=1)
    assert whole is not None
    assert again is not None
    assert some is not None
    assert whole.trust == again.trust
    assert some.trust != whole.trust
    assert some.trust == pytest.approx(whole.trust, abs=0.1)
    np.testing.assert_array_equal(some.points, whole.points)
