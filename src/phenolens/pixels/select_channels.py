"""The pixel step `select_channels`: keep some channels of a screen, in a given order."""

from __future__ import annotations

from dataclasses import dataclass

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen


@dataclass(frozen=True, kw_only=True)
class SelectChannels:
    """Keep these channels, in this order.

    Attributes:
        channels: Their names.
    """

    channels: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.channels or len(set(self.channels)) != len(self.channels):
            raise InputError(
                f"each must be named once, got {list(self.channels)}", where="channels"
            )

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen with these channels; the history names those that were dropped.

        Raises:
            InputError: A channel that the screen lacks.
        """
        dropped = [name for name in screen.channels if name not in self.channels]
        return screen.after(self, screen.select(self.channels), dropped_channels=dropped)

    @classmethod
    def example(cls, screen: Screen) -> SelectChannels:
        """Return the step that reverses the order of the channels and drops the first one."""
        return cls(channels=screen.channels[:0:-1] or screen.channels)
