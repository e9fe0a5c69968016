"""Platemaps of the Cell Painting Gallery: which map each plate has, and the maps themselves.

`workspace/metadata/platemaps/BATCH/barcode_platemap.csv` names a map for each plate; the maps are
next to it in `platemap/`. https://broadinstitute.github.io/cellpainting-gallery/data_structure.html
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.images.plate_tables import PLATE, PLATEMAP
from phenolens.images.problem import Problem
from phenolens.images.table import as_metadata, note, read_table, require

BARCODES = "barcode_platemap.csv"
_ENDINGS = (".txt", ".csv", ".tsv")


def read_platemaps(
    contents: Contents, plates: frozenset[str]
) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Return one row per well of every plate that has a map, and notes; None where none has.

    Args:
        contents: Of the folder.
        plates: Those that have images.

    Raises:
        InputError: A table cannot be read, or a map that a plate needs is not there.
    """
    parts: list[pd.DataFrame] = []
    mapped: set[str] = set()
    for name in contents.called(BARCODES):
        path = contents.root / name
        table = read_table(path)
        require(table, [PLATE, PLATEMAP], path)
        for plate, called in zip(
            table[PLATE].astype(str), table[PLATEMAP].astype(str), strict=True
        ):
            if plate in plates and plate not in mapped:
                wells = _wells(contents, PurePosixPath(name).parent, called, path)
                parts.append(wells.assign(plate=plate))
                mapped.add(plate)
    lost = sorted(plates - mapped)
    notes = [note("no platemap", BARCODES, lost, "plates have no platemap")] if lost else []
    return (pd.concat(parts, ignore_index=True) if parts else None), notes if parts else []


def _wells(contents: Contents, folder: PurePosixPath, called: str, path: Path) -> pd.DataFrame:
    stem = PurePosixPath(called).name
    names = [stem, *(stem + ending for ending in _ENDINGS)]
    places = [(folder / "platemap" / n).as_posix() for n in names]
    places += [(folder / n).as_posix() for n in names]
    there = next((place for place in places if place in contents.files), None)
    if there is None:
        what = f"names the platemap '{called}', which is not in {folder / 'platemap'}"
        raise InputError(what, where=path, fix="copy it")
    wells = as_metadata(read_table(contents.root / there), {}, contents.root / there)
    require(wells, ["well"], contents.root / there)
    return wells.drop(columns=[name for name in ("plate",) if name in wells])
