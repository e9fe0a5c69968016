"""Noise: how far apart control curves are by chance, and the band that they stay in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.stats import t as student

LEAST_CONTROLS = 3  # curves of a group from which a band can be drawn
_PRIOR = 4.0  # degrees of freedom of the variance that all times of a group share


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """The distances of control curves to the other controls, on the scale of square roots.

    The root of a distance is nearly normal, and its spread does not grow with its size (Bartlett
    1936). The variance at one time is that of a few curves, so it is drawn towards the group's
    variance over all times as a moderated variance (Smyth 2004) with 4 degrees of freedom.

    Attributes:
        mean: (g, t) mean root; NaN where a group has fewer than three control curves.
        variance: (g, t) moderated variance of one curve's root.
        count: (g, t) control curves.
    """

    mean: Float64[np.ndarray, "g t"]
    variance: Float64[np.ndarray, "g t"]
    count: Int64[np.ndarray, "g t"]

    @classmethod
    def of(
        cls,
        values: Float64[np.ndarray, "c t"],
        control: Bool[np.ndarray, " c"],
        group: Int64[np.ndarray, " c"],
    ) -> Noise:
        """Return the noise of each group's controls.

        Args:
            values: Distances; those of controls to the mean of the other controls.
            control: Which curves are controls.
            group: Which curves share their controls.
        """
        shape = (int(group.max(initial=-1)) + 1, values.shape[1])
        mean, variance = np.full(shape, np.nan), np.full(shape, np.nan)
        count = np.zeros(shape, dtype=np.int64)
        for one in range(shape[0]):
            root = np.sqrt(values[control & (group == one)])
            known = np.isfinite(root)
            count[one] = known.sum(axis=0)
            enough = count[one] >= LEAST_CONTROLS
            if not enough.any():
                continue
            root, known, freedom = root[:, enough], known[:, enough], count[one, enough] - 1
            centre = np.where(known, root, 0.0).sum(axis=0) / (freedom + 1)
            squares = (np.where(known, root - centre, 0.0) ** 2).sum(axis=0)
            common = squares.sum() / freedom.sum()
            mean[one, enough] = centre
            variance[one, enough] = (_PRIOR * common + squares) / (_PRIOR + freedom)
        return cls(mean, variance, count)

    def of_mean(
        self, groups: Sequence[int]
    ) -> tuple[Float64[np.ndarray, " t"], Float64[np.ndarray, " t"], Float64[np.ndarray, " t"]]:
        """Return mean, sd and degrees of freedom of the mean root of new control curves.

        The sd holds the noise of the new curves and that of the controls' own mean.

        Args:
            groups: The group of each of the new curves.
        """
        number, times = np.unique(np.asarray(groups, dtype=np.int64), return_counts=True)
        share = (times / len(groups))[:, None]
        mean = (share * self.mean[number]).sum(axis=0)
        own = share / len(groups) + share**2 / np.maximum(self.count[number], 1)
        sd = np.sqrt((own * self.variance[number]).sum(axis=0))
        freedom = _PRIOR + self.count[number].min(axis=0) - 1
        return mean, sd, freedom.astype(np.float64)

    def band(
        self, groups: Sequence[int], alpha: float
    ) -> tuple[Float64[np.ndarray, " t"], Float64[np.ndarray, " t"]]:
        """Return the band of distances that the mean of new control curves stays in.

        It holds at all times at once: each end is left, at any time, with a probability of about
        `alpha` at most (Student's t, Bonferroni over the times; the moderated variance counts times
        as independent, so 3 or 4 controls of one feature that drift are too few: up to 0.16 of
        0.05, `benchmarks/RESULTS.md`). A pointwise band is left somewhere
        by most control curves when there are many times.

        Args:
            groups: The group of each of the new curves.
            alpha: Probability for each end.

        Returns:
            The lower and the upper end, as distances; NaN where there are too few controls.
        """
        mean, sd, freedom = self.of_mean(groups)
        times = max(int(np.isfinite(mean).sum()), 1)
        wide = student.isf(alpha / times, np.maximum(freedom, 1)) * sd
        return np.maximum(mean - wide, 0.0) ** 2, (mean + wide) ** 2


def mean_root(values: Float64[np.ndarray, "k t"]) -> Float64[np.ndarray, " t"]:
    """Return the mean over curves of the roots of their distances; missing values aside."""
    root = np.sqrt(values)
    known = np.isfinite(root)
    count = known.sum(axis=0)
    total = np.where(known, root, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
