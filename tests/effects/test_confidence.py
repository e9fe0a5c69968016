from __future__ import annotations

import math

import numpy as np

from phenolens.effects.classes import CYTOSTATIC, CYTOTOXIC, MIXED
from phenolens.effects.confidence import called


def test_the_share_of_redraws_that_agree() -> None:
    call = called(np.array([CYTOTOXIC] + [CYTOTOXIC] * 7 + [MIXED] * 2))
    assert (call.effect, call.confidence, call.rival) == ("cytotoxic", 0.7, "mixed")
    sure = called(np.array([MIXED] * 200))
    assert (sure.effect, sure.confidence, sure.rival) == ("mixed", 0.995, "")  # never certain


def test_a_class_of_fewer_than_half_of_the_redraws_is_not_called() -> None:
    call = called(np.array([MIXED] + [MIXED] * 4 + [CYTOSTATIC] * 5))
    assert (call.effect, call.first, call.rival) == ("cannot tell", "mixed", "cytostatic")
    assert call.confidence == 0.4


def test_nothing_to_redraw_is_no_confidence() -> None:
    for call in (called(np.array([MIXED])), called(np.array([MIXED, MIXED]), varies=False)):
        assert call.effect == "mixed"
        assert math.isnan(call.confidence)
