from __future__ import annotations

import pytest

from phenolens.core import own_code as module
from phenolens.core.own_code import own_code
from phenolens.explanations.channel_knock_out import ChannelKnockOut
from phenolens.explanations.lens import Lens

ROOMS = ("explanations", "lenses", "calls")


@pytest.fixture(autouse=True)
def read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The modules that were read; nothing is remembered from one test to the next."""
    names: set[str] = set()
    true = module._source

    def noted(name: str) -> bytes:
        names.add(name)
        return true(name)

    module._checksum.cache_clear()
    monkeypatch.setattr(module, "_source", noted)
    return names


def test_what_a_class_imports_counts(read: set[str]) -> None:
    own_code(Lens, ROOMS)
    assert {"phenolens.explanations.lens", "phenolens.lenses.trial"} <= read
    assert "phenolens.lenses.linear" in read, "also through others"
    assert not any(name.startswith(("phenolens.core", "phenolens.masks")) for name in read)


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ("phenolens.explanations.channel_knock_out", True),
        ("phenolens.calls.donors", True),
        ("phenolens.lenses.trial", False),
        ("phenolens.core.errors", False),
    ],
)
def test_a_change_of_its_code_is_noticed_and_of_no_other(
    monkeypatch: pytest.MonkeyPatch, changed: str, differs: bool
) -> None:
    before = own_code(ChannelKnockOut, ROOMS)
    assert before == own_code(ChannelKnockOut(), ROOMS)
    true = module._source
    monkeypatch.setattr(
        module, "_source", lambda name: true(name) + (b"\nX = 1\n" if name == changed else b"")
    )
    module._checksum.cache_clear()
    assert (own_code(ChannelKnockOut, ROOMS) != before) is differs


def test_code_that_is_not_ours_has_none() -> None:
    assert own_code(dict, ROOMS) == ""
    assert own_code(Lens, ("masks",)) == "", "a class of another room"
