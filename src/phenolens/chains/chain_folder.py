"""A fitted chain on disk: a folder with `chain.toml` (plain tables) and one `.npz` (arrays).

No pickle is written or read, and a step is found by its name in the catalogue alone. The arrays'
file is named by their content and written first; `chain.toml`, which names it, is replaced last.
So a crash at any moment leaves the old chain or the new one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from phenolens.chains.array_file import load_arrays
from phenolens.chains.settings import plain, read_toml
from phenolens.chains.state import join_state, split_state
from phenolens.core.columns import refuse_metadata
from phenolens.core.construct import construct, fit_type
from phenolens.core.errors import InputError
from phenolens.core.files import PARTIAL, write_text, written
from phenolens.core.profiles import Step
from phenolens.core.registry import build, catalogue
from phenolens.core.step_record import name_in_recipes
from phenolens.core.target import refuse_detour
from phenolens.profiling.base import BaseStep, FittableStep, FittedStep, Origin

FORMAT = 1
CHAIN = "chain.toml"
_ARRAYS = re.compile(r"arrays-[0-9a-f]{16}\.npz")


@dataclass(frozen=True, kw_only=True)
class _Saved:
    """One step in `chain.toml`.

    Attributes:
        step: Its name in the catalogue.
        settings: Its settings.
        names: Features in.
        names_out: Features out; the same unless given.
        fit: The table it was fitted on; nothing of a step that learns nothing.
        plain: Plain values of what it learned.
        arrays: Array -> dtype, shape and SHA-256.
    """

    step: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    names_out: tuple[str, ...] = ()
    fit: Mapping[str, Any] = field(default_factory=dict)
    plain: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def write_steps(steps: Sequence[Step], folder: Path) -> Path:
    """Write fitted steps to a folder; return it.

    Raises:
        InputError: A step is of no catalogue, or the folder holds files of others.
    """
    known = check_chain_folder(folder)
    arrays: dict[str, np.ndarray] = {}
    tables = []
    for i, step in enumerate(steps):
        table, own = _table(step, i)
        tables.append(table)
        arrays |= {f"{i}.{name}": array for name, array in own.items()}
    name = _name(arrays)
    with written(folder / name) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    head = {"format": FORMAT, "phenolens": metadata.version("phenolens"), "arrays": name}
    write_text(folder / CHAIN, tomli_w.dumps({**head, "step": tables}))
    for old in known - {CHAIN, name}:
        (folder / old).unlink(missing_ok=True)
    return folder


def check_chain_folder(folder: Path) -> set[str]:
    """Return the files of the saved chain in a folder; none where it is empty or absent.

    What a user has put next to a saved chain is left alone.

    Raises:
        InputError: It has no name, is a file, or holds files but no saved chain.
    """
    if not folder.name:
        raise InputError("is not the name of a folder", where=folder, fix="name a new folder")
    refuse_detour(folder)
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise InputError("is a file, not a folder", where=folder, fix="name another folder")
    there = {path.name for path in folder.iterdir() if not path.name.startswith(PARTIAL)}
    ours = {name for name in there if _is_ours(folder / name)}
    if CHAIN in there and _is_chain(folder / CHAIN):
        return ours | {CHAIN}
    other = sorted(there - ours)
    if other:
        raise InputError(
            f"holds other files, such as {other[0]}",
            where=folder,
            fix="name an empty folder, or one that does not exist",
        )
    return ours


def _is_chain(path: Path) -> bool:
    try:
        return {"format", "phenolens", "arrays"} <= set(read_toml(path))
    except InputError:
        return False


def _is_ours(path: Path) -> bool:
    """Return whether a file holds the arrays that its name is the hash of."""
    if not (_ARRAYS.fullmatch(path.name) and path.is_file()):
        return False
    try:
        return path.name == _name(load_arrays(path))
    except InputError:
        return False


def _name(arrays: Mapping[str, np.ndarray]) -> str:
    """Return the name of the file of these arrays: it has a hash of their content."""
    digest = hashlib.sha256(repr([(k, _described(a)) for k, a in arrays.items()]).encode())
    return f"arrays-{digest.hexdigest()[:16]}.npz"


def _table(step: Step, place: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return one step as `chain.toml` has it, and its arrays."""
    settings = step.step if isinstance(step, FittedStep) else step
    name = name_in_recipes(settings)
    if name not in catalogue("profiling") or catalogue("profiling")[name].load() is not type(
        settings
    ):
        raise InputError(
            f"step {place} ({name}) is in no catalogue, so that a saved chain could not find it",
            fix="put it into a package with a folder `profiling`, and call "
            "phenolens.core.registry.extend with that package",
        )
    table = {"step": name, "settings": plain(settings)}
    if not isinstance(step, FittedStep):
        return table, {}
    values, arrays = split_state(step.state)
    table |= {
        "names": list(step.names),
        "names_out": [] if step.names_out == step.names else list(step.names_out),
        "fit": asdict(step.origin),
        "plain": plain(values),
        "arrays": {key: _described(array) for key, array in arrays.items()},
    }
    return table, arrays


