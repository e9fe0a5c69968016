"""Lost: which share of a call's gap to the controls is gone once pixels are changed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.calls.linear import Calls

RESAMPLES = 500


class Gaps:
    """Gaps between wells of a call and controls of the same plates, before and after a change.

    The gap is the mean margin of the wells of a call less that of the control wells, both with
    the same change made, so that what the change does to every image cancels. A well counts once,
    as the mean of its tiles.

    Args:
        calls: Fitted on the embeddings of unchanged pixels.
        rows: Rows of that table whose pixels were embedded again.
        before: (k, d) their embeddings.
        seed: Of the draws of wells.
    """

    def __init__(
        self, calls: Calls, rows: Int64[np.ndarray, " k"], before: np.ndarray, seed: int
    ) -> None:
        self._calls, self._rows, self._before, self._seed = calls, rows, before, seed

    def lost(self, call: int, after: np.ndarray) -> tuple[float, float, float]:
        """Return the share of a call's gap that is lost, and its 95 % interval.

        1 - gap(after) / gap(before). 0: the call does not need what was changed. 1: nothing of it
        is left; above 1 the wells look less like the call than controls do. Wells of the call and
        control wells are drawn with replacement (percentile bootstrap). NaN where the gap before is
        not above 0.

        Args:
            call: Place in `calls.names`.
            after: (k, d) the embeddings of the changed pixels, in the order of the rows.
        """
        own, controls = self._wells(call, after, own=True), self._wells(call, after, own=False)
        value = _share(own.mean(axis=0) - controls.mean(axis=0))
        rng = np.random.default_rng((self._seed, call))
        drawn = [
            wells[rng.integers(len(wells), size=(RESAMPLES, len(wells)))].mean(axis=1)
            for wells in (own, controls)
        ]
        shares = np.array([_share(gap) for gap in drawn[0] - drawn[1]])
        if not math.isfinite(value) or len(own) < 2:
            return value, math.nan, math.nan
        low, high = np.nanquantile(shares, [0.025, 0.975])
        return value, float(low), float(high)

    def _wells(self, call: int, after: np.ndarray, *, own: bool) -> Float64[np.ndarray, "w 2"]:
        """Return the mean margins of each well, before and after."""
        rows = self._calls.rows_of(call)[0 if own else 1]
        at = np.flatnonzero(np.isin(self._rows, rows))
        margins = [
            self._calls.margins(features[at], self._rows[at], call)
            for features in (self._before, after)
        ]
        well, names = pd.factorize(self._calls.well[self._rows[at]])
        size = np.bincount(well, minlength=len(names))
        return np.stack([np.bincount(well, m, len(names)) / size for m in margins], axis=1)


def _share(gap: Float64[np.ndarray, " 2"]) -> float:
    return 1 - float(gap[1]) / float(gap[0]) if gap[0] > 0 else math.nan
