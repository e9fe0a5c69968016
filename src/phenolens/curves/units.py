"""Units: which unit the doses of a file have that are written without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from phenolens.core.errors import InputError, nearest
from phenolens.core.reading.molar import unit_name
from phenolens.curves.piece import Piece

Units = str | Mapping[str, str]


def units_of(pieces: Sequence[Piece], unit: Units) -> list[str]:
    """Return the unit of the doses of each piece that have none; empty where it is not said.

    Args:
        pieces: Of all files.
        unit: Of all of them; or file, run or pattern of either -> its unit. The first that fits
            counts, and `*` fits every file.

    Raises:
        InputError: A name fits no file or run.
    """
    if isinstance(unit, str):
        return [unit_name(unit)] * len(pieces)
    fits = [[name for name in unit if _fits(piece, name)] for piece in pieces]
    used = {name for names in fits for name in names}
    for name in unit:
        if name not in used and name != "*":
            known = {text for piece in pieces for text in (piece.path.name, piece.run)}
            what = f"'{name}' is neither a file nor a run"
            raise InputError(what, where="unit", fix=nearest(name, known, "files and runs are"))
    return [unit_name(unit[names[0]]) if names else "" for names in fits]


def _fits(piece: Piece, name: str) -> bool:
    texts = (piece.path.name, piece.run, piece.plate)
    return name in texts or any(fnmatchcase(text, name) for text in texts)