def _described(array: np.ndarray) -> dict[str, Any]:
    """Return an array's dtype, shape and the SHA-256 of its values, row by row."""
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "sha256": hashlib.sha256(np.ascontiguousarray(array).data).hexdigest(),
    }


def read_steps(folder: Path) -> tuple[Step, ...]:
    """Return the fitted steps that `write_steps` wrote to a folder.

    Raises:
        InputError: It is none, or of another version, damaged or changed.
    """
    path = folder / CHAIN
    if not path.is_file():
        raise InputError(
            "no saved chain here",
            where=folder,
            fix=f"name the folder that --save-chain wrote: it contains {CHAIN}",
        )
    content = read_toml(path)
    if content.get("format") != FORMAT:
        raise InputError(
            f"has format {content.get('format')!r}, and this version reads {FORMAT}",
            where=path,
            fix="fit and save the chain again",
        )
    tables = fit_type(content.get("step", []), tuple[dict[str, Any], ...], f"{path}: step")
    saved = [construct(_Saved, table, f"{path}: step.{i}") for i, table in enumerate(tables)]
    arrays = _read_arrays(folder, content.get("arrays"))
    steps = tuple(_step(one, i, arrays, path) for i, one in enumerate(saved))
    if arrays:
        raise InputError(f"unknown array '{min(arrays)}'", where=folder)
    return steps


def _read_arrays(folder: Path, name: object) -> dict[str, np.ndarray]:
    """Return all arrays of a chain by name."""
    if not isinstance(name, str) or not _ARRAYS.fullmatch(name):
        raise InputError(f"arrays = {name!r} names no file of arrays", where=folder / CHAIN)
    path = folder / name
    if not path.is_file():
        raise InputError("no such file", where=path, fix="copy the whole folder of the chain")
    return load_arrays(path)


def _step(saved: _Saved, place: int, arrays: dict[str, np.ndarray], path: Path) -> Step:
    """Return one step; its arrays are taken out of `arrays`."""
    where = f"{path}: step.{place}"
    try:
        step = build("profiling", {"step": saved.step, **saved.settings}, where)
        own = {key: _taken(arrays, f"{place}.{key}", facts) for key, facts in saved.arrays.items()}
        if isinstance(step, FittableStep):
            return _fitted(step, saved, own)
        if type(step).fit is BaseStep.fit or own or saved.plain:
            raise InputError(f"{saved.step} is not a step that can be fitted")
    except InputError as error:
        raise error.at(where) from error
    return step


def _taken(arrays: dict[str, np.ndarray], key: str, facts: Mapping[str, Any]) -> np.ndarray:
    """Return an array, if it is the one that was saved."""
    if key not in arrays:
        raise InputError(f"array '{key}' is missing")
    array = arrays.pop(key)
    if _described(array) != facts:
        raise InputError(f"array '{key}' is not the one that was saved: the files do not match")
    return array


def _fitted(
    step: FittableStep[Any], saved: _Saved, arrays: Mapping[str, np.ndarray]
) -> FittedStep[Any]:
    """Return a fitted step, once what it learned fits its settings and features."""
    names_out = saved.names_out or saved.names
    for names in (saved.names, names_out):
        if not names or len(set(names)) != len(names):
            raise InputError("feature names are missing, or not unique")
        refuse_metadata(names, ())
    state = join_state(step.state, saved.plain, arrays, len(saved.names), len(names_out))
    by, groups = step.stored_groups(state)
    if len(set(groups)) != len(groups) or any(len(words) != len(by) for words in groups):
        raise InputError(f"the stored groups do not fit by = {list(by)}")
    return FittedStep(step, state, saved.names, names_out, construct(Origin, saved.fit, "fit"))
