"""Which replicates a table's layout allows to compare, and what that cannot see."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows

_ENOUGH = 0.5  # share of treatments that must have a replicate of a kind


@dataclass(frozen=True, slots=True)
class Layout:
    """Which rows count as replicates in a table, and which are their rivals.

    Where most treatments are repeated in several batches, a replicate is in another batch, and
    every well of another compound is a rival: a batch effect lowers the score. Where they are not,
    replicates are on other plates of their batch. Rivals of other batches would then be beaten by
    any chain that separates batches, so rivals are those of the same batch; batch effects show
    only in the negative controls, which are in all batches.

    Attributes:
        positives: Replicates.
        negatives: Rivals.
        mixed_by: Column by which controls should not differ, if there is one.
        notes: What a reader must know.
    """

    positives: PairRule
    negatives: PairRule
    mixed_by: str | None
    notes: tuple[str, ...]

    @classmethod
    def of(cls, profiles: Profiles) -> Layout:
        """Return the layout of a table of wells.

        Raises:
            InputError: No compounds or treatments, rows that are not wells, or no replicates.
        """
        for name in ("compound", "treatment"):
            profiles.column(name, "tune")
        meta = profiles.meta
        _refuse_no_wells(meta)
        if "control" in meta.columns:
            meta = meta[~control_rows(meta)]
        meta = meta[meta["treatment"].notna() & meta["compound"].notna()]
        across = _across(meta)
        apart, notes = _apart(meta, across)
        batches = _several(meta, "batch")
        if across == "batch" or not batches:
            same: tuple[str, ...] = ()
            notes.insert(0, f"A replicate is in another {across}; rivals are all other compounds.")
        else:
            same = ("batch",)
            notes.insert(
                0,
                f"Too few treatments are repeated in several batches: a replicate is in another "
                f"{across} of its batch, and so are its rivals. Batch effects do not count: "
                f"see how the controls' batches mix.",
            )
        return cls(
            positives=PairRule(same=("treatment",), differ=apart),
            negatives=PairRule(same=same, differ=("compound",)),
            mixed_by=next((name for name in ("batch", "plate") if _several(meta, name)), None),
            notes=tuple(notes),
        )


def _across(meta: pd.DataFrame) -> str:
    """Return the coarsest column in which enough treatments have replicates."""
    for name in ("batch", "plate", "well"):
        if (
            _several(meta, name)
            and _share(meta.groupby("treatment", observed=True)[name].nunique() > 1) >= _ENOUGH
        ):
            return name
    raise InputError(
        "tune chooses by replicates: at least half of the treatments must be on two plates or more",
        fix="if these are treatment profiles, give the wells they were made of",
    )


def _apart(meta: pd.DataFrame, across: str) -> tuple[tuple[str, ...], list[str]]:
    """Return the columns in which replicates differ: the well position too, where it can be."""
    if across == "well":
        return ("well",), ["Replicates are on the same plate, so plate effects are not seen."]
    if "well" not in meta.columns:
        return (across,), [
            "Well positions are unknown, so a position effect may look like the compound's."
        ]
    met = meta[["treatment", across, "well"]].drop_duplicates()
    pairs = met.merge(met, on="treatment", suffixes=("", "_other"))
    pairs = pairs[pairs[across] != pairs[f"{across}_other"]]
    moved = pairs[pairs["well"] != pairs["well_other"]]["treatment"].nunique()
    total = pairs["treatment"].nunique()
    if moved / max(1, total) >= _ENOUGH:
        return (across, "well"), [
            "Replicates are in another well position: its effect cannot help."
        ]
    return (across,), [
        f"Position is confounded with treatment: {total - moved} of {total} treatments are in the "
        f"same well on every plate, so a position effect may look like a replicate's."
    ]


def _several(meta: pd.DataFrame, name: str) -> bool:
    return name in meta.columns and meta[name].nunique() > 1


def _share(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else 0.0


def _refuse_no_wells(meta: pd.DataFrame) -> None:
    """Raise where several rows are one well."""
    where = [name for name in ("source", "batch", "plate", "well") if name in meta.columns]
    if "plate" in where and "well" in where and meta.duplicated(where).any():
        raise InputError(
            f"tune searches on wells, and {int(meta.duplicated(where).sum())} rows share "
            f"{' and '.join(where)} with another",
            fix="aggregate(by=[plate,well]) first: `phenolens profile`",
        )
