from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from phenolens.report.projection import project


def groups(n: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    centres = 4 * generator.normal(size=(3, 16))
    return (centres[np.arange(n) % 3] + generator.normal(size=(n, 16))).astype(np.float32)


def test_umap_lays_out_five_rows_and_keeps_groups_apart() -> None:
    pytest.importorskip("umap")
    few, again = project(groups(5), seed=1), project(groups(5), seed=1)
    assert few is not None
    assert again is not None
    np.testing.assert_array_equal(few.points, again.points)
    assert few.method == "UMAP"
    assert "4 neighbours" in few.detail
    assert np.isfinite(few.points).all()
    many = project(groups(60), seed=1)
    assert many is not None
    kind = np.arange(60) % 3
    apart = np.linalg.norm(many.points[:, None] - many.points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (kind[apart.argmin(axis=1)] == kind).all()
    assert many.trust > 0.8


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
