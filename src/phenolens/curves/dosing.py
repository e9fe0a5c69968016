"""The drugs and doses of all treatments as columns, in one unit, and which of them are controls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from phenolens.core.errors import listed
from phenolens.core.reading.molar import MICROMOLAR, NOT_GIVEN
from phenolens.curves.condition import Dose, Treatment

AS_WRITTEN = "dose_as_written"
UNIT = "concentration_unit"
_COLUMNS = [
    *("compound", "concentration", "control", "compound_2", "concentration_2", AS_WRITTEN),
]


def dose_table(
    treatments: Sequence[Treatment],
    controls: Collection[str] = (),
    marked: Collection[int] = (),
) -> tuple[pd.DataFrame, list[str]]:
    """Return one row per treatment, and what a reader should know of the doses.

    Columns: `compound`, `concentration`, `control`; `compound_2`, `concentration_2` where two drugs
    are combined: `compound` then names the second drug with its dose, so that the rows of one
    compound are a series of doses of the first. Molar doses are in uM. `concentration_unit` has the
    unit of each dose in `concentration`; where units are mixed, doses that are not molar are in
    `dose_as_written` and their `concentration` is missing. The concentration of a control is 0
    where it has none in that unit.

    Args:
        treatments: In any order.
        controls: Names of drugs that are controls, next to the known ones.
        marked: Places of treatments that are controls, whatever their names are.
    """
    named = {name.lower() for name in controls}
    active = [
        tuple(d for d in treatment.active if d.drug.lower() not in named and k not in marked)
        for k, treatment in enumerate(treatments)
    ]
    kinds = {doses[0].kind for doses in active if doses and doses[0].amount is not None}
    unit = MICROMOLAR if not kinds or MICROMOLAR in kinds else min(kinds)
    mixed = len(kinds) > 1
    rows = [
        _row(treatment, doses, unit) for treatment, doses in zip(treatments, active, strict=True)
    ]
    table = pd.DataFrame(rows, columns=_COLUMNS).astype({"control": bool})
    if kinds:
        dosed = ~table["control"] & table["concentration"].notna()
        table[UNIT] = [unit if one else None for one in dosed]
    if not mixed or not table[AS_WRITTEN].notna().any():
        table = table.drop(columns=AS_WRITTEN)
    if table["compound_2"].isna().all():
        table = table.drop(columns=["compound_2", "concentration_2"])
    return table, _notes(active, kinds, unit)


def _row(treatment: Treatment, active: Sequence[Dose], unit: str) -> dict[str, object]:
    first = active[0] if active else treatment.doses[0]
    second = active[1] if len(active) > 1 else None
    known = first.number if first.kind == unit else None
    return {
        "compound": first.drug + "".join(f" + {dose}" for dose in active[1:]),
        "concentration": (known or 0.0) if not active else np.nan if known is None else known,
        "control": not active,
        "compound_2": second.drug if second else None,
        "concentration_2": second.number if second and second.number is not None else np.nan,
        AS_WRITTEN: str(first)
        if active and first.amount is not None and first.kind != unit
        else None,
    }


def _notes(active: Sequence[Sequence[Dose]], kinds: set[str], unit: str) -> list[str]:
    notes = []
    if len(kinds) > 1:
        others = listed(sorted(kinds - {unit}))
        notes.append(
            f"doses are in {unit} and in {others}: the latter are in '{AS_WRITTEN}', without a "
            "concentration"
        )
    elif unit != MICROMOLAR:
        notes.append(f"doses are not molar ({unit}): '{UNIT}' says so")
    if NOT_GIVEN in kinds:
        notes.append("some doses have no unit: give it with --unit, as --unit nM")
    dosed: dict[str, set[bool]] = defaultdict(set)
    for doses in active:
        for dose in doses:
            dosed[dose.drug].add(dose.amount is not None)
    half = sorted(drug for drug, there in dosed.items() if len(there) > 1)
    if half:
        notes.append(f"{listed(half)}: some conditions have a dose, and others none")
    return notes
