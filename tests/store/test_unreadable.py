"""Images that cannot be read, noted line by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import UnreadableImage
from phenolens.store.unreadable import Lenient, read_unreadable


def test_they_are_zeros_and_noted_and_other_errors_pass(tmp_path: Path) -> None:
    def read(rows: np.ndarray) -> np.ndarray:
        if 9 in rows:
            raise InputError("is of another size", where="9.tif")
        if 3 in rows:
            raise UnreadableImage("is empty", where="3.tif")
        return np.tile(rows[:, None, None, None], (1, 1, 2, 2)).astype(np.uint16)

    lenient = Lenient(read, tmp_path, (1, 2, 2))
    images = lenient(np.array([2, 3, 4]))
    assert images[:, 0, 0, 0].tolist() == [2, 0, 4]
    assert read_unreadable(tmp_path) == {3: "3.tif: is empty"}
    with pytest.raises(InputError, match="another size"):
        lenient(np.array([3, 9]))
    with (tmp_path / "unreadable.jsonl").open("a") as file:
        file.write('{"other": 1}\n[1]\n[5, "cut')
    lenient(np.array([3]))
    assert read_unreadable(tmp_path) == {3: "3.tif: is empty"}
