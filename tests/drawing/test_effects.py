"""Classes of effect differ by shape alone."""

from __future__ import annotations

from phenolens.drawing.categories import ASIDE, CONTROL
from phenolens.drawing.effects import CLASSES, effect_category


def test_every_class_has_a_shape_of_its_own() -> None:
    marks = [effect_category(name) for name in CLASSES]
    assert len({mark.shape for mark in marks}) == len(CLASSES) == 5
    assert len({mark.colour for mark in marks}) == 5
    assert ASIDE[CONTROL][1] not in {mark.shape for mark in marks}, "a map shows both"


def test_what_is_no_class_cannot_be_told() -> None:
    assert effect_category("sleepy").name == effect_category(None).name == "cannot tell"
