"""A folder of images whose names contain plate, well, site and channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import tifffile

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.images.contents import Contents
from phenolens.images.conventions import Fit, fits
from phenolens.images.faults import faults
from phenolens.images.fields import Fields
from phenolens.images.named import Naming
from phenolens.images.problem import Problem
from phenolens.images.table import folder
from phenolens.screens.base import Recognised, refuse

_SHOWN = 2  # further conventions that names follow


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
            column that it shares with the pattern: plate and well, or well alone for a platemap;
            or a list of them, one per plate.
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
    table: str | tuple[str, ...] = ""
    columns: dict[str, str] = field(default_factory=dict)
    allow_unmatched: bool = False
    unreadable: Literal["stop", "leave_out"] = "stop"

    def __post_init__(self) -> None:
        _ = self._naming  # which checks the pattern

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
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that the names of images are those of a known program."""
        return cls._of_names(fits(contents.images))

    @classmethod
    def _of_names(cls, found: list[Fit]) -> Recognised | None:
        """Return the layout of the convention that fits most names; it says what others fit."""
        if not found:
            return None
        fit, others = found[0], [one for one in found[1:] if one.pattern != found[0].pattern]
        share = fit.count / (fit.count + fit.others)
        why = f"{fit.count} of {fit.count + fit.others} images have names of {fit.name}"
        more = [
            f"{one.count} have names of {one.name}: prepare their folder by itself"
            for one in others[:_SHOWN]
        ]
        return Recognised(
            certainty=round(0.3 + 0.4 * share, 3),
            why="; ".join([why, *more]),
            layout=cls(pattern=fit.pattern),
        )

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

    @property
    def _naming(self) -> Naming:
        return Naming(
            pattern=self.pattern,
            channels=self.channels,
            names=self.names,
            table=self.table,
            columns=self.columns,
            allow_unmatched=self.allow_unmatched,
            leave_out=self.unreadable == "leave_out",
        )

    def _found(self, root: Path) -> Fields:
        return self._naming.find(root)
