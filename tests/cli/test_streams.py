"""A stream that the caller closed is no fault, and no file takes its place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CODE = """
import os, sys
from phenolens.cli import main
sys.argv = ["phenolens", *sys.argv[1:]]
try:
    main()
finally:
    file = os.open("made.txt", os.O_CREAT | os.O_WRONLY)
    os.write(file, b"%d" % file)
"""


def test_closed_streams_are_no_fault(tmp_path: Path) -> None:
    shell = f'"{sys.executable}" -c "$0" --version <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", shell, CODE], cwd=tmp_path, check=False)
    assert done.returncode == 0
    assert int((tmp_path / "made.txt").read_text()) > 2


def test_what_is_wrong_is_said_where_stdout_is_closed(tmp_path: Path) -> None:
    shell = f'"{sys.executable}" -c "$0" score nowhere.csv >&-'
    done = subprocess.run(
        ["sh", "-c", shell, CODE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: nowhere.csv: ")
    assert len(done.stderr.splitlines()) == 1
