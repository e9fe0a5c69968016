"""Touching disks are split at the waist, and a hill has one top."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from phenolens.masks.split import split


def disks(*centres: tuple[int, int], radius: int = 10) -> np.ndarray:
    y, x = np.mgrid[:60, :80]
    return np.any([(y - a) ** 2 + (x - b) ** 2 <= radius**2 for a, b in centres], axis=0)


def labels(mask: np.ndarray, reach: float = 10) -> np.ndarray:
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask).astype(np.float32), 1.0)
    return split(mask, depth, reach)


def test_two_disks_that_touch_become_two_and_meet_in_the_middle() -> None:
    made = labels(disks((30, 25), (30, 42)))
    assert made.max() == 2
    assert np.array_equal(made > 0, disks((30, 25), (30, 42)))
    left, right = (np.argwhere(made == label)[:, 1] for label in (1, 2))
    assert left.max() <= 34
    assert right.min() >= 33


def test_one_disk_is_one_and_apart_are_two() -> None:
    assert labels(disks((30, 25))).max() == 1
    assert labels(disks((15, 15), (45, 60))).max() == 2


def test_tops_within_reach_are_one_object_in_one_piece_only() -> None:
    assert labels(disks((30, 25), (30, 42)), reach=20).max() == 1
    assert labels(disks((30, 20), (30, 44)), reach=40).max() == 2


def test_a_level_rectangle_has_one_top_and_an_empty_mask_none() -> None:
    mask = np.zeros((60, 80), dtype=bool)
    mask[10:40, 20:50] = True
    assert split(mask, np.ones(mask.shape, dtype=np.float32), 2.0).max() == 1
    assert split(np.zeros((5, 5), bool), np.zeros((5, 5), np.float32), 2.0).max() == 0
