"""The pieces of all files as one long table: the measurements of one plate next to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Bool

from phenolens.core.errors import InputError, listed
from phenolens.curves.condition import Treatment, by_dose
from phenolens.curves.piece import Piece
from phenolens.curves.well_map import WellMap

# Columns by which rows are one curve, in the order in which curves are sorted.
CURVE = ("run", "plate", "treatment", "cell_line", "well", "replicate")


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """All curves.

    Attributes:
        rows: `run`, `plate`, the columns of pieces, `treatment` a place in `treatments`.
        variables: Names of the measurements.
        treatments: All of them.
        marked: Places in `treatments` of those that a table itself marks as controls.
        pieces: What they were joined from, with the maps laid on.
    """

    rows: pd.DataFrame
    variables: tuple[str, ...]
    treatments: tuple[Treatment, ...]
    marked: frozenset[int]
    pieces: tuple[Piece, ...]

    def only(self, kept: Bool[np.ndarray, " n"]) -> Joined:
        """Return some of the rows, and the treatments that they have."""
        rows = self.rows[kept].reset_index(drop=True)
        codes = rows["treatment"].to_numpy()
        used = np.unique(codes[codes >= 0])
        place = np.full(len(self.treatments) + 1, -1, dtype=np.int64)  # the last is that of -1
        place[used] = np.arange(len(used))
        return replace(
            self,
            rows=rows.assign(treatment=place[codes]),
            treatments=tuple(self.treatments[k] for k in used),
            marked=frozenset(int(place[k]) for k in self.marked if place[k] >= 0),
        )


def with_maps(pieces: Sequence[Piece], maps: Sequence[WellMap]) -> list[Piece]:
    """Return the pieces, those of plates with what their wells get.

    A map is for the plate that it names, for that whose file its own name begins with, or, where
    there is one map, for all plates.

    Raises:
        InputError: Several maps may be that of a plate, or a map is that of none.
    """
    used: set[int] = set()
    laid = []
    for piece in pieces:
        chosen = _map_of(piece, maps) if "well" in piece.rows else None
        unknown = "well" in piece.rows and bool((piece.rows["treatment"] < 0).all())
        if chosen is None or not unknown:
            note = f"no map says what the wells of {piece.path.name} get"
            laid.append(replace(piece, notes=(*piece.notes, note)) if unknown else piece)
            continue
        used.add(id(chosen))
        laid.append(chosen.lay_on(piece))
    idle = [one.path for one in maps if id(one) not in used]
    if idle:
        raise InputError(
            "is the map of a plate, and none of the files is that plate",
            where=idle[0],
            fix="name the file of the plate too; the name of its map begins as its own",
        )
    return laid


def _map_of(piece: Piece, maps: Sequence[WellMap]) -> WellMap | None:
    by_name = [m for m in maps if piece.run in m.jobs]
    stem = piece.path.stem
    by_file = [m for m in maps if m.path.stem.startswith(stem) or m.path.parent.name == stem]
    found = by_name or by_file or list(maps)
    if len(found) > 1:
        raise InputError(
            f"may have any of {len(found)} maps: {listed(m.path.name for m in found)}",
            where=piece.path,
            fix="begin the name of its map with its own, as plate1.xlsx and plate1_map.xml",
        )
    return found[0] if found else None


def join(pieces: Sequence[Piece]) -> Joined:
    """Return the curves of all pieces; measurements of one plate are joined by curve and time.

    Raises:
        InputError: Two tables give the same measurement of one plate.
    """
    _refuse_twice(pieces)
    every = by_dose(dict.fromkeys(t for piece in pieces for t in piece.treatments))
    place = {treatment: i for i, treatment in enumerate(every)}
    variables = tuple(dict.fromkeys(name for piece in pieces for name in piece.variables))
    frames = []
    for piece in pieces:
        codes = np.array([*(place[t] for t in piece.treatments), -1], dtype=np.int64)
        frame = piece.rows.assign(run=piece.run, treatment=codes[piece.rows["treatment"]])
        frames.append(frame if "plate" in frame else frame.assign(plate=piece.plate))
    rows = pd.concat(frames, ignore_index=True)
    keys = [name for name in rows if name not in variables]
    if rows.duplicated(keys).any():
        groups = rows.groupby(keys, dropna=False, sort=False, observed=True, as_index=False)
        rows = groups[list(variables)].first()
    order = [name for name in (*CURVE, "site", "time") if name in rows]
    # Treatments are in the order of their doses; all else is in the order of the files.
    numbers = ("time", "treatment")
    places = [rows[n] if n in numbers else pd.factorize(rows[n])[0] for n in reversed(order)]
    rows = rows.iloc[np.lexsort(places)].reset_index(drop=True)
    marked = frozenset(place[piece.treatments[k]] for piece in pieces for k in piece.marked)
    return Joined(rows, variables, tuple(every), marked, tuple(pieces))


def _refuse_twice(pieces: Sequence[Piece]) -> None:
    known: dict[tuple[str, str], Piece] = {}
    for piece in pieces:
        for name in piece.variables:
            other = known.setdefault((piece.plate, name), piece)
            if other is not piece:
                raise InputError(
                    f"has '{name}' of '{piece.plate}', as {other.where} has",
                    where=piece.where,
                    fix="name one of the two files, or rename the other run",
                )
