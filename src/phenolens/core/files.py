"""Writing a file or a folder so that it is either complete or absent."""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from phenolens.core.errors import InputError

PARTIAL = ".partial-"  # begins the name of the folder in which a file is being written
_REPLACED = "replaced"  # within it: the old folder, until the new one is in place
_CANNOT_FLUSH = {errno.EINVAL, errno.ENOTSUP}  # of file systems that flush no folders


@contextmanager
def written(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path in the same folder; on success it replaces `path`.

    The caller writes a file or a folder there. It keeps the suffixes of `path`, so writers that go
    by the suffix work, and it is absolute: a `~` in it is a name (`core.inside.literal`). It is
    flushed to disk before it is renamed, and the parent folder after: a crash at any moment leaves
    the old file or the new one. On an error the temporary file is deleted and `path` is unchanged.
    Missing parent folders are created.

    A folder that is not empty cannot be replaced by one rename: the old one is moved aside first,
    and deleted once the new one is in place. After a crash between the two, `path` is absent; the
    next write in the same parent folder puts the old one back, and so does `put_back`.

    Others may read what is written as the umask says, whatever the caller's writer does.

    What a killed process left is deleted by the next write in the same parent folder; the files
    of a process that is still running, or runs on another host, are never touched.

    Raises:
        OSError: Nothing was written, a file would replace a folder, or a folder a file.
        InputError: A device, pipe or socket is there, which would be replaced by a file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with written(Path(folder) / "a.txt") as partial:
        ...         _ = partial.write_text("whole")
        ...     (Path(folder) / "a.txt").read_text(), len(list(Path(folder).iterdir()))
        ('whole', 1)
    """
    path = Path(path)
    refuse_device(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(path.parent)
    # A folder of its own: some writers create more than one file, or insist on creating theirs.
    prefix = f"{PARTIAL}{_host()}-{os.getpid()}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent.absolute()))
    partial = folder / path.name
    try:
        yield partial
        _set_modes(partial)
        flush_all(partial)
        _replace(partial, path, folder / _REPLACED)
        _flush(path.parent)
    except OSError as error:
        if error.errno and error.filename is None:  # as of a full disk: say what was written
            error.filename = str(path)
        raise
    finally:
        _discard(folder)


def write_text(path: Path | str, text: str) -> Path:
    """Write UTF-8 text as `written` does; return the path."""
    with written(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return Path(path)


def refuse_device(path: Path) -> None:
    """Raise where something is there that is neither a file nor a folder: it cannot be put back.

    Raises:
        InputError: A device, a pipe or a socket is there, or a link to one.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise InputError(
            "is a device, a pipe or a socket, and would be replaced by a file",
            where=path,
            fix="name a file to write",
        )


def put_back(path: Path) -> bool:
    """Return whether a folder is there again that a killed process had moved aside to replace it.

    Call it where a folder that should be there is not.
    """
    if not path.exists() and path.parent.is_dir():
        with suppress(OSError):  # a folder that may only be read
            _clear_leftovers(path.parent)
            return path.exists()
    return False


def publish(folder: Path, target: Path) -> Path:
    """Rename a finished folder to `target`, which must not exist; return it.

    Its files are flushed to disk first, so that after a crash the folder is complete or absent.
    """
    flush_all(folder)
    folder.rename(target)
    _flush(target.parent)
    return target


def clear_leftovers(folder: Path, *, below: bool = True) -> None:
    """Delete what killed writes have left in a folder, and in the folders below; see `written`."""
    if not below:
        _clear_leftovers(folder)
        return
    for inner in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        if inner.is_dir():  # not deleted meanwhile, as part of a leftover
            _clear_leftovers(inner)


def _replace(partial: Path, path: Path, replaced: Path) -> None:
    """Rename over what is there; a folder that is not empty is moved aside first."""
    while True:
        try:
            partial.replace(path)
        except OSError:
            if not (partial.is_dir() and path.is_dir()):
                raise
        else:
            return
        _remove(replaced)
        replaced.mkdir()
        with suppress(FileNotFoundError):  # another process has moved it
            path.rename(replaced / path.name)


def _set_modes(path: Path) -> None:
    """Give files and folders the rights that the umask leaves; some writers make private files.

    A disk that keeps no rights (FAT, some network disks) may refuse: then there are none to give.
    """
    if os.name == "nt":
        return
    kept = ~_umask()
    for part in (path, *(path.rglob("*") if path.is_dir() else ())):
        if not part.is_symlink():
            with suppress(PermissionError, NotImplementedError):
                part.chmod((0o777 if part.is_dir() else 0o666) & kept)


def _umask() -> int:
    """Return the umask of this process."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"^Umask:\s*([0-7]+)", status.read_text(), re.MULTILINE)
        if found:
            return int(found[1], 8)
    mask = os.umask(0o077)  # it can only be read by setting it: the safe one, for a moment
    os.umask(mask)
    return mask


def _discard(folder: Path) -> None:
    """Delete a temporary folder; if its write was cut off, put the replaced folder back."""
    replaced = folder / _REPLACED
    for old in list(replaced.iterdir()) if replaced.is_dir() else []:
        target = folder.parent / old.name
        if not target.exists():
            with suppress(OSError):  # another process was faster
                old.rename(target)
    # What cannot be deleted now (a network disk may still hold it) is no reason to fail a write.
    shutil.rmtree(folder, ignore_errors=True)


def _clear_leftovers(parent: Path) -> None:
    """Delete the temporary folders in `parent` whose process on this host is gone."""
    prefix = f"{PARTIAL}{_host()}-"
    for name in os.listdir(parent):  # noqa: PTH208 -- iterdir takes 2.5 times as long
        if name.startswith(prefix):
            process = name.removeprefix(prefix).partition("-")[0]
            if process.isdecimal() and not _is_running(int(process)):
                _discard(parent / name)


def _is_running(process: int) -> bool:
    if os.name == "nt":  # os.kill would end the process there
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it runs under another user
        return True
    return True


def _host() -> str:
    """Return this host's name and, on Linux, the namespace in which its process numbers count.

    Containers may share a host name and a disk, but number their processes independently.
    """
    name = re.sub(r"\W", "_", socket.gethostname())[:64]
    namespace = Path("/proc/self/ns/pid")
    return f"{name}.{namespace.stat().st_ino}" if namespace.exists() else name


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)


def flush_all(path: Path) -> None:
    """Flush a file, or a folder with everything in it, to disk."""
    for part in path.rglob("*") if path.is_dir() else ():
        if not part.is_symlink():  # what it points to is not ours, or not there
            _flush(part)
    _flush(path)


def _flush(path: Path) -> None:
    """Flush a file, or the entries of a folder, to disk."""
    windows, folder = os.name == "nt", path.is_dir()
    if windows and folder:  # Windows cannot open a folder
        return
    # Windows flushes only what is open for writing.
    handle = os.open(path, os.O_RDWR if windows else os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if not (folder and error.errno in _CANNOT_FLUSH):
            raise
    finally:
        os.close(handle)
