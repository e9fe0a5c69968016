"""The note of a pixel store, `store.json`: what the store holds, read as the file of a stranger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import UInt64

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.files import write_text
from phenolens.core.screen import IntensityRule, Screen
from phenolens.core.small_files import read_small
from phenolens.core.step_record import plain

NOTE, PIXELS, META = "store.json", "pixels.npy", "meta.parquet"
DONE, SOURCES, UNREADABLE = "done.npy", "sources.npy", "unreadable.jsonl"
LOOKS = "looks.npy"  # what was measured of each image
COUNTS = "counts.npz"  # how often each count occurs, per plate and channel
LEARNED = ("illumination.npz",)  # what pixel steps estimated, one file each
FILES = (
    NOTE,
    PIXELS,
    META,
    DONE,
    SOURCES,
    UNREADABLE,
    LOOKS,
    COUNTS,
    *LEARNED,
)  # all that a store consists of
AGAIN = "it will be made again"
DELETE = "delete the folder: the next run makes it again"


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a store says of itself.

    Attributes:
        channels: As the screen's.
        size: As the screen's.
        level: As the screen's.
        pixel_size: As the screen's.
        images: How many there are, those that cannot be read included.
        history: As the screen's.
        rescale: The screen's intensity rule.
        fingerprint: Of the screen; see `fingerprint`.
        made_by: What the pixels of an image depend on but for its files; empty: not known.
        sums: File -> SHA-256, of those that are small.
        unreadable: Row and reason of the images that could not be read.
        leave_out: Whether such images are left out.
        chunk: Images that are written together: what a kill can cost.
        ready: Whether all files are there, so that a killed process can be resumed.
        complete: Whether all pixels are there.
    """

    channels: tuple[str, ...]
    size: tuple[int, int]
    level: Literal["field", "cell"]
    pixel_size: float | None
    images: int
    history: tuple[dict[str, Any], ...]
    rescale: dict[str, Any] | None
    fingerprint: str
    made_by: str = ""
    sums: dict[str, str] | None = None
    unreadable: tuple[tuple[int, str], ...] = ()
    leave_out: tuple[str, ...] | None = None
    chunk: int = 32
    ready: bool = True  # of stores that were begun before this was noted
    complete: bool = False

    def __post_init__(self) -> None:
        if self.chunk < 1:
            raise InputError(f"must be at least 1, got {self.chunk}", where="chunk")

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-self.images // self.chunk)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape of the array of pixels."""
        return self.images, len(self.channels), *self.size

    def write(self, folder: Path) -> None:
        """Write the note."""
        write_text(folder / NOTE, json.dumps(plain(asdict(self)), indent=1))

    def rule(self) -> IntensityRule | None:
        """Return the intensity rule."""
        return None if self.rescale is None else construct(IntensityRule, self.rescale, "rescale")


def note_of(screen: Screen, fingerprint: str, made_by: str, chunk: int) -> Note:
    """Return what the store of a screen says of it, before anything is written."""
    rule = None if screen.rescale is None else asdict(screen.rescale)
    return Note(
        channels=screen.channels,
        size=screen.size,
        level=screen.level,
        pixel_size=None if np.isnan(screen.pixel_size or 0) else screen.pixel_size,
        images=len(screen),
        history=tuple(json.loads(json.dumps(plain(screen.history)))),
        rescale=rule,
        fingerprint=fingerprint,
        made_by=made_by,
        leave_out=screen.left_out,
        chunk=chunk,
        ready=False,
    )


def differences(known: Note, note: Note) -> list[str]:
    """Return in what a store differs from the one that is asked for."""
    one, two = asdict(known), asdict(note)
    kept = ("sums", "unreadable", "ready", "complete", "made_by", "chunk")
    return [k for k in one if k not in kept and _text(one[k]) != _text(two[k])]


def read_note(folder: Path) -> Note | None:
    """Return the note of a store; None where there is none.

    Raises:
        InputError: It is damaged.
    """
    path = folder / NOTE
    try:
        table = json.loads(read_small(path))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError, OSError) as error:
        raise InputError("is damaged", where=path, fix=DELETE) from error
    try:
        if not isinstance(table, Mapping):
            raise InputError("is not a table")
        note = construct(Note, table, str(path))
        note.rule()
        rows = [row for row, _ in note.unreadable]
        if any(not 0 <= row < note.images for row in rows) or (rows and note.leave_out is None):
            raise InputError("leaves out rows that it may not")
    except (InputError, TypeError, ValueError) as error:
        what = error.what if isinstance(error, InputError) else str(error)
        raise InputError(f"is damaged ({what})", where=path, fix=DELETE) from error
    return replace(note, sums=note.sums or {})


def damage(folder: Path, note: Note) -> str:
    """Return the first file of a store that is not as it was written, and why; empty if none is.

    Pixels are recognised by their header and size: to read them all takes long. `store/chunks.py`
    does it where they are used again.
    """
    path = folder / PIXELS
    wrong = _wrong_array(path, note.shape, np.uint16)
    if wrong:
        return f"{path}: {wrong}"
    for name in (META, SOURCES):
        checksum = (note.sums or {}).get(name)
        if checksum and checksum_of(folder / name) != checksum:
            return f"{folder / name}: is damaged"
    return ""


def _wrong_array(path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> str:
    """Return what is wrong with an `.npy` file; empty if nothing is."""
    if not path.is_file():
        return "is missing"
    try:
        array = np.load(path, mmap_mode="r")
    except Exception:  # NumPy raises many kinds on a damaged header; a pickle is refused
        return f"is damaged ({path.stat().st_size:,} bytes)"
    if not isinstance(array, np.memmap):
        return "is damaged (not an array of numbers)"
    if array.dtype != dtype or array.shape != shape:
        return f"is damaged ({array.dtype} of shape {array.shape}, not {np.dtype(dtype)} {shape})"
    whole = array.offset + array.nbytes
    if not array.flags.c_contiguous or path.stat().st_size != whole:
        return f"is damaged ({path.stat().st_size:,} bytes, not {whole:,})"
    return ""


def marks(folder: Path, note: Note) -> UInt64[np.ndarray, " chunks"]:
    """Return the checksum of each chunk of a store; 0 where it is not written.

    Raises:
        InputError: The file is missing or damaged.
    """
    path = folder / DONE
    wrong = _wrong_array(path, (note.chunks,), np.uint64)
    if wrong:
        raise InputError(wrong, where=path, fix=DELETE)
    found: np.ndarray = np.load(path)
    return found


def checksum_of(path: Path) -> str:
    """Return the SHA-256 of a small file; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _text(value: object) -> str:
    return json.dumps(plain(value))  # two NaN are the same fact
