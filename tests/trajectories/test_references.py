from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.trajectories import references
from phenolens.trajectories.references import Matched

ROWS = [
    ("A1", "DMSO", 0.0, [0.0, 0.0]),
    ("A2", "DMSO", 0.0, [2.0, 0.0]),
    ("A3", "DMSO", 0.0, [4.0, 3.0]),
    ("B1", "x", 0.0, [2.0, 5.0]),
]


def test_a_treated_row_meets_the_mean_and_a_control_the_mean_of_the_others(table: Any) -> None:
    made = table(ROWS)
    far = Matched.of(made, (), 0, "test").distances(made.features, "euclidean")
    # The mean is (2, 1); without A1 (3, 1.5), without A2 (2, 1.5), without A3 (1, 0).
    np.testing.assert_allclose(far, [np.hypot(3, 1.5), 1.5, np.hypot(3, 3), 4])


def test_a_lone_control_has_no_distance_and_treated_rows_have(table: Any) -> None:
    made = table([ROWS[0], ROWS[3]])
    far = Matched.of(made, (), 0, "test").distances(made.features, "l1")
    np.testing.assert_array_equal(far, [np.nan, 7])


def test_controls_are_of_the_same_plate(table: Any) -> None:
    made = table(
        [*ROWS[:2], ("A1", "DMSO", 0.0, [9.0, 9.0]), *ROWS[3:], ROWS[3]],
        plate=["p1", "p1", "p2", "p1", "p2"],
    )
    matched = Matched.of(made, ("plate", "batch"), 0, "test")
    far = matched.distances(made.features, "euclidean")
    wells = made.meta.iloc[matched.curves.order]
    got = dict(zip(zip(wells["plate"], wells["well"], strict=True), far, strict=True))
    assert got["p1", "B1"] == pytest.approx(np.hypot(1, 5))
    assert got["p2", "B1"] == pytest.approx(np.hypot(7, 4))
    with pytest.raises(InputError, match=r"no control .* shares plate with plate p3, well B1"):
        Matched.of(table(ROWS, plate=["p1", "p1", "p1", "p3"]), ("plate",), 0, "test")
    with pytest.raises(InputError, match="no 'plate' in well B1"):
        Matched.of(table(ROWS, plate=["p1", "p1", "p1", None]), ("plate",), 0, "test")


def test_a_column_that_varies_within_a_curve_matches_no_controls(table: Any) -> None:
    rows = [*ROWS, ("B1", "x", 2.0, [1.0, 1.0])]
    made = table(rows, donor=["a", "a", "a", "a", "b"])
    with pytest.raises(InputError, match=r"curve of well B1.* has several values of 'donor'"):
        Matched.of(made, ("donor",), 0, "test")


def test_controls_without_features_are_said_to_be_so(table: Any) -> None:
    rows = [("A1", "DMSO", 0.0, [np.nan]), ("B1", "x", 0.0, [1.0])]
    with pytest.raises(InputError, match="every row of a control has a missing feature"):
        Matched.of(table(rows), (), 0, "test")


def test_each_control_is_taken_at_its_nearest_frame(table: Any) -> None:
    rows = [
        *(("A1", "DMSO", t, [v]) for t, v in [(0.0, 0.0), (2.0, 10.0), (4.0, 20.0)]),
        *(("A2", "DMSO", t, [v]) for t, v in [(0.5, 4.0), (2.5, 14.0)]),
        *(("B1", "x", t, [0.0]) for t in (1.6, 3.6)),
    ]
    made = table(rows)
    matched = Matched.of(made, (), 0, "test")
    assert matched.farthest == 1
    far = matched.distances(made.features, "euclidean")
    # At 1.6: A1 at 2, A2 at 2.5. At 3.6: A1 at 4; A2's last frame is 1.1 hours away, so none.
    np.testing.assert_allclose(far[-2:], [12, 20])
    wide = Matched.of(made, (), 1.2, "test").distances(made.features, "euclidean")
    np.testing.assert_allclose(wide[-1], 17)


def test_blocks_change_no_bit(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    rows = [
        (f"A{w}", "DMSO" if w < 4 else "x", float(t) + rng.uniform(0, 0.3), rng.normal(size=5))
        for w in range(12)
        for t in range(9)
    ]
    made = table([(*row[:3], row[3].tolist()) for row in rows])
    matched = Matched.of(made, (), 0, "test")
    whole = matched.distances(made.features, "cosine")
    monkeypatch.setattr(references, "_ROWS", 7)
    assert matched.distances(made.features, "cosine").tobytes() == whole.tobytes()
    order = rng.permutation(len(rows))
    other = made.take(order)
    again = Matched.of(other, (), 0, "test").distances(other.features, "cosine")
    assert again.tobytes() == whole.tobytes()
