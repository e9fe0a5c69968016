"""Understood: what was read of one run, in words and numbers, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.counts import count_of
from phenolens.curves.dosing import AS_WRITTEN, UNIT
from phenolens.curves.joined import CURVE, Joined
from phenolens.curves.piece import Piece
from phenolens.curves.series import Times


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read of one run.

    Attributes:
        run: Its name.
        files: File -> by what its format was recognised.
        format: What the files were read as.
        plates: Within the run.
        variables: Measurement -> how many of its values are missing.
        conditions: Different treatments, controls among them.
        drugs: Drug (or combination) -> its doses; empty where it has none.
        unit: Of the doses.
        controls: Names of the controls.
        curves: How many there are.
        replicates: The fewest and the most curves that one condition has.
        wells: How many are named; 0: none is.
        sites: The most images that one well has at one time.
        cell_lines: Where they are known.
        batches: Where a column names them, or they differ from the runs.
        further: Other metadata -> how many values it has.
        times: First, last, spacing and what is odd.
        clock: The column of times and its unit, in words.
        named: Our name -> the column of a long table that was taken for it.
        unused: Columns of which nothing is used.
        left_out: Rows that `where` leaves out; nothing else counts them.
        notes: What a reader should know.
    """

    run: str
    files: Mapping[str, str]
    format: str
    plates: tuple[str, ...]
    variables: Mapping[str, int]
    conditions: int
    drugs: Mapping[str, tuple[str, ...]]
    unit: str
    controls: tuple[str, ...]
    curves: int
    replicates: tuple[int, int]
    wells: int
    sites: int
    cell_lines: tuple[str, ...]
    batches: tuple[str, ...]
    further: Mapping[str, int]
    times: Times
    clock: tuple[str, ...]
    named: Mapping[str, str]
    unused: tuple[str, ...]
    left_out: int
    notes: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """Return it as JSON holds it: what is not a number is null."""
        facts = asdict(self)
        times = facts["times"].items()
        facts["times"] = {name: None if value != value else value for name, value in times}
        return facts


def understood(
    joined: Joined, doses: pd.DataFrame, left_out: Mapping[str, int] | None = None
) -> list[Understood]:
    """Return what was read of each run, in their order.

    Args:
        joined: The curves that are kept.
        doses: One row per treatment, as `dose_table` makes it.
        left_out: Run -> how many of its rows were left out.
    """
    return [
        _of_run(str(run), rows, joined, doses, (left_out or {}).get(str(run), 0))
        for run, rows in joined.rows.groupby("run", sort=False, observed=True)
    ]


def curve_numbers(rows: pd.DataFrame, keys: Sequence[str] = CURVE) -> np.ndarray:
    """Return the number of the curve of each row, from 0, in the order of the rows."""
    known = [name for name in keys if name in rows]
    return rows.groupby(known, dropna=False, sort=False, observed=True).ngroup().to_numpy()


