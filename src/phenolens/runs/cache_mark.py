"""The mark of a cache: the file that says that a folder is ours to clear.

A folder that a user names with `--cache` may hold anything. Where it holds files and no mark, a run
only adds to it: what it did not write there is neither listed nor deleted.
"""

from __future__ import annotations

from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.files import PARTIAL, write_text

TAG = "CACHEDIR.TAG"  # of the standard at bford.info/cachedir: backups leave such folders out
_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55"
_OURS = "# The stages of runs of phenolens; `phenolens cache` lists and clears them."
_LONGEST = 4096  # bytes that are read
_PASSED_OVER = (PARTIAL, ".DS_Store")


def mark(root: Path) -> None:
    """Make the folder of a cache, and its mark where it is new or empty.

    Raises:
        InputError: There is a file.
    """
    if root.exists() and not root.is_dir():
        what = "is a file where a folder is needed"
        raise InputError(what, where=root, fix="name another --cache")
    root.mkdir(parents=True, exist_ok=True)
    if not any(path for path in root.iterdir() if not path.name.startswith(_PASSED_OVER)):
        write_text(root / TAG, f"{_SIGNATURE}\n{_OURS}\n")


def is_marked(root: Path) -> bool:
    """Return whether a folder has the mark of a cache of phenolens."""
    path = root / TAG
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        lines = file.read(_LONGEST).decode("utf-8", "replace").splitlines()
    return lines[:2] == [_SIGNATURE, _OURS]
