"""Feature filters: which features are constant, outlying or redundant."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import permutations

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64
from scipy import stats

from phenolens.core.errors import InputError
from phenolens.statistics.ties import FLOOR, exceeds, levels

_CHANNELS = ("AGP", "DNA", "ER", "Mito", "RNA")
# Nuclei's Manders and RWC coefficients depend on a threshold that few pixels pass, and granularity
# beyond the size of a nucleus depends on its surroundings. The 55 features that Way (2019,
# doi:10.6084/m9.figshare.10255811) names and pycytominer blocks; brightfield has none there.
CELLPROFILER_NOISE = (
    *(
        f"Nuclei_Correlation_{kind}_{a}_{b}"
        for kind in ("Manders", "RWC")
        for a, b in permutations(_CHANNELS, 2)
    ),
    *(f"Nuclei_Granularity_{size}_{c}" for size in (14, 15, 16) for c in _CHANNELS),
)
_ROWS = 4096  # rows held in float64 at a time


def blocked(names: tuple[str, ...], patterns: tuple[str, ...]) -> Bool[np.ndarray, " d"]:
    """Return which names one of the patterns matches (`*`, `?`; case counts).

    Example:
        >>> blocked(("Nuclei_Granularity_14_DNA", "Cells_Area"), ("Nuclei_Granularity_14_*",))
        array([ True, False])
    """
    exact = {pattern for pattern in patterns if not set("*?[") & set(pattern)}
    globs = [pattern for pattern in patterns if pattern not in exact]
    return np.array([n in exact or any(fnmatchcase(n, g) for g in globs) for n in names])


def missing_share(x: Float32[np.ndarray, "n d"]) -> Float64[np.ndarray, " d"]:
    """Return the share of each feature's values that are NaN or infinite."""
    share: Float64[np.ndarray, " d"] = 1 - np.isfinite(x).mean(axis=0)
    return share


def filled(x: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
    """Return the features with every value that is not finite replaced by its feature's median.

    Raises:
        InputError: A feature has no finite value at all.
    """
    made = np.where(np.isfinite(x), x, np.nan)
    if np.isnan(made).all(axis=0).any():
        column = int(np.isnan(made).all(axis=0).argmax())
        raise InputError(
            f"feature {column} has no value to take the median of",
            fix="add drop_na_columns to the operations",
        )
    for j in np.flatnonzero(np.isnan(made).any(axis=0)):
        gap = np.isnan(made[:, j])
        made[gap, j] = np.median(made[~gap, j].astype(np.float64))
    return made


def medians_of_finite(x: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, " d"]:
    """Return the median of each feature's finite values; there is at least one of each."""
    found = np.empty(x.shape[1], dtype=np.float32)
    for j in range(x.shape[1]):
        values = x[:, j]
        found[j] = np.median(values[np.isfinite(values)].astype(np.float64))
    return found


def rare_values(
    x: Float32[np.ndarray, "n d"], freq_cut: float, unique_cut: float
) -> Bool[np.ndarray, " d"]:
    """Return which features have one value almost everywhere, or few distinct ones.

    As caret's nearZeroVar and pycytominer's `frequency_threshold`: the second most common value's
    count over the most common one's is below `freq_cut`, or the number of distinct values over
    the number of rows is below `unique_cut`.
    """
    found = np.zeros(x.shape[1], dtype=bool)
    for j in range(x.shape[1]):
        counts = np.sort(np.unique(x[:, j], return_counts=True)[1])
        ratio = counts[-2] / counts[-1] if len(counts) > 1 else 0.0
        found[j] = ratio < freq_cut or len(counts) / len(x) < unique_cut
    return found


def variance(x: Float32[np.ndarray, "n d"]) -> Float64[np.ndarray, " d"]:
    """Return each feature's variance (ddof 0), in float64."""
    mean = np.mean(x, axis=0, dtype=np.float64)
    total = np.zeros(x.shape[1])
    for i in range(0, len(x), _ROWS):
        off = x[i : i + _ROWS] - mean
        total += np.einsum("ij,ij->j", off, off)
    return total / len(x)


def correlation(x: Float32[np.ndarray, "n d"], *, ranks: bool) -> Float64[np.ndarray, "d d"]:
    """Return the correlation of every two features (of their ranks); 0 with a constant one."""
    y = stats.rankdata(x, axis=0) if ranks else x.astype(np.float64)
    size = np.linalg.norm(y, axis=0)
    y -= y.mean(axis=0)
    length = np.linalg.norm(y, axis=0)
    y /= np.where(length > FLOOR * size, length, np.inf)  # else what the mean's rounding leaves
    r: Float64[np.ndarray, "d d"] = y.T @ y
    return r


def redundant(r: Float[np.ndarray, "d d"], threshold: float) -> Bool[np.ndarray, " d"]:
    """Return which features to drop, so that no two correlate above the threshold.

    Of each such pair goes the one whose absolute correlations with all features sum up higher;
    as pycytominer, pair by pair: that a feature goes spares none that pairs with it. Of equals
    (to 1e-9) the later one goes.
    """
    r = r - np.diag(np.diag(r))
    place = np.empty(len(r), dtype=np.int64)
    total = levels(np.abs(r).sum(axis=0))
    place[np.argsort(total, kind="stable")] = np.arange(len(r))
    return np.asarray((exceeds(r, threshold) & (place[:, None] > place)).any(axis=1))
