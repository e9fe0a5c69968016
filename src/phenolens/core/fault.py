"""A fault of ours: its trace is saved to a file, so that a user can report it."""

from __future__ import annotations

import platform
import shlex
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path


def save_trace(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write what a report of a fault needs to the temporary folder; return the file.

    It holds the versions, the command and the trace, and nothing of the user's files. None where
    the temporary folder cannot be written.

    Args:
        error: What was raised.
        arguments: The command line.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    trace = "".join(traceback.format_exception(error))
    lines = [f"command: {shlex.join(arguments)}", f"folder: {_folder()}", *versions(), "", trace]
    try:
        handle, name = tempfile.mkstemp(prefix=f"phenolens-error-{stamp}-", suffix=".txt")
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123
            file.write("\n".join(lines))
    except OSError:
        return None
    return Path(name)


def versions() -> list[str]:
    """Return the versions that matter for a report, one line each."""
    from importlib.metadata import PackageNotFoundError, version

    lines = [f"python {platform.python_version()}", f"platform {platform.platform()}"]
    for package in ("phenolens", "numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "torch"):
        try:
            lines.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            lines.append(f"{package} is not installed")
    return lines


def _folder() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return "deleted"
