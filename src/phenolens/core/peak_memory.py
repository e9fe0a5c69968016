"""The peak memory of this process alone."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_process_mb() -> float:
    """Return the most memory that this process has held at once, in MB (10^6 bytes).

    Linux counts what the process that started this one held into `ru_maxrss`: a small process
    started by a large one would look as large. So it is read from the process's own status where
    there is one. 0 where the system does not say.
    """
    if _STATUS.is_file():
        found = re.search(r"^VmHWM:\s*(\d+) kB", _STATUS.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return int(found[1]) * 1024 / 1e6
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
