"""Pairs of an image and its controls."""

from __future__ import annotations

import numpy as np
import torch

from phenolens.importance.question import Question


def test_pairs_of_an_image_are_averaged() -> None:
    pixels, slope = torch.zeros(4, 1, 2, 2), torch.zeros(4, 1)
    wells, labels = np.array([0, 1]), np.zeros((2, 2, 2), dtype=np.uint8)
    asked = Question(pixels, pixels, slope, slope, 2, wells, labels)
    assert asked.by_image(torch.tensor([1.0, 3.0, 10.0, 20.0])).tolist() == [2.0, 15.0]
