"""The memory of a process is its own, whatever started it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from phenolens.core.peak_memory import peak_process_mb

_SCRIPT = "from phenolens.core.peak_memory import peak_process_mb; print(peak_process_mb())"


def test_it_grows_with_what_is_held() -> None:
    before = peak_process_mb()
    held = bytearray(b"x" * 400_000_000)
    assert 100 < len(held) / 1e6 <= peak_process_mb()
    assert peak_process_mb() >= before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is inherited")
def test_what_the_parent_held_is_not_counted() -> None:
    held = bytearray(b"x" * 400_000_000)
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True
    )
    assert 0 < float(done.stdout) < 100 < len(held) / 1e6 <= peak_process_mb()
