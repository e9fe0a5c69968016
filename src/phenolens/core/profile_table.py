"""ProfileTable: a table of profiles made elsewhere, and the tables that describe its rows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from phenolens.core.columns import Named
from phenolens.core.counts import count_of
from phenolens.core.errors import InputError, nearest
from phenolens.core.formats.dispatch import read, read_with
from phenolens.core.formats.npy import table_of
from phenolens.core.inside import permitted
from phenolens.core.join import join
from phenolens.core.named_files import named_files
from phenolens.core.overlooked import warn_of_overlooked
from phenolens.core.pattern import Pattern
from phenolens.core.profiles import Profiles
from phenolens.core.query import matching
from phenolens.core.reading.blanks import bare, on_distinct
from phenolens.core.reading.ids import id_text
from phenolens.core.repeats import repeated_places
from phenolens.core.roles import with_roles, without_derived
from phenolens.core.shared_features import shared_features
from phenolens.core.source import Source
from phenolens.core.stack import stack

_LOG = logging.getLogger("phenolens")


@dataclass(frozen=True, kw_only=True)
class ProfileTable:
    """A table of profiles made elsewhere, and the tables that describe its rows.

    Attributes:
        table: File of profiles in any format that can be read, relative to the root; several
            files, or a glob (`plates/BR*.csv.gz`), become one table with all their rows.
        join: Metadata tables, joined one after the other on the columns shared so far. Only
            columns that the shared columns determine are added.
        columns: Our name -> the tables' own name, if the convention is not enough.
        batch_of_plate: Regular expression with one group that finds the batch in a plate's name.
        where: Query on the metadata that selects rows. Empty: all rows.
        rows: The metadata of an `.npy`, relative to the root. Empty: the table of its name.
        coordinates: Keep coordinates and bounding boxes of single cells as features.
        allow_unmatched: A joined table may have no match for more than half of the rows.
        features: What happens if the files' features differ: `refuse`, or `intersection`, which
            keeps those that every file has.
    """

    table: str | tuple[str, ...]
    join: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    batch_of_plate: str = ""
    where: str = ""
    rows: str = ""
    coordinates: bool = False
    allow_unmatched: bool = False
    features: Literal["refuse", "intersection"] = "refuse"

    def load(self, root: Path) -> Profiles:
        """Return the profiles with all their metadata.

        Each join and the query are entries of the provenance. Rows without a match are counted
        there and in the log.

        Raises:
            InputError: A file is absent, the tables' features differ, there is no column to join
                on, or no row matches.
        """
        rows = str(root / self.rows) if self.rows else ""
        paths, columns = self.paths(root), self.named(root)
        shown = [_shown(path, root) for path in paths]
        parts = [_part(path, columns, rows) for path in paths]
        chain: tuple[dict[str, Any], ...] = ()
        if self.features == "intersection" and len(parts) > 1:
            parts, entry = shared_features(parts, shown)
            chain = (entry,)
            counts = sorted(set(entry["features_in"].values()))
            _LOG.info(
                "features that all of the files have: %d (%d files, of %d to %d features)",
                *(entry["features_out"], len(parts), counts[0], counts[-1]),
            )
        one = stack(parts, shown, roles=False)
        for warning in repeated_places(parts, shown):
            _LOG.warning("%s", warning)
        return self.complete(replace(one, provenance=(*one.provenance, *chain)), root)

    def complete(self, profiles: Profiles, root: Path) -> Profiles:
        """Return profiles that were read in another way, with the joined metadata added.

        Controls and treatments are derived at the end, from all that is known then.

        Raises:
            InputError: As `load`.
        """
        meta, chain = profiles.meta, list(profiles.provenance)
        if self.join:
            meta = without_derived(meta)
        unknown = np.zeros(len(meta), dtype=bool)
        for name in self.join:
            joined = join(
                meta,
                root / name,
                self.columns,
                unknown=unknown,
                allow_unmatched=self.allow_unmatched,
            )
            if known := sorted(set(joined.facts["brought"]) & set(profiles.names)):
                raise InputError(
                    f"brings '{known[0]}', which is a feature already "
                    f"({count_of(len(known), 'such column')})",
                    where=root / name,
                    fix="join a table of metadata, without the features",
                )
            if "compound" in joined.facts["brought"]:
                unknown |= joined.unmatched
            meta = joined.meta
            chain.append({"step": "join", "file": Path(name).name, **joined.facts})
        meta = with_roles(meta, lambda row: replace(profiles, meta=meta).place(row))
        warn_of_overlooked(meta, profiles)
        if self.batch_of_plate:
            if "plate" not in meta:
                raise InputError(
                    "batch_of_plate needs a column 'plate'",
                    fix=nearest("plate", meta.columns, "the table has"),
                )
            meta["batch"] = batch_of_plate(meta["plate"], self.batch_of_plate)
        profiles = replace(profiles, meta=meta, provenance=tuple(chain))
        if not self.where:
            return profiles
        selected = profiles.take(matching(profiles.meta, self.where))
        entry = {
            "step": "where",
            "query": self.where,
            "rows_in": len(meta),
            "rows_out": len(selected),
        }
        return replace(selected, provenance=(*selected.provenance, entry))

    def named(self, root: Path) -> Named:
        """Return how the columns are named; the joined tables may have some of them."""
        joined = (
            [root / name for name in self.join if (root / name).is_file()] if self.columns else []
        )
        elsewhere = {bare(str(name)) for path in joined for name in table_of(path).columns}
        return Named(self.columns, elsewhere, coordinates=self.coordinates)

    def paths(self, root: Path) -> list[Path]:
        """Return the files without repeats; those of a glob are sorted by name.

        Raises:
            InputError: A glob matches no file.
        """
        return named_files(self.table, root, _permitted)


def _permitted(name: str, path: Path) -> Path:
    """Return the path of a table, if it and the files that are read with it may be read."""
    for other in read_with(path):
        permitted(name, other, "profiles.table")
    return permitted(name, path, "profiles.table")


def _part(path: Path, columns: Named, rows: str) -> Profiles:
    """Return one file's profiles without derived roles; its given ones are checked."""
    parts = read(path, columns, rows)
    try:
        with_roles(parts.meta)  # names the row whose control or concentration cannot be read
        source = Source.of(parts.meta.index, path.name)
        return Profiles(parts.meta, parts.features, parts.names, parts.provenance, source)
    except InputError as error:
        raise error.at(path) from error


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def batch_of_plate(plates: pd.Series, pattern: str) -> pd.Series:
    """Return the batch that a regular expression with one group finds in each plate's name.

    Raises:
        InputError: The expression is invalid, takes too long, or does not match a plate's name.
    """
    expression = Pattern.with_one_group(pattern, "batch_of_plate")
    found = on_distinct(id_text(plates), lambda plate: expression.search(str(plate)))
    if found.isna().any():
        plate = plates[found.isna()].iloc[0]
        raise InputError(
            f"{pattern!r} finds no batch in the plate name '{plate}'",
            fix="change --batch-of-plate so that it fits every plate",
        )
    return found
