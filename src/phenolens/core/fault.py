"""A fault of ours: its trace is saved to a file, so that a user can report it."""

from __future__ import annotations

import tempfile
import time
import traceback
from pathlib import Path

from phenolens.core.versions import PACKAGES, own_version, version_of


def save_trace(error: BaseException, command: str) -> Path | None:
    """Write what a report of a fault needs to the temporary folder; return the file.

    It holds the versions, the command and the trace. None where the folder cannot be written.

    Args:
        error: What was raised.
        command: The command line, as it was typed.
    """
    versions = {name: version_of(name) or "not installed" for name in (*PACKAGES, "torch")}
    lines = [
        own_version(),
        ", ".join(f"{name} {number}" for name, number in versions.items()),
        f"command: {command}",
        "",
        *traceback.format_exception(error),
    ]
    stamp = time.strftime("%Y%m%d-%H%M%S")
    try:
        handle, name = tempfile.mkstemp(prefix=f"phenolens-error-{stamp}-", suffix=".txt")
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123
            file.write("\n".join(lines))
    except OSError:
        return None
    return Path(name)