def _of_run(
    run: str, rows: pd.DataFrame, joined: Joined, doses: pd.DataFrame, left_out: int
) -> Understood:
    pieces = [piece for piece in joined.pieces if piece.run == run]
    variables = [n for n in joined.variables if any(n in p.variables for p in pieces)]
    codes = rows["treatment"].unique()
    mine = doses.iloc[codes[codes >= 0]]
    curve = curve_numbers(rows)
    singles = curve_numbers(rows, (*CURVE, "site"))
    each = rows.assign(curve=curve).groupby(
        ["plate", "treatment", *_line(rows)], dropna=False, observed=True
    )
    counts = each["curve"].nunique()
    treated = mine[~mine["control"].astype(bool)]
    sites = (
        rows.groupby([curve, "time"], observed=True)["site"].nunique().max()
        if "site" in rows
        else 1
    )
    return Understood(
        run=run,
        files={piece.short: piece.why for piece in pieces},
        format=", ".join(dict.fromkeys(piece.format for piece in pieces)),
        plates=tuple(map(str, rows["plate"].unique())),
        variables={name: int(rows[name].isna().sum()) for name in variables},
        conditions=len(codes),
        drugs={
            str(drug): _doses(of)
            for drug, of in treated.groupby("compound", sort=False, observed=True)
        },
        unit=str(treated[UNIT].iloc[0]) if UNIT in treated and len(treated) else "uM",
        controls=tuple(map(str, mine["compound"][mine["control"].astype(bool)].unique())),
        curves=int(curve.max()) + 1,
        replicates=(int(counts.min()), int(counts.max())),
        wells=int(rows["well"].nunique()) if "well" in rows else 0,
        sites=int(sites),
        cell_lines=tuple(map(str, rows["cell_line"].dropna().unique()))
        if "cell_line" in rows
        else (),
        batches=_batches(rows, run),
        further=_further(rows, pieces),
        times=Times.of(
            rows["time"].to_numpy(),
            singles,
            max(piece.doubled for piece in pieces),
            max(piece.out_of_order for piece in pieces),
        ),
        clock=tuple(dict.fromkeys(piece.clock for piece in pieces if piece.clock)),
        named={ours: own for piece in pieces for ours, own in piece.named.items()},
        unused=tuple(dict.fromkeys(name for piece in pieces for name in piece.unused)),
        left_out=left_out,
        notes=_notes(rows, joined, run, mine, curve, _further(rows, pieces)),
    )


def _batches(rows: pd.DataFrame, run: str) -> tuple[str, ...]:
    found = tuple(map(str, rows["batch"].dropna().unique())) if "batch" in rows else ()
    return () if found == (run,) else found


def _further(rows: pd.DataFrame, pieces: Sequence[Piece]) -> dict[str, int]:
    """Return the other metadata of a run, and how many values each has."""
    names = dict.fromkeys(name for piece in pieces for name in piece.others)
    return {name: int(rows[name].nunique()) for name in names if name not in ("plate", "batch")}


def _line(rows: pd.DataFrame) -> list[str]:
    return ["cell_line"] if "cell_line" in rows else []


def _doses(treated: pd.DataFrame) -> tuple[str, ...]:
    numbers = treated["concentration"].dropna().sort_values()
    written = treated[AS_WRITTEN].dropna() if AS_WRITTEN in treated else []
    return (*(f"{number:g}" for number in numbers), *map(str, written))


def _notes(
    rows: pd.DataFrame,
    joined: Joined,
    run: str,
    mine: pd.DataFrame,
    curve: np.ndarray,
    further: Mapping[str, int],
) -> tuple[str, ...]:
    notes = [note for piece in joined.pieces if piece.run == run for note in piece.notes]
    unknown = int((rows["treatment"] < 0).groupby(curve, observed=True).first().sum())
    if unknown and unknown <= int(curve.max()):
        notes.append(f"{count_of(unknown, 'curve has', 'curves have')} no treatment")
    if len(mine) and not mine["control"].any():
        notes.append("no condition is a control: name it with --control")
    undosed = [str(c) for c in mine["compound"][~mine["control"] & mine["concentration"].isna()]]
    written = set(mine["compound"][mine[AS_WRITTEN].notna()]) if AS_WRITTEN in mine else set()
    undosed = [name for name in dict.fromkeys(undosed) if name not in written]
    if undosed:
        notes.append(
            f"without a dose: {', '.join(undosed)} (what is not a treatment can be left out with "
            "--where)"
        )
    keys = [name for name in (*CURVE, "site", "time") if name in rows]
    again = int(rows.duplicated(keys).sum())
    if again:
        also = [f"'{name}'" for name in further if further[name] > 1]
        choose = f", or choose rows by {' or '.join(also)} with --where" if also else ""
        notes.append(
            f"{count_of(again, 'row has', 'rows have')} the curve and time of another row: name "
            "the column that numbers "
            f"curves with --column replicate=NAME{choose}"
        )
    return tuple(dict.fromkeys(notes))
