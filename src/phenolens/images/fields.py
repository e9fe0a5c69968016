"""A list of image files with plate, well and channel becomes the fields of a screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Shaped

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.roles import with_roles
from phenolens.images.depth import planes_in
from phenolens.images.files import ImageFiles
from phenolens.images.plate_tables import lay_tables_over
from phenolens.images.problem import Problem
from phenolens.images.table import note

FRAME = "frame of file"  # a column of files: which of its times a row is


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """How files become fields, and which metadata they get: settings of a layout.

    Attributes:
        channels: Channels to read, in this order; empty: all, sorted. For files that have all
            channels: their names.
        table: Metadata table, or several, as paths or globs below the root; empty: none.
        columns: Our column -> the table's own.
        allow_unmatched: Whether most images may be without a row in the table.
        leave_out: Whether fields whose files are damaged or missing are left out.
    """

    channels: tuple[str, ...]
    table: str | tuple[str, ...]
    columns: Mapping[str, str]
    allow_unmatched: bool
    leave_out: bool

    def gather(
        self, files: pd.DataFrame, root: Path, problems: list[Problem], index: str = ""
    ) -> Fields:
        """Return the fields that files make: one row per plate, well, site, ...

        Args:
            files: One row per file: `path` below the root, `well`, and where they are known
                `plate`, `site`, `channel` and others, by which fields differ. Without `channel`
                each file has all channels. A column `FRAME` says which of a file's times a row is.
            root: The folder.
            problems: What is known to be wrong with them.
            index: Name of the file that lists them, for messages; empty: they were found by name.

        Raises:
            InputError: A channel is in no file, or the table does not fit.
        """
        by = [name for name in files if name not in ("channel", "path")]
        problems = [*problems, *_gaps(files, root, index)]
        same = [name for name in files if name != "path"]
        again = files.duplicated(same).to_numpy()
        first = files.groupby(same, observed=True, dropna=False, sort=False)["path"].transform(
            "first"
        )
        problems += [
            _same(root, path, other, index)
            for path, other in zip(files["path"][again], first[again], strict=True)
        ]
        files = files[~again].reset_index(drop=True)
        channels = self._channels(files, root) if "channel" in files else self.channels
        fields, paths, more = _fields(files, by, channels, root)
        problems += more
        frames = fields.pop(FRAME).to_numpy(np.int64) if FRAME in fields else None
        fields, more = self._with_table(fields, root)
        problems += more
        if "plate" not in fields:
            fields["plate"] = root.resolve().name
        image_files = ImageFiles(
            root,
            paths,
            len(channels) or None,
            table=index,
            leave_out=self.leave_out,
            frames=frames,
        )
        missing = [p.what for p in problems if p.kind == "missing image"]
        missing += [f"{p.where}: {p.what}" for p in problems if p.kind == "well"]
        gone = missing if self.leave_out else []
        problems = [image_files.may_be_left_out(problem) for problem in problems]
        return Fields(fields, channels, image_files, problems, gone)

    def _with_table(self, fields: pd.DataFrame, root: Path) -> tuple[pd.DataFrame, list[Problem]]:
        if not self.table:
            return with_roles(fields), []
        return lay_tables_over(
            fields, root, self.table, self.columns, allow_unmatched=self.allow_unmatched
        )

    def _channels(self, files: pd.DataFrame, root: Path) -> tuple[str, ...]:
        found = sorted(files["channel"].dropna().unique())
        unknown = [name for name in self.channels if name not in found]
        if unknown:
            raise InputError(
                f"no file of channel '{unknown[0]}'", where=root, fix=f"found: {', '.join(found)}"
            )
        return self.channels or tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
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
        what = f"files of {count_of(len(others), 'channel')} left out"
        problems.append(note("left out", str(root), others, what))
    fields = files[by].iloc[np.unique(number, return_index=True)[1]].reset_index(drop=True)
    for row in np.flatnonzero((paths == "").any(axis=1)):
        lost = [repr(name) for name, path in zip(channels, paths[row], strict=True) if not path]
        name = " ".join(f"{key} {value}" for key, value in fields.iloc[row].items())
        what = f"no file of channel{'s' * (len(lost) > 1)} {', '.join(lost)} for {name}"
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


def _gaps(files: pd.DataFrame, root: Path, index: str) -> Iterator[Problem]:
    """Yield a problem for every file whose name, or index, lacks plate, well or channel."""
    for name in ("plate", "well", "channel"):
        for path in files["path"][files[name].isna()] if name in files else ():
            yield Problem(
                "missing value", str(root / path), None, f"{index or 'its name'} gives no {name}"
            )


def _same(root: Path, path: str, other: str, index: str) -> Problem:
    what = f"is the same field and channel as {other}"
    if index:
        fix = f"remove one of the two from {index}"
        return Problem("duplicate image", str(root / path), None, what, fix)
    fix = "add a group to the pattern that distinguishes them, as (?P<site>...)"
    if plane := planes_in(path, other):
        fix = (
            f"name one z plane in the pattern, as {plane}, or read every plane as an image of its "
        )
        fix += "own with a group z, as (?P<z>...)"
    return Problem("duplicate image", str(root / path), None, what, fix)
