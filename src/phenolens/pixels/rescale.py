"""The pixel step `rescale`: the rule by which raw counts become [0, 1]."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import ClassVar

from phenolens.core.errors import InputError, nearest
from phenolens.core.screen import IntensityRule, Screen


@dataclass(frozen=True, kw_only=True)
class Rescale(IntensityRule):
    """Set how raw counts become [0, 1]; the last pixel step.

    The rule is recorded, and no pixel is changed: the store keeps raw counts, and
    `store.limits.Limits` applies the rule when pixels are used. Settings: see
    `core.screen.IntensityRule`.
    """

    last: ClassVar[bool] = True

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen with this rule.

        Raises:
            InputError: The screen has a rule already, or its table does not say which images are
                the controls that the percentiles come from.
        """
        if self.on == "controls" and "control" not in screen.meta.columns:
            raise InputError(
                "on = 'controls' needs a column 'control'",
                fix=nearest("control", screen.meta.columns, "the table has"),
            )
        rule = IntensityRule(**{f.name: getattr(self, f.name) for f in fields(IntensityRule)})
        return replace(screen.after(self, screen), rescale=rule)

    @classmethod
    def example(cls, screen: Screen) -> Rescale:  # noqa: ARG003
        """Return the step with percentiles and standardized channels."""
        return cls(low=1.0, high=99.0, standardize=True)
