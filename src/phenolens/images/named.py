"""Image files whose names say plate, well, site, channel and time, as the fields of a screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.pattern import Pattern
from phenolens.core.reading.wells import well_at, well_name
from phenolens.images.fields import Fields, Gathering
from phenolens.images.problem import Problem
from phenolens.images.read import SUFFIXES
from phenolens.images.table import note
from phenolens.images.walk import walk

_WHOLE = "it must match the whole path below the folder; begin it with (?:.*/)? to skip folders"
_NUMBERS, _NUMBER = ("site", "time"), "[0-9]{1,9}"
Timed = Callable[[pd.DataFrame, Path], tuple[pd.DataFrame, list[Problem]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming(Gathering):
    """How names of files become fields; its attributes are the settings of `ImageFolder`.

    Attributes:
        pattern: Regex with named groups that matches a file's whole path below the root.
        names: Value of the group `channel` -> name of the channel.
    """

    pattern: str
    names: Mapping[str, str]

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

    def find(self, root: Path, timed: Timed | None = None) -> Fields:
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
        return self.gather(files, root, problems)

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
            images = count_of(len(every), "image")
            what = f"the pattern '{self.pattern}' matches none of {images}; the first is"
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
        if self.leave_out:
            files = files[~bad].reset_index(drop=True)
        for name in _NUMBERS:
            if name in files and files[name].str.fullmatch(_NUMBER).eq(other=True).all():
                files[name] = files[name].astype(int)
        if "channel" in files:
            files["channel"] = files["channel"].map(lambda value: self.names.get(value, value))
        return files, odd


def _no_well(path: Path, text: str) -> Problem:
    what = f"its name gives {text}, which is on no plate"
    return Problem("well", str(path), None, what, "correct the pattern, or rename the file")


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES
