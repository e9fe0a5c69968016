from __future__ import annotations

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.trajectories import dtw
from phenolens.trajectories.dtw import barycentre, cells_of, dtw_matrix, to_centres

pytest.importorskip("dtaidistance")


def by_hand(a: np.ndarray, b: np.ndarray, band: int = 0) -> float:
    """Sakoe & Chiba 1978 in a double loop."""
    n, m = len(a), len(b)
    low, high = min(0, m - n), max(0, m - n)
    total = np.full((n + 1, m + 1), np.inf)
    total[0, 0] = 0
    for i in range(n):
        for j in range(m):
            if not band or low - band <= j - i <= high + band:
                before = min(total[i, j], total[i, j + 1], total[i + 1, j])
                total[i + 1, j + 1] = np.linalg.norm(a[i] - b[j]) + before
    return float(total[n, m])


def curves(n: int, width: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(rng.integers(3, 12), width)).cumsum(axis=0) for _ in range(n)]


def test_the_work_grows_with_the_band_and_the_square_of_the_frames() -> None:
    series = [np.zeros((50, 1))] * 2000
    assert cells_of(series, 0) == 2000**2 / 2 * 50**2
    assert cells_of(series, 2) == 2000**2 / 2 * 50 * 5
    assert cells_of(series, 99) == cells_of(series, 0)
    assert cells_of([], 0) == 0


@pytest.mark.parametrize("band", [0, 1, 3])
@pytest.mark.parametrize("width", [1, 2])
def test_it_is_the_sum_along_the_best_path(band: int, width: int) -> None:
    """With several variables, unlike lengths and a band."""
    series = curves(8, width)
    made = dtw_matrix(series, band, "test")
    slow = [[by_hand(a, b, band) for b in series] for a in series]
    np.testing.assert_allclose(made, slow, atol=1e-12)
    assert np.array_equal(made, made.T)
    assert not np.diag(made).any()
    np.testing.assert_array_equal(to_centres(series, series[:3], band, "test"), made[:, :3])


def test_one_curve_and_none() -> None:
    assert dtw_matrix([], 0, "test").shape == (0, 0)
    assert dtw_matrix(curves(1, 2), 0, "test").tolist() == [[0.0]]


@pytest.mark.parametrize("width", [1, 2])
def test_the_barycentre_is_nearer_than_any_curve(width: int) -> None:
    times = np.arange(20.0)
    rng = np.random.default_rng(1)
    series = [
        np.clip(times - 5 - s, 0, 6)[:n, None] + 0.2 * rng.normal(size=(n, width))
        for s, n in [(0, 20), (1, 18), (2, 19), (3, 20)]
    ]
    start = series[0].copy()
    centre = barycentre(series, series[0], "test")
    assert centre.shape == series[0].shape
    np.testing.assert_array_equal(series[0], start, err_msg="the start is written into")
    from dtaidistance import dtw_ndim

    squared = [sum(dtw_ndim.distance(c, one) ** 2 for one in series) for c in (centre, *series)]
    assert squared[0] < 0.9 * min(squared[1:])


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import dtaidistance.dtw

    monkeypatch.setattr(dtaidistance.dtw, "dtw_cc", None)
    with pytest.raises(InputError, match="with its compiled part"):
        dtw_matrix(curves(2, 1), 0, "test")
    monkeypatch.setattr(
        dtw, "import_extra", lambda *_, **__: (_ for _ in ()).throw(InputError("needs it"))
    )
    with pytest.raises(InputError, match="needs it"):
        dtw_matrix(curves(2, 1), 0, "test")
