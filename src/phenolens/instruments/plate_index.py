"""What the index file of one plate says, and how the plates of a folder become one listing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import pandas as pd

from phenolens.images.contents import Contents
from phenolens.images.listing import Listing, plate_names, without_fixed
from phenolens.images.problem import Problem

_KEPT = ("well", "site", "z", "time", "timepoint", "channel", "path")


@dataclass(frozen=True, slots=True, eq=False)
class PlateIndex:
    """What an index says.

    Attributes:
        plate: Its name for the plate; empty where it has none.
        files: One row per image: well, site, channel, path, and z and time where there are several.
        channels: In the order of the instrument.
        pixel_size: Micrometres per pixel, where all images have one.
        problems: Notes.
    """

    plate: str
    files: pd.DataFrame
    channels: tuple[str, ...]
    pixel_size: float | None = None
    problems: tuple[Problem, ...] = ()


def listing_of(indexes: Mapping[str, PlateIndex], index: str, contents: Contents) -> Listing:
    """Return the images of all plates of a folder.

    Args:
        indexes: What each says, by its path below the root.
        index: Name of the index files, for messages.
        contents: Of the folder. A plate without a name, in the root itself, is called as it is.
    """
    plates = plate_names({name: one.plate for name, one in indexes.items()})
    root = contents.root.resolve().name
    parts = [one.files.assign(plate=plates[name] or root) for name, one in indexes.items()]
    return Listing(
        files=pd.concat(parts, ignore_index=True),
        index=index,
        pixel_sizes={n: one.pixel_size for n, one in indexes.items() if one.pixel_size},
        problems=tuple(problem for one in indexes.values() for problem in one.problems),
        order=tuple(dict.fromkeys(name for one in indexes.values() for name in one.channels)),
    )


def files_of(table: pd.DataFrame, folder: PurePosixPath, file: str) -> pd.DataFrame:
    """Return the columns that describe files, with their paths below the root.

    Args:
        table: One row per image.
        folder: That the files are in.
        file: Column of their names.
    """
    named = table.assign(path=[(folder / name).as_posix() for name in table[file]])
    files = without_fixed(named)
    return files[[name for name in _KEPT if name in files]]


def distinct(names: Mapping[int, str], first: int = 0) -> dict[int, str]:
    """Return the name of each channel, with its number where two share a name.

    Args:
        names: By number.
        first: What is added to the numbers that are shown.

    Example:
        >>> distinct({1: "DAPI", 2: "GFP", 3: "GFP"})
        {1: 'DAPI', 2: 'GFP (2)', 3: 'GFP (3)'}
    """
    given = list(names.values())
    return {k: f"{n} ({k + first})" if given.count(n) > 1 else n for k, n in names.items()}


def with_hours(table: pd.DataFrame, seconds: pd.Series) -> pd.DataFrame:
    """Return the table with `time`, in hours from the first time point, instead of its number.

    Unchanged where there is one time point, or the start of one is not known, or two start at once.

    Args:
        table: One row per image, with `timepoint`.
        seconds: When each was taken, from any start; missing where that is not known.
    """
    begins = seconds.groupby(table["timepoint"], observed=True).min()
    if len(begins) == 1 or begins.isna().any() or begins.duplicated().any():
        return table
    hours = table["timepoint"].map((begins - begins.min()) / 3600).round(6)
    return table.drop(columns="timepoint").assign(time=hours)
