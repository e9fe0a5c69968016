"""The classes of effects, in words; and the codes that the rules calculate with."""

from __future__ import annotations

from typing import Final

EFFECTS: Final = ("none", "cytostatic", "mixed", "cytotoxic")
CANNOT_TELL: Final = "cannot tell"
ANSWERS: Final = (*EFFECTS, CANNOT_TELL)
CONTROL: Final = "control"  # what a control curve is called

NONE, CYTOSTATIC, MIXED, CYTOTOXIC, UNKNOWN = range(len(ANSWERS))
