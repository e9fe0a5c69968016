from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import savgol_filter

from phenolens.trajectories.dose_spread import DoseSpread, smoothed

TIMES = np.arange(-10.0, 50, 2)


def doses(onset: float) -> np.ndarray:
    """Three doses, two replicates each: they part from the onset on."""
    rng = np.random.default_rng(0)
    far = 5 + 0.1 * rng.normal(size=(6, len(TIMES)))
    slope = np.repeat([0.0, 0.2, 0.5], 2)[:, None]
    return np.asarray(far + slope * np.clip(TIMES - onset, 0, None))


MEMBERS = [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]


def test_it_is_the_rule_of_the_paper() -> None:
    """As the public code computes it, but for its time 0 where there is no onset."""
    values = doses(12.0)
    means = np.stack([values[rows].mean(axis=0) for rows in MEMBERS])
    cv = means.std(axis=0) / means.mean(axis=0)
    window = len(TIMES) // 2 if (len(TIMES) // 2) % 2 > 0 else 1 + len(TIMES) // 2
    smooth = savgol_filter(cv, window_length=window, polyorder=10)
    np.testing.assert_allclose(smoothed(cv), smooth)
    start = int(np.flatnonzero(TIMES >= 0)[0])
    top = smooth[:start].max()
    slow = next(TIMES[i] for i in range(start, len(TIMES)) if (smooth[i:] > top).all())
    onset = DoseSpread(TIMES, values, TIMES < 0, draws=50).onset(MEMBERS)
    assert onset.hours == slow
    assert onset.low < onset.hours <= onset.high
    assert abs(onset.hours - 12) <= 6


@pytest.mark.parametrize(
    ("times", "members", "note"),
    [
        (TIMES + 10, MEMBERS, "no frames before the drug was added"),
        (TIMES[:15], MEMBERS, "too few times: 15, and the rule needs 20"),
        (TIMES, MEMBERS[:1], "one dose"),
    ],
)
def test_too_little_is_an_answer_and_not_a_number(
    times: np.ndarray, members: list[np.ndarray], note: str
) -> None:
    values = doses(12.0)[:, : len(times)]
    onset = DoseSpread(times, values, times < 0, draws=5).onset(members)
    assert onset.note.startswith(note)
    assert np.isnan([onset.hours, onset.low, onset.high]).all()


def test_no_onset_is_not_time_zero() -> None:
    closer = doses(1000.0) + np.repeat([0.0, 1, 2], 2)[:, None] * np.clip(-TIMES, 0, None)
    onset = DoseSpread(TIMES, closer, TIMES < 0, draws=5).onset(MEMBERS)
    assert np.isnan(onset.hours)
    assert "does not stay above" in onset.note
