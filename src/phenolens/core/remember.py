"""What was computed from the pixels of a screen, kept while the process runs.

A run applies its pixel steps twice: to plan, and to prepare. A step that must read all pixels asks
here first.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from phenolens.core.screen import Screen
from phenolens.core.step_record import plain

Result = TypeVar("Result")
_MOST = 4
_KNOWN: OrderedDict[str, object] = OrderedDict()
_LOCK = threading.Lock()


def remembered(screen: Screen, asked: str, make: Callable[[], Result]) -> Result:
    """Return what `make` returns, from memory where it was asked of the same images before.

    Images are the same where the hashes of their files, their channels and their history are. A
    screen that does not know its files is asked every time, and two threads that ask at once both
    compute it.

    Args:
        screen: Whose pixels are read.
        asked: What is computed, with its settings.
        make: Computes it; the result may not be changed.
    """
    if screen.identify is None:
        return make()
    about = json.dumps([asked, list(screen.channels), plain(screen.history)], sort_keys=True)
    digest = hashlib.sha256(about.encode())
    digest.update(screen.identify(np.arange(len(screen))).tobytes())
    key = digest.hexdigest()
    with _LOCK:
        if key in _KNOWN:
            _KNOWN.move_to_end(key)
            return _KNOWN[key]  # type: ignore[return-value]  # the key says what it is
    made = make()
    with _LOCK:
        _KNOWN[key] = made
        while len(_KNOWN) > _MOST:
            _KNOWN.popitem(last=False)
    return made
