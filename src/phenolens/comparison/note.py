"""Note: `grid.json`, the cells of the grid that a folder belongs to, checked when it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phenolens.comparison.cell import folder_of
from phenolens.comparison.layout import COLUMNS
from phenolens.core.construct import construct, fit_type
from phenolens.core.errors import InputError
from phenolens.core.names import file_name, file_names
from phenolens.core.small_files import read_small

_SEEDS = range(2**32)  # those of a recipe


@dataclass(frozen=True, slots=True)
class Known:
    """What the folder of a comparison knows of one of its cells.

    Attributes:
        name: Of the set-up.
        choices: Axis -> value.
        seed: Of every draw.
        recipe: Hash of the recipe.
        baseline: Whether it is what others are compared with.
    """

    name: str
    choices: Mapping[str, str]
    seed: int
    recipe: str
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What `grid.json` says.

    Attributes:
        comparison: The name of the comparison.
        axes: Their names, in order.
        cells: What is known of each cell, by the name of its run.
        claims: Hash of the file of claims; empty where it is not known.
    """

    comparison: str
    axes: tuple[str, ...]
    cells: Mapping[str, Known] = field(default_factory=dict)
    claims: str = ""


def read_note(path: Path) -> Note:
    """Return what the note of a comparison says.

    Names of its cells are names of files: none of them leads out of the folder.

    Raises:
        InputError: It cannot be read, or a part of it is none that a grid can have: says which.
    """
    try:
        return _note(json.loads(read_small(path)), path.parent.name)
    except InputError as error:
        raise _damaged(
            path, f"{error.where}: {error.what}" if error.where else error.what
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError) as error:
        raise _damaged(path, type(error).__name__) from error


def _note(found: Any, folder: str) -> Note:
    axes = file_names(fit_type(found["axes"], tuple[str, ...], "axes"), "axes")
    for axis in axes:
        if axis in COLUMNS:
            raise InputError("is a column of every table", where=f"axes.{axis}")
    given = fit_type(found["cells"], dict[str, Any], "cells")
    cells = {name: _known(name, one, axes) for name, one in given.items()}
    name = fit_type(found.get("comparison", folder), str, "comparison")
    return Note(
        file_name(name, "comparison"), axes, cells, fit_type(found.get("claims", ""), str, "claims")
    )


def _known(run: str, given: Any, axes: tuple[str, ...]) -> Known:
    where = f"cells.{run[:100]!r}"
    cell = construct(Known, fit_type(given, dict[str, Any], where), where)
    if cell.seed not in _SEEDS or isinstance(cell.seed, bool):
        raise InputError("is not a seed", where=f"{where}.seed")
    if run != folder_of(cell.name, cell.seed):
        raise InputError(f"is not the run of {cell.name[:100]!r}", where=where)
    file_name(run, "cells")
    if set(cell.choices) != set(axes):
        raise InputError("are not of the axes", where=f"{where}.choices")
    for value in filter(None, cell.choices.values()):
        file_name(value, f"{where}.choices")
    return cell


def _damaged(path: Path, why: str) -> InputError:
    return InputError(
        f"is damaged ({why})",
        where=path,
        fix="move it away, and give the comparison again with a new --out: the cache is kept",
    )
