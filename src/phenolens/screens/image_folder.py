"""A folder of images whose names contain plate, well, site and channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import tifffile
from jaxtyping import Shaped

from phenolens.core.errors import InputError
from phenolens.core.pattern import Pattern
from phenolens.core.reading.wells import well_at, well_name
from phenolens.core.roles import with_roles
from phenolens.core.screen import Screen
from phenolens.images.depth import planes_in
from phenolens.images.faults import faults
from phenolens.images.files import ImageFiles
from phenolens.images.platemap import lay_over
from phenolens.images.problem import Problem
from phenolens.images.read import SUFFIXES
from phenolens.images.table import find_one, folder, note
from phenolens.images.walk import walk
from phenolens.screens.base import refuse

_WHOLE = "it must match the whole path below the folder; begin it with (?:.*/)? to skip folders"
_NUMBERS, _NUMBER = ("site", "time"), "[0-9]{1,9}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFolder:
    r"""A folder of TIFF, PNG or JPEG files whose names contain plate, well, site and channel.

    Attributes:
        pattern: Regex with named groups that matches a file's whole path below the root, written
            with `/`. `well` is needed (or `row` and `column`); `plate` is the root folder's name
            if neither pattern nor table gives it; with a group `channel` each file is one
            channel, without it each file has all. Every other group becomes a column.
        channels: Channels to read, in this order, by the group's value (or by `names`); empty:
            all, sorted. For files that have all channels: their names.
        names: Value of the group `channel` -> name of the channel, as `{"1" = "DNA"}`.
        table: Metadata table (CSV or parquet, a path or glob below the root), joined on every
            column that it shares with the pattern: plate and well, or well alone for a platemap.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the images may be without a row in the table.
        unreadable: `stop` where an image is damaged or a channel of a field is missing, or
            `leave_out` the field: it is counted and named. More than half is an error.

    Example:
        >>> layout = ImageFolder(pattern=r"(?P<plate>\w+)/(?P<well>[A-P]\d+)_(?P<channel>\w+)\.tif")
    """

    pattern: str
    channels: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    table: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    allow_unmatched: bool = False
    unreadable: Literal["stop", "leave_out"] = "stop"

    def __post_init__(self) -> None:
        groups = self._groups()
        if "well" not in groups and not {"row", "column"} <= groups:
            raise InputError(
                f"the pattern needs a group well, or row and column; it has {sorted(groups)}",
                fix=r"as (?P<well>[A-P]\d\d)",
            )

    def __call__(self, root: Path) -> Screen:
        """Return the screen.

        Raises:
            InputError: No file matches, a channel of a field is missing, two files are the same
                field, or the table does not fit: names file and row.
        """
        found = self._found(folder(root))
        refuse(found.problems, len(found.meta), self)
        return found.files.screen(found.meta, found.channels, found.gone)

    def problems(self, root: Path, *, pixels: bool = False) -> Iterator[Problem]:
        """Yield every problem of the screen: names, table, headers and, if asked, all pixels."""
        try:
            found = self._found(folder(root))
        except InputError as error:
            yield Problem.of("folder", error)
            return
        yield from found.problems
        yield from faults(found.files, found.meta, found.channels, pixels=pixels)

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> ImageFolder:
        """Write 2 plates of 2 wells, 2 sites and 2 channels with a platemap; return the layout."""
        rng = np.random.default_rng(seed)
        for plate in ("P1", "P2"):
            (root / plate).mkdir(parents=True, exist_ok=True)
            for name in ("A01_s1", "A01_s2", "B02_s1", "B02_s2"):
                for channel in ("DNA", "Actin"):
                    counts = rng.poisson(900, size).astype(np.uint16)
                    tifffile.imwrite(root / plate / f"{name}_{channel}.tif", counts)
        platemap = {"Well": ["A01", "B02"], "Compound": ["DMSO", "taxol"]}
        pd.DataFrame(platemap).to_csv(root / "platemap.csv", index=False)
        pattern = r"(?P<plate>\w+)/(?P<well>[A-H]\d\d)_s(?P<site>\d)_(?P<channel>\w+)\.tif"
        return cls(pattern=pattern, channels=("DNA", "Actin"), table="platemap.csv")

    def _groups(self) -> set[str]:
        return set(Pattern.of(self.pattern, "pattern").names)

    def _found(self, root: Path) -> _Found:
        files, problems = self._matched(root)
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
        leave_out = self.unreadable == "leave_out"
        image_files = ImageFiles(root, paths, len(channels) or None, leave_out=leave_out)
        gone = [p.what for p in problems if p.kind == "missing image"] if leave_out else []
        problems = [image_files.may_be_left_out(problem) for problem in problems]
        return _Found(fields, channels, image_files, problems, gone)

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
class _Found:
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
