"""Opening the pixel source of a run: its data are found and fingerprinted before any work."""

from __future__ import annotations

from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.inside import permitted
from phenolens.runs.images import OpenImages
from phenolens.runs.learning import Learning
from phenolens.runs.stages import content_hash
from phenolens.store.fingerprint import fingerprint


def open_images(learning: Learning, root: Path) -> OpenImages:
    """Return the screen and the given weights below a folder.

    Raises:
        InputError: The screen cannot be read, or there are no such weights.
    """
    named = learning.weights
    weights = permitted(named, root / named, "weights") if named else None
    if weights and not weights.exists():
        raise InputError("no such weights", where=weights, fix="paths start at --root")
    screen = learning.screen(root)
    inputs = {"data": {"fingerprint": fingerprint(screen)}, "weights": content_hash(weights)}
    return OpenImages(learning, screen, weights, inputs)
