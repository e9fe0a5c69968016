"""A file that is elsewhere is read through a copy, which is deleted; any other as it is."""

from __future__ import annotations

from pathlib import Path

from phenolens.core import mirror


class One:
    """A mirror of one file."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def holds(self, name: str) -> bool:
        return name == "a/x.tif"

    def fetch(self, name: str) -> bytes:
        return name.encode()

    def signature(self, name: str) -> bytes:
        return name.encode().ljust(16)


def test_content_is_at_hand_and_gone_afterwards(tmp_path: Path) -> None:
    here = tmp_path / "x.tif"
    here.write_bytes(b"here")
    assert mirror.mirror_of(here) is None
    one = One(tmp_path / "far")
    mirror.register(one)
    try:
        path = tmp_path / "far" / "a" / "x.tif"
        with mirror.at_hand(path) as copy:
            assert copy.read_bytes() == b"a/x.tif"
            assert copy.name == "x.tif"
        assert not copy.exists()
        assert mirror.mirror_of(tmp_path / "far" / "map.csv") is None
        with mirror.at_hand(here) as same:
            assert same == here
    finally:
        mirror._KNOWN.clear()
