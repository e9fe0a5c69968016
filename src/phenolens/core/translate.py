"""Errors of the system in one line: what a user can fix, in the words of `InputError`."""

from __future__ import annotations

import errno
import os
import re
import traceback
from collections.abc import Iterator

from phenolens.core.errors import InputError
from phenolens.core.extras import extra_of, install
from phenolens.core.files import PARTIAL

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_MEMORY = {errno.ENOMEM, errno.EAGAIN}
# `.wells.csv.lock` next to a file or folder, and the locks of a stage in the cache.
_LOCK = re.compile(r"(?:(?<=/)|^)\.?([^/]+?)\.(?:lock|lock\.json|uses(?:/[^/]*)?)$")
_RIGHTS = "change its rights, or name another place"
_ROOM = "make room and run the same command again to resume"
_SMALLER = (
    "use a computer with more memory, or ask for less: a smaller batch size, fewer images, "
    "`phenolens profile --stream` for a large parquet file"
)
# What libraries say instead of raising an error of the system, each found in their sources or seen.
_SAYS_FULL = re.compile(
    r"no space left on device|disk quota exceeded|file too large|enforce fail at inline_container"
    r"|PytorchStreamWriter failed writing|basic_ios::clear: iostream error"
    r"|errno = (27|28|122)\b|os error (27|28|122)\b",
    re.IGNORECASE,
)
_SAYS_MEMORY = re.compile(
    r"out of memory|can't allocate memory|cannot allocate memory|unable to allocate|bad_alloc"
    r"|malloc of size|realloc of size|can't start new thread|failed to launch worker thread"
    r"|errno = 12\b|os error 12\b"
    # Of oneDNN, and of the system's loader of libraries, where an address space is full.
    r"|could not create a (primitive|memory)|failed to map segment",
    re.IGNORECASE,
)


def translate(error: BaseException) -> InputError | None:
    """Return the same error as a user reads it, or None where it is a fault of ours.

    Translated are errors of the system (a disk that is full, a folder that may not be written),
    too little memory, an extra that is not installed, and a file that is cut short or nested too
    deeply. An `InputError` is returned as it is, unless such an error caused it: a reader that took
    too little memory for a damaged file would give the wrong fix.

    Args:
        error: What a command raised.
    """
    if isinstance(error, InputError):
        return _with_its_cause(error)
    for one in (error, *_causes(error)):
        found = _of_the_machine(one) or _of_a_file(one) or _of_an_extra(one)
        if found is not None:
            return found
    return None


