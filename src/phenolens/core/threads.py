"""How threads wait for each other, and how many there are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# After each piece of work OpenMP's threads wait for the next one. By default they spin: best on a
# quiet machine. Where other processes use the cores, spinning threads take the cores from those
# that compute. Passive threads sleep. `benchmarks/busy.py` measures both.
PASSIVE = True
_SETTINGS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}


def wait_passively() -> None:
    """Let OpenMP's threads sleep while they wait, unless the environment says otherwise.

    OpenMP reads its settings once, when a library loads it (torch and scikit-learn do), so this has
    no effect later. The command line calls it first; in Python, call it, or set the variables
    before Python starts, before torch is imported.
    """
    if PASSIVE and not any(name in os.environ for name in _SETTINGS):
        os.environ.update(_SETTINGS)


@contextmanager
def kept_threads() -> Iterator[None]:
    """Let torch compute with as many threads afterwards as before.

    Numba, which UMAP uses, sets the number of OpenMP's threads for the whole process. The next
    training of the process would then end in other last bits. Torch is not loaded here.
    """
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 0
    try:
        yield
    finally:
        if torch and torch.get_num_threads() != before:
            torch.set_num_threads(before)
