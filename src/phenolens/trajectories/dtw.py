"""Dynamic time warping: distances of curves of any length, and their barycentres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra, install

Series = Float64[np.ndarray, "_ d"]
CELLS_PER_HOUR = 1e12  # of one core: 3.6 ns for one frame of a curve against one of another
MOST_CELLS = 4 * CELLS_PER_HOUR


def cells_of(series: Sequence[Series], band: int) -> float:
    """Return how many pairs of frames the paths of all pairs of curves may visit.

    Args:
        series: The curves.
        band: As `dtw_matrix`.
    """
    total = float(sum(len(one) for one in series))
    longest = max((len(one) for one in series), default=0)
    wide = min(2 * band + 1, longest) if band else longest
    return total**2 / 2 * wide / max(longest, 1)


def dtw_matrix(series: Sequence[Series], band: int, needed_by: str) -> Float64[np.ndarray, "n n"]:
    """Return the time-warped distance of every two curves: symmetric, with a zero diagonal.

    The sum of the euclidean distances of the frames along the best path (Sakoe & Chiba 1978;
    steps of one frame in one curve, the other, or both, all of weight 1), of several variables
    at once and of curves of any length. Computed by dtaidistance in C. It has no soft-DTW, and so
    neither has this.

    Args:
        series: One (frames, variables) array per curve, at least one frame each, no NaN.
        band: How many frames a path may leave the diagonal by (Sakoe-Chiba); 0 for no limit. For
            curves of unlike length it counts from the two diagonals.
        needed_by: Who needs it, for messages.

    Raises:
        InputError: dtaidistance is not installed, or was installed without its compiled part.

    Example:
        >>> import numpy as np
        >>> a, b = np.array([[0.0], [1], [1]]), np.array([[0.0], [0], [1], [3]])
        >>> dtw_matrix([a, b], 0, "this").tolist()
        [[0.0, 2.0], [2.0, 0.0]]
    """
    if len(series) < 2:
        return np.zeros((len(series), len(series)))
    return _pairs(series, band, needed_by, None)


def barycentre(
    series: Sequence[Series], start: Series, needed_by: str, steps: int = 10
) -> Float64[np.ndarray, "k d"]:
    """Return the average of curves under time warping (Petitjean et al. 2011), of start's length.

    Computed by dtaidistance, whose paths are those of least squared distance, as the average needs,
    and are not limited by a band: with one and with curves of unlike length its compiled code
    (2.5.1) writes outside its memory.

    Args:
        series: The curves.
        start: Where the average begins: a curve among them.
        needed_by: Who needs it, for messages.
        steps: How often it is moved, at most.
    """
    library = _library("dtaidistance.dtw_barycenter", needed_by)
    plain = [np.array(one, dtype=np.float64) for one in (start, *series)]
    if start.shape[1] == 1:  # the library takes one variable without an axis of its own
        plain = [one.ravel() for one in plain]
    made = library.dba_loop(
        plain[1:],
        plain[0],
        max_it=steps,
        thr=1e-6,
        use_c=True,
    )
    return np.asarray(made, dtype=np.float64).reshape(start.shape)


def to_centres(
    series: Sequence[Series], centres: Sequence[Series], band: int, needed_by: str
) -> Float64[np.ndarray, "n k"]:
    """Return the time-warped distance of every curve to every centre.

    Args:
        series: The curves.
        centres: What they are compared with.
        band: As `dtw_matrix`.
        needed_by: Who needs it, for messages.
    """
    both, k = [*centres, *series], len(centres)
    made = _pairs(both, band, needed_by, ((0, k), (k, len(both))))
    return made[:k, k:].T.copy()


def _pairs(
    series: Sequence[Series],
    band: int,
    needed_by: str,
    block: tuple[tuple[int, int], tuple[int, int]] | None,
) -> Float64[np.ndarray, "n n"]:
    """Return the distances of all curves, or of a block of them."""
    width = series[0].shape[1]
    given = [np.array(one, dtype=np.float64) for one in series]
    settings = {"window": band + 1 if band else None, "inner_dist": "euclidean", "block": block}
    settings["only_triu"] = block is not None
    if width == 1:  # the same distances, a fifth faster
        library = _library("dtaidistance.dtw", needed_by)
        made = library.distance_matrix_fast([one.ravel() for one in given], **settings)
    else:
        library = _library("dtaidistance.dtw_ndim", needed_by)
        made = library.distance_matrix_fast(given, ndim=width, **settings)
    return np.asarray(made, dtype=np.float64)


def _library(module: str, needed_by: str) -> Any:
    library = import_extra(module, needed_by=needed_by, extra="time")
    compiled = import_extra("dtaidistance.dtw", needed_by=needed_by, extra="time")
    if getattr(compiled, "dtw_cc", None) is None:
        raise InputError(
            f"{needed_by} needs dtaidistance with its compiled part, which is missing here",
            fix="install a wheel for this platform, or a C compiler first: " + install("time"),
        )
    return library
