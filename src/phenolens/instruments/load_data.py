"""CellProfiler's `load_data.csv`: one row per field, with the files of its channels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.ids import whole_or_text
from phenolens.core.reading.place import HEADER
from phenolens.images.problem import Problem
from phenolens.images.table import as_metadata, note, read_table, require

_FILE, _PATH, _URL, _META = "FileName_", "PathName_", "URL_", "Metadata_"
_ORIG, _ILLUM = "Orig", "Illum"


def is_load_data(columns: Sequence[str]) -> bool:
    """Return whether a table with these columns lists the images of a CellProfiler pipeline."""
    return bool(image_columns(columns)) and "Metadata_Well" in columns


def image_columns(columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return channel -> its columns of (folders, files); the first is empty where a URL has both.

    Illumination functions (`FileName_IllumDNA`) are not channels. `Orig` before a name is dropped.

    Example:
        >>> image_columns(["FileName_OrigDNA", "PathName_OrigDNA", "FileName_IllumDNA", "URL_ER"])
        {'DNA': ('PathName_OrigDNA', 'FileName_OrigDNA'), 'ER': ('', 'URL_ER')}
    """
    found: dict[str, tuple[str, str]] = {}
    for column in columns:
        for prefix in (_FILE, _URL):
            raw = column.removeprefix(prefix)
            name = raw.removeprefix(_ORIG) or raw
            if raw == column or raw.startswith(_ILLUM) or name in found:
                continue
            if prefix == _URL:
                found[name] = ("", column)
            elif _PATH + raw in columns:
                found[name] = (_PATH + raw, column)
    return found


def read_load_data(
    root: Path, name: str, files: Collection[str], columns: dict[str, str]
) -> tuple[pd.DataFrame, tuple[str, ...], list[Problem]]:
    """Return one row per image file, the channels in order, and notes.

    Folders in the table are those of another computer, so of each the longest end that is here is
    taken: of `/home/ubuntu/bucket/P1/Images/` the folder `P1/Images`, or `Images`, below the root
    or next to the table.

    Args:
        root: The folder.
        name: Path of the table below it.
        files: Paths of all files below it.
        columns: Our column -> the table's own.

    Raises:
        InputError: It cannot be read, or lacks the well or image columns.
    """
    path = root / name
    table = read_table(path)
    channels = image_columns(list(table.columns))
    if not channels:
        fix = "it needs FileName_X and PathName_X, or URL_X, for each channel X"
        raise InputError("lists no image", where=path, fix=fix)
    own = {c.removeprefix(p) for pair in channels.values() for c in pair for p in (_FILE, _URL)}
    kept = [c for c in table if c.startswith(_META) and not c.endswith(tuple("_" + o for o in own))]
    kept += [c for c in columns.values() if c in table and c not in kept]
    meta = as_metadata(table[kept], columns, path)
    require(meta, ["well"], path)
    if "site" in meta:
        meta["site"] = whole_or_text(meta["site"])
    meta = meta.loc[:, [c for c in meta if meta[c].notna().any()]]
    found = _Folders(PurePosixPath(name).parent, frozenset(files))
    parts = []
    for channel, (folders, names) in channels.items():
        there = table[names].notna()
        paths = [
            found.path(*pair)
            for pair in zip(
                table.loc[there, folders] if folders else [""] * int(there.sum()),
                table.loc[there, names],
                strict=True,
            )
        ]
        parts.append(meta[there].assign(channel=channel, path=paths))
    return pd.concat(parts, ignore_index=True), tuple(channels), _notes(table, meta, path)


def _notes(table: pd.DataFrame, meta: pd.DataFrame, path: Path) -> list[Problem]:
    found = []
    illum = [c.removeprefix(_FILE) for c in table if c.startswith(_FILE + _ILLUM)]
    if illum:
        what = "illumination functions are listed, and not applied"
        found.append(note("illumination", str(path), illum, what))
    keys = [name for name in ("plate", "well", "site", "time") if name in meta]
    again = meta[meta.duplicated(keys)]
    if len(again):
        rows = [f"row {int(row) + HEADER}" for row in again.index]
        found.append(note("repeated field", str(path), rows, f"rows repeat {', '.join(keys)}"))
    return found


class _Folders:
    """Finds folders of another computer among those that are here."""

    def __init__(self, home: PurePosixPath, files: frozenset[str]) -> None:
        self._home, self._files = home, files
        self._known: dict[str, str] = {}

    def path(self, folder: str, name: str) -> str:
        """Return the path of a file below the root; one that is nowhere keeps its last folder."""
        whole = PurePosixPath(f"{folder}/{name}".replace("\\", "/").replace("//", "/"))
        parts = [part for part in whole.parts if part not in ("/", "..", ".") and part[-1:] != ":"]
        above = "/".join(parts[:-1])
        if above in self._known and self._known[above] + parts[-1] in self._files:
            return self._known[above] + parts[-1]
        for start in range(len(parts)):
            for base in ("", "" if str(self._home) == "." else f"{self._home}/"):
                end = base + "/".join(parts[start:])
                if end in self._files:
                    self._known[above] = end[: len(end) - len(parts[-1])]
                    return end
        return self._known.get(above, "/".join(parts[-2:-1]) + "/" * (len(parts) > 1)) + parts[-1]
