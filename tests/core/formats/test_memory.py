"""The memory that is free, and what a library says that lacks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats import memory


def test_free_memory_is_that_of_this_computer() -> None:
    free = memory.free_memory()
    assert free is None or free > 1 << 20


def test_a_table_is_compared_with_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 3 * 2**30)
    memory.refuse_larger(3 * 2**30)
    with pytest.raises(InputError, match=r"at least 4\.0 GB of memory, and 3\.0 GB are free"):
        memory.refuse_larger(4 * 2**30)
    monkeypatch.setattr(memory, "free_memory", lambda: None)  # not known: not refused
    memory.refuse_larger(2**60)


def test_other_files_are_not_opened() -> None:
    memory.refuse_larger_text(Path("absent.csv"))


def test_damage_is_not_a_lack_of_memory() -> None:
    assert memory.lack_of_memory(ValueError("no header")) is None
    assert "(malloc of size 12 failed)" in str(
        memory.lack_of_memory(OSError("malloc of size 12\nfailed"))
    )
