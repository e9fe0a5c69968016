"""The file that a fault of ours is saved to."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from phenolens.core.fault import save_trace
from phenolens.core.versions import own_version


def _fault() -> Exception:
    try:
        raise KeyError("lost \ud800")
    except KeyError as error:
        return error


def test_it_holds_versions_command_and_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = save_trace(_fault(), "phenolens run 'my recipe.toml'")
    assert path is not None
    assert path.parent == tmp_path
    assert path.name.startswith("phenolens-error-")
    text = path.read_text()
    assert text.startswith(own_version())
    assert "command: phenolens run 'my recipe.toml'" in text
    assert "KeyError" in text
    assert "test_fault.py" in text
    assert "numpy " in text


def test_a_full_temporary_folder_is_no_second_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    assert save_trace(_fault(), "phenolens") is None
