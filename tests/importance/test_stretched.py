from __future__ import annotations

import numpy as np

from phenolens.importance.stretched import SIDE, stretched


def test_light_becomes_its_root_and_large_images_are_cut() -> None:
    light = np.zeros((1, SIDE + 2, 4), dtype=np.float32)
    light[0, 0, :3] = [0.0, 0.25, 1.0]
    made = stretched(light)
    assert made.shape == (1, SIDE, 4)
    assert made[0, 0, :3].tolist() == [0, 128, 255]  # rint(127.5) is even
