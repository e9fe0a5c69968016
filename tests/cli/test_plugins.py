"""Packages extend the catalogue: named on the command line, or installed with an entry point."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STEP = '''
"""Doubles."""
from dataclasses import dataclass
from phenolens.core.profiles import Profiles

@dataclass(frozen=True, kw_only=True)
class Double:
    """Every feature times two."""

    def __call__(self, profiles: Profiles) -> Profiles:
        return profiles.after(self, profiles, profiles.features * 2)
'''


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a folder with a package of one step."""
    room = tmp_path / "mine" / "profiling"
    room.mkdir(parents=True)
    for folder in (room, room.parent):
        (folder / "__init__.py").write_text("")
    (room / "double.py").write_text(STEP)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\n"
    code += "from phenolens.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )


def test_a_package_named_on_the_command_line_is_listed(package: Path) -> None:
    done = run(package, "--plugin", "mine", "list", "profiling")
    assert "double                 Every feature times two." in done.stdout
    assert "double" not in run(package, "list", "profiling").stdout


def test_an_installed_plugin_is_found_by_its_entry_point(package: Path) -> None:
    info = package / "mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[phenolens.plugins]\nmine = mine\n")
    assert "Every feature times two." in run(package, "list", "steps").stdout


def test_help_loads_no_plugin(package: Path) -> None:
    done = run(package, "--plugin", "absent", "--help")
    assert done.returncode == 0
    assert "--plugin" in done.stdout
