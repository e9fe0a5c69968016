"""What installed packages add, read without importing anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.installed import Installed, installed


def test_entry_points_are_read_by_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[phenolens.plugins]\nmine = nowhere_at_all\n"
        "[phenolens.metrics]\nfoo = mine.foo:Foo\n[phenolens.elsewhere]\nbar = mine:Bar\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = [one for one in installed(["metrics"]) if one.name in ("mine", "foo", "bar")]
    assert found == [
        Installed("", "mine", "nowhere_at_all"),
        Installed("metrics", "foo", "mine.foo:Foo"),
    ]
