"""The command that this process runs, as a person would type it."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

_HOW = ("-c", "-m", "", "__main__.py")  # Python's name for a program without a file of its own


def command_line(*more: str) -> str:
    """Return the command, quoted for a shell: to say by what a file is written, or how to resume.

    Args:
        more: Arguments added at the end.

    Example:
        >>> command_line("--out", "my run").endswith("--out 'my run'")
        True
    """
    program = Path(sys.argv[0]).name
    typed = shlex.join(["phenolens" if program in _HOW else program, *sys.argv[1:], *more])
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    return f"torchrun ... {typed}" if several else typed  # its own options are not known here
