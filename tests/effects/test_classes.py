from __future__ import annotations

from phenolens.effects import classes


def test_codes_are_places_in_the_answers() -> None:
    assert classes.ANSWERS[classes.CYTOTOXIC] == "cytotoxic"
    assert classes.ANSWERS[classes.UNKNOWN] == classes.CANNOT_TELL == "cannot tell"
    assert set(classes.EFFECTS) == {"none", "cytostatic", "mixed", "cytotoxic"}
