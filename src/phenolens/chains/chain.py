"""A chain of steps: written on one line, in a file or as plain tables; built; applied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from phenolens.chains.settings import changed, read_toml, read_value, split_outside
from phenolens.core.construct import fit_type
from phenolens.core.errors import InputError, nearest, shown
from phenolens.core.inside import permitted
from phenolens.core.profiles import Profiles, Step
from phenolens.core.registry import build

Tables = tuple[dict[str, Any], ...]
_WORD = re.compile(r"[\w.-]+")
_STEP = re.compile(r"(?P<name>[A-Za-z_][\w.:]*)\s*(?:\((?P<settings>.*)\))?", re.DOTALL)


def profile(profiles: Profiles, steps: Sequence[Step] | str) -> Profiles:
    """Return the profiles after a chain of steps: each step is called with what the last returned.

    Args:
        profiles: Not changed.
        steps: Steps in order, or a chain as the command line takes it.

    Raises:
        InputError: As the steps do, or the chain cannot be read.

    Example:
        >>> import numpy as np, pandas as pd
        >>> table = pd.DataFrame({"plate": ["a", "a"], "well": ["A01", "A01"]})
        >>> wells = Profiles(meta=table, features=np.array([[1.0], [3.0]]))
        >>> profile(wells, "aggregate(how=mean)").features.tolist()
        [[2.0]]
    """
    check_chain(profiles, steps)
    for step in build_steps(read_chain(steps)) if isinstance(steps, str) else steps:
        profiles = step(profiles)
    return profiles


def check_chain(profiles: object, steps: object) -> None:
    """Raise where a caller in Python gives something else than profiles and steps.

    Raises:
        InputError: Says what was given.
    """
    if not isinstance(profiles, Profiles):
        raise InputError(
            f"expected Profiles, got {type(profiles).__name__}",
            fix="read a file with Profiles.load(path)",
        )
    if not isinstance(steps, Iterable):
        raise InputError(
            f"expected steps, got {shown(steps)}", fix="as 'standardize,sphere', or a list of steps"
        )


def read_chain(texts: str | Sequence[str], changes: Sequence[str] = ()) -> Tables:
    """Return a chain as plain tables, as `{step = "sphere", regularization = 1.0}`.

    Each text names steps separated by commas, with settings in brackets where they are not the
    default's (`standardize, sphere(regularization=1, rotation=zca)`: values are TOML, a bare word
    is text), or a `.toml` file with [[profiling]] tables: a recipe's, or what `tune` wrote.

    Args:
        texts: One text or several, which follow one another.
        changes: `sphere.regularization=1`, or by place from 0 where a name appears twice:
            `1.regularization=1`.

    Raises:
        InputError: It cannot be read, no such file or step, or a change names no step or several.

    Example:
        >>> read_chain("standardize,sphere(regularization=1)", ["sphere.rotation=zca"])[1]
        {'step': 'sphere', 'regularization': 1, 'rotation': 'zca'}
    """
    tables: list[dict[str, Any]] = []
    for text in (texts,) if isinstance(texts, str) else texts:
        for part in filter(None, (part.strip() for part in split_outside(text, ","))):
            tables += _of_file(Path(part)) if part.endswith(".toml") else [_of_text(part)]
    for change in changes:
        key = change.partition("=")[0].strip()
        name, dot, _ = key.partition(".")
        place = place_of(tables, name)
        if not dot:
            raise InputError(
                f"expected STEP.KEY=VALUE, got {change!r}",
                where="--set",
                fix=f"write {name}.KEY=VALUE",
            )
        tables[place] = changed(tables[place], [change.strip().partition(".")[2]])
    return tuple(tables)


def place_of(tables: Sequence[Mapping[str, Any]], name: str) -> int:
    """Return the place of the step that a change names: by number, or by a name that is unique.

    Raises:
        InputError: There is none, or several by that name.
    """
    names = [str(table.get("step")) for table in tables]
    if name.isdecimal() and int(name) < len(names):
        return int(name)
    places = [i for i, other in enumerate(names) if other == name]
    if not places:
        allowed = [*dict.fromkeys(names), *map(str, range(len(names)))]
        raise InputError(
            f"no step '{name}' in the chain", where="--set", fix=nearest(name, allowed)
        )
    if len(places) > 1:
        numbers = " or ".join(f"{place}.KEY=VALUE" for place in places)
        raise InputError(
            f"'{name}' appears {len(places)} times in the chain",
            where="--set",
            fix=f"write {numbers}",
        )
    return places[0]


def before_last(tables: Sequence[Mapping[str, Any]], name: str, where: str) -> int:
    """Return how many steps come before the last one of that name.

    Raises:
        InputError: The chain has no such step.
    """
    names = [str(table.get("step")) for table in tables]
    if name not in names:
        raise InputError(f"no step '{name}' in the chain", where=where, fix=nearest(name, {*names}))
    return len(names) - 1 - names[::-1].index(name)


def build_steps(tables: Sequence[Mapping[str, Any]], where: str = "steps") -> tuple[Step, ...]:
    """Return the steps that plain tables describe, all checked before any runs.

    Raises:
        InputError: An unknown step or setting: says which, what is allowed and the nearest.
    """
    return tuple(build("profiling", table, f"{where}.{i}") for i, table in enumerate(tables))


def stages(profiles: Profiles, steps: Sequence[Step], wanted: Iterable[int]) -> dict[int, Profiles]:
    """Return the profiles after so many of the steps, for each number wanted."""
    found = {0: profiles}
    for done, step in enumerate(steps, start=1):
        profiles = step(profiles)
        found[done] = profiles
    return {stage: found[stage] for stage in wanted}


def chain_text(tables: Sequence[Mapping[str, Any]]) -> str:
    """Return a chain as one line of text, as `--steps` takes it.

    Example:
        >>> chain_text([{"step": "standardize"}, {"step": "sphere", "regularization": 1.0}])
        'standardize,sphere(regularization=1.0)'
    """
    return ",".join(_step_text(table) for table in tables)


def _step_text(table: Mapping[str, Any]) -> str:
    settings = ",".join(f"{k}={_value_text(v)}" for k, v in table.items() if k != "step")
    return f"{table['step']}({settings})" if settings else str(table["step"])


def _value_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_value_text, value))}]"
    if isinstance(value, Mapping):
        return _inline(value)
    bare = not isinstance(value, str) or (read_value(value) == value and _WORD.fullmatch(value))
    return str(value) if bare else json.dumps(value)


def _inline(value: Any) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{k}={_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_inline, value))}]"
    return json.dumps(value)


def _of_text(text: str) -> dict[str, Any]:
    """Return the table of one step, as `sphere(regularization=1)`."""
    match = _STEP.fullmatch(text)
    if not match:
        raise InputError(
            f"expected a step, got '{text}'",
            where="--steps",
            fix="write name or name(key=value,key=value), steps separated by commas",
        )
    table: dict[str, Any] = {"step": match["name"]}
    for part in split_outside(match["settings"] or "", ","):
        key, equals, value = part.partition("=")
        if part.strip() and not (equals and key.strip()):
            raise InputError(
                f"expected KEY=VALUE, got '{part.strip()}'", where=f"--steps {match['name']}"
            )
        if part.strip():
            table[key.strip()] = read_value(value)
    return table


def _of_file(path: Path) -> list[dict[str, Any]]:
    """Return the [[profiling]] tables of a file."""
    content = read_toml(permitted(str(path)))
    if "profiling" not in content:
        raise InputError("holds no steps", where=path, fix="write them as [[profiling]] tables")
    tables = fit_type(content["profiling"], tuple[dict[str, Any], ...], f"{path.name}: profiling")
    return [dict(table) for table in tables]
