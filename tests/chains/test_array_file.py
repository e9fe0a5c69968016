"""Arrays as `numpy.savez` writes them; `tests/safety/test_saved_chains.py` tries damaged ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from phenolens.chains.array_file import load_arrays


def test_values_kinds_and_order_are_those_that_were_written(tmp_path: Path) -> None:
    arrays = {
        "a": np.arange(6.0).reshape(2, 3),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "bools": np.array([True, False]),
        "text": np.array(["x", "yz"]),
        "none": np.empty((0, 3), np.float32),
        "scalar": np.array(7),
    }
    np.savez(tmp_path / "x.npz", **arrays)  # type: ignore[arg-type]
    read = load_arrays(tmp_path / "x.npz")
    assert read.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype
        assert read[name].flags.f_contiguous == array.flags.f_contiguous
        assert read[name].flags.writeable
