"""Image files whose names say plate, well, site, channel and time, as the fields of a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Shaped

from phenolens.core.errors import InputError
from phenolens.core.pattern import Pattern
from phenolens.core.reading.wells import well_at, well_name
from phenolens.core.roles import with_roles
from phenolens.images.depth import planes_in
from phenolens.images.files import ImageFiles
from phenolens.images.platemap import lay_over
from phenolens.images.problem import Problem
from phenolens.images.read import SUFFIXES
from phenolens.images.table import find_one, note
from phenolens.images.walk import walk

_WHOLE = "it must match the whole path below the folder; begin it with (?:.*/)? to skip folders"
_NUMBERS, _NUMBER = ("site", "time"), "[0-9]{1,9}"
FRAME = "frame of file"  # a column of files: which of its times a row is
Timed = Callable[[pd.DataFrame, Path], tuple[pd.DataFrame, list[Problem]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How names of files become fields; its attributes are the settings of `ImageFolder`.

    Attributes:
        pattern: Regex with named groups that matches a file's whole path below the root.
        channels: Channels to read; empty: all, sorted.
        names: Value of the group `channel` -> name of the channel.
        table: Metadata table; empty: none.
        columns: Our column -> the table's own.
        allow_unmatched: Whether most images may be without a row in the table.
        leave_out: Whether fields whose files are damaged or missing are left out.
    """

    pattern: str
    channels: tuple[str, ...]
    names: Mapping[str, str]
    table: str
    columns: Mapping[str, str]
    allow_unmatched: bool
    leave_out: bool

    def __post_init__(self) -> None:
        groups = self.groups
        if "well" not in groups and not {"row", "column"} <= groups:
            raise InputError(
                f"the pattern needs a group well, or row and column; it has {sorted(groups)}",
                fix=r"as (?P<well>[A-P]\d\d)",
            )

    @property
    def groups(self) -> set[str]:
        """The named groups of the pattern."""
        return set(Pattern.of(self.pattern, "pattern").names)

    def find(self, root: Path, timed: Timed | None = None) -> Named:
        """Return the fields in a folder.

        Args:
            root: The folder.
            timed: Gives the files their times, as a column `time`: from the table of the files
                (their groups and `path`). A column `FRAME` says which of a file's times a row is.

        Raises:
            InputError: No file matches, a channel is in none, or the table does not fit.
        """
        files, problems = self._matched(root)
        if timed is not None:
            files, more = timed(files, root)
            problems += more
        by = [name for name in files if name not in ("channel", "path")]
        problems += _gaps(files, root)
        same = [name for name in files if name != "path"]
        again = files.duplicated(same).to_numpy()
        first = files.groupby(same, observed=True, dropna=False, sort=False)["path"].transform(
            "first"
        )
        problems += [
            _same(root, path, other)
            for path, other in zip(files["path"][again], first[again], strict=True)
        ]
        files = files[~again].reset_index(drop=True)
        channels = self._channels(files, root) if "channel" in files else self.channels
        fields, paths, more = _fields(files, by, channels, root)
        problems += more
        frames = fields.pop(FRAME).to_numpy(np.int64) if FRAME in fields else None
        if self.table:
            path = find_one(root, self.table)
            fields, more = lay_over(
                fields, path, self.columns, allow_unmatched=self.allow_unmatched
            )
            problems += more
        else:
            fields = with_roles(fields)
        if "plate" not in fields:
            fields["plate"] = root.resolve().name
        image_files = ImageFiles(
            root, paths, len(channels) or None, leave_out=self.leave_out, frames=frames
        )
        missing = [p.what for p in problems if p.kind == "missing image"]
        gone = missing if self.leave_out else []
        problems = [image_files.may_be_left_out(problem) for problem in problems]
        return Named(fields, channels, image_files, problems, gone)

    def _matched(self, root: Path) -> tuple[pd.DataFrame, list[Problem]]:
        """Return one row per file that the pattern matches: its groups and its path."""
        files, notes = walk(root, _is_image)
        every = [path.relative_to(root).as_posix() for path in files]
        if not every:
            raise InputError("no TIFF, PNG or JPEG file in the folder", where=root)
        pattern = Pattern.of(self.pattern, "pattern")
        matched = {path: pattern.fullmatch(path) for path in every}
        matches = {path: found for path, found in matched.items() if found is not None}
        if not matches:
            what = f"the pattern '{self.pattern}' matches none of {len(every)} images; the first is"
            alike = Pattern.of(self.pattern, "pattern", small_and_capital=True)
            case = alike.fullmatch(every[0]) is not None
            fix = "begin it with (?i) to match capitals and small letters alike" if case else _WHOLE
            raise InputError(f"{what} '{every[0]}'", where=root, fix=fix)
        rows = [found | {"path": path} for path, found in matches.items()]
        others = [path for path in every if path not in matches]
        what = "images do not match the pattern"
        notes += [note("not matched", str(root), others, what)] if others else []
        files, odd = self._tidy(pd.DataFrame(rows), root)
        return files, [*notes, *odd]

    def _tidy(self, files: pd.DataFrame, root: Path) -> tuple[pd.DataFrame, list[Problem]]:
        """Return the groups with wells in their one spelling and sites as numbers."""
        if "well" in files:
            given = files["well"].map(lambda text: f"well '{text}'", na_action="ignore")
            wells = files["well"].map(well_name, na_action="ignore")
        else:
            row, column = files.pop("row"), files.pop("column")
            given = "row '" + row + "', column '" + column + "'"
            there = given.notna()
            pairs = zip(row[there], column[there], strict=True)
            wells = pd.Series([well_at(*pair) for pair in pairs], given.index[there], dtype=object)
        files["well"] = wells.reindex(given.index).astype(object)
        bad = files["well"].isna() & given.notna()
        odd = [
            _no_well(root / path, text)
            for path, text in zip(files["path"][bad], given[bad], strict=True)
        ]
        files.loc[bad, "well"] = given[bad]  # so that two such files are not one field
        for name in _NUMBERS:
            if name in files and files[name].str.fullmatch(_NUMBER).eq(other=True).all():
                files[name] = files[name].astype(int)
        if "channel" in files:
            files["channel"] = files["channel"].map(lambda value: self.names.get(value, value))
        return files, odd

    def _channels(self, files: pd.DataFrame, root: Path) -> tuple[str, ...]:
        found = sorted(files["channel"].dropna().unique())
        unknown = [name for name in self.channels if name not in found]
        if unknown:
            raise InputError(
                f"no file of channel '{unknown[0]}'", where=root, fix=f"found: {', '.join(found)}"
            )
        return self.channels or tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """What a folder holds: fields, channels, files, and what is wrong with them."""

    meta: pd.DataFrame
    channels: tuple[str, ...]
    files: ImageFiles
    problems: list[Problem]
    gone: list[str]  # fields that are left out because they lack a channel


