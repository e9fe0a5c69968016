"""Options of the table of profiles that a command reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from phenolens.core.profile_table import ProfileTable
    from phenolens.core.profiles import Profiles


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """The table of profiles that a command reads, and what its rows are.

    Attributes:
        profiles: Files or globs, one table of all rows.
        columns: `OURS=THEIRS`, where the conventions are not enough.
        join: Metadata tables.
        batch_of_plate: Expression that finds the batch in a plate's name.
        where: Query on the metadata.
        allow_unmatched: A joined table may have no match for most rows.
        coordinates: Coordinates of single cells are features.
        features: What happens if the files' features differ.
    """

    profiles: Annotated[
        list[str],
        typer.Argument(
            metavar="PROFILES...", help="Table of profiles; several, or a glob, become one table."
        ),
    ]
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="OURS=THEIRS", help="Name a column: batch=Metadata_Week."),
    ] = None
    join: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TABLE", help="Join a table of metadata on the columns that both have; several."
        ),
    ] = None
    batch_of_plate: Annotated[
        str,
        typer.Option(
            metavar="REGEX", help="How to find the batch in a plate's name: '^(Week\\d+)_'."
        ),
    ] = ""
    where: Annotated[
        str, typer.Option(metavar="QUERY", help="Rows to keep: 'compound != \"taxol\"'.")
    ] = ""
    allow_unmatched: Annotated[
        bool,
        typer.Option(
            "--allow-unmatched", help="Join a table that has no match for most rows, too."
        ),
    ] = False
    coordinates: Annotated[
        bool,
        typer.Option(
            "--coordinates", help="Keep coordinates and bounding boxes of single cells as features."
        ),
    ] = False
    features: Annotated[
        str,
        typer.Option(
            metavar="RULE",
            help="If the features of several files differ: refuse, or keep their intersection.",
        ),
    ] = "refuse"

    @property
    def table(self) -> ProfileTable:
        """The table that the options describe.

        Raises:
            InputError: A --column is not of the form OURS=THEIRS, or a file has no name.
        """
        from phenolens.core.errors import InputError
        from phenolens.core.profile_table import ProfileTable

        for option, names in (("PROFILES", self.profiles), ("--join", self.join or ())):
            if not all(name.strip() for name in names):
                raise InputError("expected the name of a file, got ''", where=option)
        named = {}
        for text in self.columns or ():
            ours, equals, theirs = text.partition("=")
            if not (ours.strip() and equals and theirs.strip()):
                raise InputError(
                    f"expected OURS=THEIRS, got {text!r}",
                    where="--column",
                    fix="as batch=Metadata_Week",
                )
            named[ours.strip()] = theirs.strip()
        return ProfileTable(
            table=tuple(self.profiles),
            columns=named,
            join=tuple(self.join or ()),
            batch_of_plate=self.batch_of_plate,
            where=self.where,
            allow_unmatched=self.allow_unmatched,
            coordinates=self.coordinates,
            features=self.rule,
        )

    @property
    def rule(self) -> Literal["refuse", "intersection"]:
        """The rule for features that differ.

        Raises:
            InputError: There is no such rule.
        """
        from phenolens.core.errors import InputError, nearest

        if self.features == "refuse":
            return "refuse"
        if self.features == "intersection":
            return "intersection"
        rules = ("refuse", "intersection")
        raise InputError(
            f"no rule {self.features!r}", where="--features", fix=nearest(self.features, rules)
        )

    def inputs(self) -> list[Path]:
        """Return every file that is read, or that an array may take its metadata from."""
        from phenolens.core.formats.npy import SUFFIXES

        files = self.table.paths(Path())
        tables = [
            file.with_name(file.stem + ending)
            for file in files
            if file.suffix.lower() == ".npy"
            for ending in SUFFIXES
        ]
        return [*files, *tables, *map(Path, self.join or ())]

    def load(self) -> Profiles:
        """Return its profiles; paths start at the working folder."""
        return self.table.load(Path())
