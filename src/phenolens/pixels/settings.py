"""Which pixels of a screen are prepared, and how."""

from __future__ import annotations

from dataclasses import dataclass, field

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.store.limits import Rescale


@dataclass(frozen=True, kw_only=True)
class PixelSettings:
    """Which pixels of a screen are prepared, and how.

    Attributes:
        where: Query on the metadata: the images prepared. Empty: all.
        channels: Channels kept, in this order. Empty: all.
        resize: Factor on height and width; below 1 pixels are averaged by area (WS-DINO: 0.5).
        rescale: How raw counts become [0, 1].
        threads: Readers side by side.
    """

    where: str = ""
    channels: tuple[str, ...] = ()
    resize: float = 1.0
    rescale: Rescale = field(default_factory=Rescale)
    threads: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.resize <= 4:
            raise InputError(f"resize must lie in (0, 4], got {self.resize}")
        if self.threads < 1:
            raise InputError(f"threads must be at least 1, got {self.threads}")

    def select(self, screen: Screen) -> Screen:
        """Return the screen of the images and channels asked for."""
        screen = screen.where(self.where) if self.where else screen
        return screen.select(self.channels) if self.channels else screen