def _fields(
    files: pd.DataFrame, by: list[str], channels: tuple[str, ...], root: Path
) -> tuple[pd.DataFrame, Shaped[np.ndarray, "n channel"], list[Problem]]:
    """Return one row per field, the paths of its channels, and what is left out or missing."""
    if "channel" not in files:
        return files[by], files[["path"]].to_numpy(dtype=object), []
    number = files.groupby(by, dropna=False, sort=False, observed=True).ngroup().to_numpy()
    column = pd.Index(channels).get_indexer(files["channel"])
    paths = np.full((number.max() + 1, len(channels)), "", dtype=object)
    wanted = column >= 0
    paths[number[wanted], column[wanted]] = files["path"][wanted]
    problems = []
    if not wanted.all():
        others = sorted(set(files["channel"][~wanted].astype(str)))
        what = f"files of {len(others)} channels left out"
        problems.append(note("left out", str(root), others, what))
    fields = files[by].iloc[np.unique(number, return_index=True)[1]].reset_index(drop=True)
    for row, c in np.argwhere(paths == ""):
        name = " ".join(f"{key} {value}" for key, value in fields.iloc[row].items())
        what = f"no file of channel '{channels[c]}' for {name}"
        problems.append(
            Problem(
                "missing image",
                str(root),
                None,
                what,
                "copy it, or remove the other files of the field",
            )
        )
    whole = (paths != "").all(axis=1)
    return fields[whole].reset_index(drop=True), paths[whole], problems


def _gaps(files: pd.DataFrame, root: Path) -> Iterator[Problem]:
    """Yield a problem for every file whose name lacks plate, well or channel."""
    for name in ("plate", "well", "channel"):
        for path in files["path"][files[name].isna()] if name in files else ():
            yield Problem("missing value", str(root / path), None, f"its name gives no {name}")


def _same(root: Path, path: str, other: str) -> Problem:
    what = f"is the same field and channel as {other}"
    fix = "add a group to the pattern that distinguishes them, as (?P<site>...)"
    if plane := planes_in(path, other):
        fix = (
            f"name one z plane in the pattern, as {plane}, or read every plane as an image of its "
        )
        fix += "own with a group z, as (?P<z>...)"
    return Problem("duplicate image", str(root / path), None, what, fix)


def _no_well(path: Path, text: str) -> Problem:
    what = f"its name gives {text}, which is on no plate"
    return Problem("well", str(path), None, what, "correct the pattern, or rename the file")


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES
