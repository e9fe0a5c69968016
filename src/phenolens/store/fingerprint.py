"""The fingerprint of a screen: equal for equal data, wherever it is on disk."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd

from phenolens.core.screen import Screen
from phenolens.core.step_record import plain


def fingerprint(screen: Screen) -> str:
    """Return a hash of what the screen is: its table, channels, size, history, and its images.

    Of every image the hash of its files is taken (`Screen.identify`: sizes and parts of the
    content), so that one that was replaced is noticed without reading them all. Where a screen has
    no such hashes, its first, middle and last image are read, through the pixel steps. The
    intensity rule is not in it, because it changes no pixel.
    """
    table = pd.util.hash_pandas_object(screen.meta.astype(str), index=False).to_numpy()
    about = json.dumps([list(screen.channels), list(screen.size), list(map(str, screen.meta))])
    digest = hashlib.sha256(table.tobytes() + about.encode())
    rule = screen.history[-1:] if screen.rescale is not None else ()
    steps = screen.history[: len(screen.history) - len(rule)]
    if steps:
        digest.update(json.dumps(plain(steps), sort_keys=True).encode())
    if screen.identify is not None:
        digest.update(screen.identify(np.arange(len(screen))).tobytes())
        return digest.hexdigest()[:16]
    for row in (0, len(screen) // 2, len(screen) - 1):
        digest.update(np.ascontiguousarray(screen.read(np.array([row]))).tobytes())
    return digest.hexdigest()[:16]