def _with_its_cause(error: InputError) -> InputError:
    """Return the error, or what caused it where that has another fix."""
    for cause in _causes(error):
        found = _of_the_machine(cause)
        if found is not None:
            return InputError(found.what, where=error.where or found.where, fix=found.fix)
        missing = None if error.fix.startswith("pip install") else _of_an_extra(cause)
        if missing is not None:
            return missing
    return error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what an error was raised from, the nearest first."""
    seen = {id(error)}
    cause = _cause(error)
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = _cause(cause)


def _cause(error: BaseException) -> BaseException | None:
    """Return what an error was raised from; nothing where it says all (`raise ... from None`)."""
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _of_the_machine(error: BaseException) -> InputError | None:
    """Return what disk, memory or rights are to blame for."""
    place, number = _place(error), getattr(error, "errno", None)
    text = " ".join(str(error).split())
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and number in _MEMORY):
        return _no_memory(place, text)
    if isinstance(error, OSError) and number in _FULL:
        return _no_room(place, limited=number == errno.EFBIG)
    if isinstance(error, OSError) and number in _DENIED:
        what = f"cannot be read or written: {(error.strerror or 'denied').lower()}"
        fixed = number == errno.EROFS  # no rights change that
        fix = "name another place, with --out or --cache" if fixed else _RIGHTS
        return InputError(what, where=place, fix=fix)
    if isinstance(error, InputError):
        return None
    if _SAYS_FULL.search(text):
        return _no_room(place)
    return _no_memory(place, text) if _SAYS_MEMORY.search(text) else None


def _no_room(place: str, *, limited: bool = False) -> InputError:
    if limited:
        fix = "raise the limit (ulimit -f), or name a place on another disk"
        return InputError("files here may not be so large", where=place, fix=fix)
    return InputError("no space left on the disk", where=place, fix=_ROOM)


def _no_memory(place: str, text: str) -> InputError:
    asked = re.search(r"[Uu]nable to allocate [\d.]+ \wi?B|(m|re)alloc of size \d+", text)
    asked = asked or re.search(r"[Tt]ried to allocate [\d.]+ \w+", text)
    said = f" ({asked[0][0].lower()}{asked[0][1:]})" if asked else ""
    return InputError(f"not enough memory{said}", where=place, fix=_SMALLER)


_OF_FILES = {
    errno.ENOENT: ("no such file or folder", "name one that exists"),
    errno.ENOTDIR: ("is a file where a folder is needed", "name another place"),
    errno.EISDIR: (
        "is a folder where a file is needed",
        "move the folder away, or name a file in it",
    ),
    errno.EEXIST: ("exists already, and is not what is needed here", "name another place"),
    errno.ENOTEMPTY: ("is a folder that holds files", "name another place"),
    errno.ENAMETOOLONG: ("the name is too long", "use a shorter one"),
    errno.ELOOP: ("is a link that leads back to itself", "name the file that is meant"),
    errno.EMFILE: ("too many files are open", "raise the limit: ulimit -n 4096"),
    errno.ENFILE: ("too many files are open", "close other programs"),
    errno.EIO: ("the disk cannot be read or written", "check the disk, then run again to resume"),
    errno.ESTALE: ("the network disk has lost the file", "run the same command again to resume"),
    errno.EBUSY: ("is in use by another program", "close it, then run again"),
    errno.ETXTBSY: ("is in use by another program", "close it, then run again"),
}


def _of_a_file(error: BaseException) -> InputError | None:
    place = _place(error)
    if isinstance(error, OSError):
        what, fix = _OF_FILES.get(error.errno or 0, ("", ""))
        if os.path.lexists(place) and not os.path.exists(place):  # noqa: PTH110 -- never raises
            what, fix = "is a link that leads nowhere", "remove it, or name another place"
        what = what or (error.strerror or "").lower()
        return InputError(what, where=place, fix=fix) if what else None
    if isinstance(error, EOFError):
        fix = "copy it again; what a run of phenolens made is made again once it is deleted"
        return InputError("a file is empty or cut short", where=place, fix=fix)
    if isinstance(error, UnicodeDecodeError):
        at, encoding = error.start, error.encoding
        what = f"is not text in {encoding}: the byte at position {at} does not belong there"
        return InputError(what, where=place or "a file", fix="save it as UTF-8")
    if isinstance(error, UnicodeEncodeError):
        what = f"{error.object[error.start : error.end]!r} cannot be written as {error.encoding}"
        return InputError(what, where=place, fix="use other characters, or set PYTHONUTF8=1")
    if isinstance(error, RecursionError) and _is_reading(error):
        return InputError("is nested too deeply to be read", where=place or "a file or setting")
    return None


def _is_reading(error: BaseException) -> bool:
    """Return whether a parser raised it, rather than code of ours that calls itself."""
    frames = traceback.walk_tb(error.__traceback__)
    modules = {str(frame.f_globals.get("__name__")).partition(".")[0] for frame, _ in frames}
    return bool(modules & {"json", "tomllib", "ast", "tokenize"})


def _of_an_extra(error: BaseException) -> InputError | None:
    """Return which extra to install where one of its modules cannot be imported."""
    name = error.name if isinstance(error, ImportError) else None
    extra = extra_of(name) if name else None
    if name is None or extra is None:
        return None
    package = name.partition(".")[0]
    missing = isinstance(error, ModuleNotFoundError)
    what = "is not installed" if missing else f"cannot be imported ({error})"
    return InputError(f"needs {package}, which {what}", fix=install(extra))


def _place(error: BaseException) -> str:
    """Return the file that an error of the system names."""
    name = getattr(error, "filename", None)
    if name is None or isinstance(name, int):
        return ""
    second = getattr(error, "filename2", None)  # of a rename: where it leads to
    named = os.fsdecode(second if isinstance(second, str | bytes) else name)
    named = re.sub(rf"{re.escape(PARTIAL)}[^/]*/?", "", named)  # what is being written, not where
    return _LOCK.sub(r"\1", named)
