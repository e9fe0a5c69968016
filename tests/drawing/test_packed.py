from __future__ import annotations

import base64

import numpy as np

from phenolens.drawing.packed import MISSING, Packed


def unpacked(packed: Packed, n: int) -> np.ndarray:
    columns = [np.frombuffer(base64.b64decode(text), dtype="<u2") for text in packed.texts]
    codes = np.stack(columns, axis=1)
    assert len(codes) == n
    low, high = np.array(packed.low), np.array(packed.high)
    return np.where(codes == MISSING, np.nan, low + codes / 65534 * (high - low))


def test_values_come_back_to_half_a_step_of_their_range() -> None:
    values = np.random.default_rng(0).normal(size=(50, 4)) * [1, 1e-3, 1e6, 1]
    values[3, 1], values[7, 2] = np.nan, np.inf
    back = unpacked(Packed.of(values), 50)
    known = np.isfinite(values)
    assert (np.isfinite(back) == known).all()
    span = np.array([np.ptp(column[np.isfinite(column)]) for column in values.T])
    error = np.abs(np.where(known, back - values, 0))
    assert (error <= span / 131068 * (1 + 1e-9)).all()


def test_columns_without_a_range_or_a_value_are_kept() -> None:
    packed = Packed.of(np.array([[2.5, np.nan], [2.5, np.nan]]))
    back = unpacked(packed, 2)
    assert (back[:, 0] == 2.5).all()
    assert np.isnan(back[:, 1]).all()
    assert packed.plain() == {"low": [2.5, 0.0], "high": [2.5, 0.0], "values": packed.texts}
