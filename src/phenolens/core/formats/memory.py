"""The memory that a file asks for, against what this computer has free, before any is taken."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

from phenolens.core.errors import InputError

_DEFLATE = 1032  # how many times larger than the file its content can be
_TEXT = 2  # a number takes up to twice as many bytes as text as it takes in memory
_CHUNK = 1 << 20
_LACKS = re.compile(
    r"out of memory|unable to allocate|can(no|')t allocate|(re|m)alloc of size|bad_alloc"
    r"|launch worker thread|start new thread",
    re.IGNORECASE,
)
FIX = (
    "use a computer with more memory, fewer columns or one plate per file; parquet can also be "
    "aggregated in pieces: `phenolens profile --stream`"
)


def free_memory() -> int | None:
    """Return the bytes that this process can still take, swap included; None: not known."""
    try:
        found = dict(re.findall(r"(\w+):\s+(\d+) kB", Path("/proc/meminfo").read_text()))
        free = 1024 * (int(found["MemAvailable"]) + int(found["SwapFree"]))
        group = Path("/sys/fs/cgroup/memory.max")  # of a container
        limit = group.read_text().strip() if group.is_file() else "max"
        return min([free, *_limits(), *([int(limit)] if limit.isdecimal() else [])])
    except (OSError, KeyError, ValueError):
        return None


def _limits() -> list[int]:
    """Return what `ulimit -v` leaves."""
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return []
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return [max(0, limit - pages * resource.getpagesize())]


def refuse_larger(size: int) -> None:
    """Raise if a table of so many bytes cannot be in memory.

    Raises:
        InputError: It is larger than what is free: says both.
    """
    free = free_memory()
    if free is not None and size > free:
        raise InputError(
            f"needs at least {size / 2**30:.1f} GB of memory, and {free / 2**30:.1f} GB are free",
            fix=FIX,
        )


def refuse_larger_text(path: Path) -> None:
    """Raise if gzipped text is larger than could be in memory; it is counted, not kept.

    A file that is too small to be that large is not opened.

    Raises:
        InputError: It is.
    """
    free = free_memory()
    most = None if free is None else free * _TEXT
    if path.suffix.lower() != ".gz" or most is None or path.stat().st_size * _DEFLATE <= most:
        return
    size = 0
    try:
        with gzip.open(path) as file:
            while size <= most and (chunk := file.read(_CHUNK)):
                size += len(chunk)
    except (OSError, EOFError, zlib.error):  # damaged: its reader says how
        return
    if size > most:
        what = f"holds more than {most / 2**30:.1f} GB of text"
        raise InputError(f"{what}, which is too much for the memory that is free", fix=FIX)


def lack_of_memory(error: BaseException) -> InputError | None:
    """Return the error of a reader that had too little memory; None: the file is to blame."""
    text = " ".join(str(error).split())
    if not isinstance(error, MemoryError) and not _LACKS.search(text):
        return None
    return InputError(f"not enough memory to read it ({text[:200]})", fix=FIX)
