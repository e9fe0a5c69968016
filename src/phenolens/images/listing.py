"""Image files as an index lists them, and what concerns them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pandas as pd

from phenolens.images.contents import Contents
from phenolens.images.problem import Problem
from phenolens.images.table import note

_FIXED = ("z", "timepoint")  # columns that say nothing where all files have one value


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The image files of a folder, from its index files.

    Attributes:
        files: One row per file, with the columns that `Gathering.gather` describes.
        index: Name of the index files, for messages.
        pixel_sizes: Micrometres per pixel that each index states, by its name.
        problems: What is wrong with the indexes, notes included.
        order: Channels in the order of the instrument; empty: by name.
        metadata: Table by our names, joined on plate and well where the user names no other.
        metadata_file: Its file, for messages.
    """

    files: pd.DataFrame
    index: str
    pixel_sizes: Mapping[str, float] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    order: tuple[str, ...] = ()
    metadata: pd.DataFrame | None = None
    metadata_file: str = ""

    @property
    def pixel_size(self) -> float | None:
        """Micrometres per pixel, where all that is known agrees to a thousandth."""
        sizes = sorted(self.pixel_sizes.values())
        alike = bool(sizes) and sizes[-1] <= sizes[0] * 1.001
        return sizes[0] if alike else None

    def notes(self, contents: Contents) -> list[Problem]:
        """Return notes: pixel sizes that differ, and images of the folder that are not listed."""
        found = []
        if self.pixel_sizes and self.pixel_size is None:
            named = [f"{name} {size:.4g}" for name, size in self.pixel_sizes.items()]
            what = "indexes state different pixel sizes, in micrometres"
            found.append(note("mixed pixel size", str(contents.root), named, what))
        listed = {str(PurePosixPath(path)) for path in self.files["path"]}
        others = [name for name in contents.images if name not in listed]
        if others:
            what = f"images are not listed by {self.index}"
            found.append(note("not listed", str(contents.root), others, what))
        return found


def without_fixed(files: pd.DataFrame, names: Iterable[str] = _FIXED) -> pd.DataFrame:
    """Return a table of files without the columns of planes and times of which there is one."""
    fixed = [name for name in names if name in files and files[name].nunique(dropna=False) == 1]
    return files.drop(columns=fixed)


def plate_names(given: Mapping[str, str]) -> dict[str, str]:
    """Return the plate of every index: its own name, with its folder where two have the same.

    Args:
        given: Path of the index -> the name that it gives its plate; empty: that of its folder.

    Example:
        >>> plate_names({"a/Index.xml": "P1", "b/Index.xml": "P1", "c/Index.xml": ""})
        {'a/Index.xml': 'P1 (a)', 'b/Index.xml': 'P1 (b)', 'c/Index.xml': 'c'}
    """
    folders = {path: PurePosixPath(path).parent for path in given}
    named = {path: name or folders[path].name for path, name in given.items()}
    counts = pd.Series(list(named.values()), dtype=object).value_counts()
    return {
        path: f"{name} ({folders[path]})" if counts[name] > 1 else name
        for path, name in named.items()
    }
