"""Levels: the rows that an audit looks at, as wells and as treatments, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.core.values import SEPARATOR, Values
from phenolens.neighbours.order import canonical_order
from phenolens.profiling.aggregate import Aggregate

TRUTHS = ("moa", "target", "gene")
# An average over several values of these would mix different things.
_APART = ("cell_line", "time")


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """One table at the levels that an audit needs.

    Attributes:
        wells: Several rows per treatment (wells, fields averaged to wells); None where the table
            has one row per treatment.
        treatments: One row per treatment; None where the table names no treatment.
        by_batch: One row per treatment and batch, where most treatments are in several batches:
            there the strict NSCB of treatments has no candidate left; else None.
        truth: The column that scores match on, None where the table has none.
        notes: What was averaged or left out, in sentences.
    """

    wells: Profiles | None
    treatments: Profiles | None
    by_batch: Profiles | None
    truth: str | None
    notes: tuple[str, ...]

    @property
    def rows(self) -> Profiles:
        """The finest level: wells, or else treatments."""
        rows = self.wells if self.wells is not None else self.treatments
        assert rows is not None  # noqa: S101 -- one of them always is
        return rows

    @classmethod
    def of(cls, profiles: Profiles, truth: str | None = None) -> Levels:
        """Return the levels of a table.

        Args:
            profiles: Of cells, fields, wells or treatments.
            truth: The column to match on; else the first of moa, target and gene.

        Raises:
            InputError: No row, or no feature that is finite everywhere.
        """
        notes: list[str] = []
        profiles = _finite(profiles, notes)
        profiles = profiles.take(canonical_order(profiles))
        profiles = _named(_to_wells(profiles, notes), notes)
        meta = profiles.meta
        truth = _truth(profiles, truth)
        if "treatment" not in meta.columns:
            return cls(profiles, None, None, truth, tuple(notes))
        if not meta["treatment"].dropna().duplicated().any():
            return cls(None, profiles, None, truth, tuple(notes))
        treatments = _mean(profiles, ("treatment",))
        notes.append(
            f"treatments are the mean of their rows: {count_of(len(profiles), 'row')}, "
            f"{len(treatments)} treatments"
        )
        by_batch = None
        if _crossed(treatments):
            by_batch = _mean(profiles, ("treatment", "batch"))
            notes.append(
                "most treatments are in several batches: NSCB and drop use one row per treatment "
                "and batch"
            )
        return cls(profiles, treatments, by_batch, truth, tuple(notes))


def _finite(profiles: Profiles, notes: list[str]) -> Profiles:
    """Return the profiles without the features that are not finite in some row."""
    profiles.not_empty("the audit")
    good = np.isfinite(profiles.features).all(axis=0)
    if good.all():
        return profiles
    if not good.any():
        raise InputError(
            "every feature is missing or infinite in some row",
            fix="fill the values first, such as with the step select_features",
        )
    names = [name for name, kept in zip(profiles.names, good, strict=True) if kept]
    notes.append(
        f"{count_of(int((~good).sum()), 'feature')} with missing or infinite values left out"
    )
    return replace(profiles, features=profiles.features[:, good], names=tuple(names))


def _to_wells(profiles: Profiles, notes: list[str]) -> Profiles:
    """Return one row per well where the table holds fields or cells."""
    meta = profiles.meta
    by = tuple(c for c in ("plate", "well", "time") if c in meta.columns)
    if not {"plate", "well"} <= set(by) or not {"site", "cell"} & set(meta.columns):
        return profiles
    if not meta.duplicated(list(by)).any():
        return profiles
    wells = Aggregate(by=by, missing="drop")(profiles)
    notes.append(
        f"wells are the mean of their rows: {count_of(len(profiles), 'row')}, "
        f"{count_of(len(wells), 'well')}"
    )
    return wells


def _named(profiles: Profiles, notes: list[str]) -> Profiles:
    """Return the profiles with a column `treatment`: the compound where they have none."""
    meta = profiles.meta
    if "treatment" in meta.columns or "compound" not in meta.columns:
        return profiles
    notes.append("no column 'treatment': the compound is used instead")
    return replace(profiles, meta=meta.assign(treatment=meta["compound"]))


def _truth(profiles: Profiles, truth: str | None) -> str | None:
    """Return the column to match on: given, or the first with two values among treated rows.

    Raises:
        InputError: The column asked for is not in the table.
    """
    if truth is not None:
        profiles.column(truth, "the audit")
        return truth
    meta = profiles.meta
    if "control" in meta.columns:
        meta = meta[~control_rows(meta)]
    usable = [name for name in TRUTHS if name in meta.columns]
    return next((n for n in usable if meta[n][Values.of(meta[n]).known].nunique() > 1), None)


def _mean(profiles: Profiles, by: tuple[str, ...]) -> Profiles:
    """Return the mean of each group; controls with the name of a treatment are kept separate."""
    meta = profiles.meta
    apart = [c for c in _APART if c in meta.columns and meta[c].nunique() > 1]
    also = ["control"] if "control" in meta.columns else []
    means = Aggregate(by=(*by, *also, *apart), missing="drop")(profiles)
    return means.take(canonical_order(means))


def _crossed(treatments: Profiles) -> bool:
    """Return whether most treatments are in several batches."""
    meta = treatments.meta
    if "batch" not in meta.columns:
        return False
    several = meta["batch"].astype("string").str.contains(SEPARATOR, regex=False)
    if "control" in meta.columns:
        several = several[~control_rows(meta)]
    return len(several) > 0 and bool(several.fillna(value=False).mean() > 0.5)
