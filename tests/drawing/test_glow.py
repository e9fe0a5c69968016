from __future__ import annotations

import numpy as np

from phenolens.drawing.glow import glow


def test_black_at_zero_white_at_the_top_and_brighter_all_the_way() -> None:
    made = glow(np.linspace(0, 2, 9)[None], 1.0).astype(int)
    assert made[0, 0].tolist() == [0, 0, 0]
    assert made[0, 4].tolist() == made[0, 8].tolist() == [255, 255, 255]
    assert (np.diff(made[0, :5] @ [2, 7, 1]) > 0).all()


def test_a_map_of_zeros_is_black() -> None:
    assert not glow(np.zeros((2, 2)), 0.0).any()
