"""The folder of a run belongs to one recipe and one set of data, and holds copies of its stages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from phenolens.chains.settings import read_toml
from phenolens.core.errors import InputError
from phenolens.core.files import write_text, written
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import Cache, facts_of
from phenolens.runs.recipe import Recipe
from phenolens.runs.stages import Stage

# What may change in a folder: the earlier stages stay as they are.
LATE = frozenset({"name", "baselines", "embedding", "profiling", "metrics"})


def is_done(folder: RunFolder, recipe: Recipe, inputs: Mapping[str, Any]) -> bool:
    """Return whether the folder holds the results of this recipe on these inputs.

    Args:
        folder: Of the run.
        recipe: What is asked for.
        inputs: What it is given: fingerprints of the data and the weights, foreign code.

    Raises:
        InputError: It holds the run of a recipe that differs in an early stage, or of other data:
            says what differs.
    """
    if not folder.recipe.exists():
        return False
    before = read_toml(folder.recipe)
    changed = {
        key
        for key in set(before) | set(recipe.settings)
        if before.get(key) != recipe.settings.get(key)
    }
    if changed - LATE:
        _refuse(folder, f"another recipe ({', '.join(sorted(changed - LATE))} differ)")
    given = _read(folder).get("inputs", {})
    for name in ("data", "weights"):
        if given and given.get(name) != inputs.get(name):
            _refuse(folder, f"other {name} ({_difference(given.get(name), inputs.get(name))})")
    return not changed and given == inputs and folder.results.exists()


def begin(folder: RunFolder, recipe: Recipe, inputs: Mapping[str, Any]) -> None:
    """Make the folder this recipe's, on these inputs; results and page of an earlier one go."""
    folder.results.unlink(missing_ok=True)
    folder.report.unlink(missing_ok=True)
    write_text(folder.recipe, recipe.to_toml())
    _write(folder, {**_read(folder), "inputs": dict(inputs)})


def obtain(
    folder: RunFolder,
    cache: Cache,
    stage: Stage,
    places: Mapping[str, Path],
    build: Callable[[Path], object],
) -> dict[str, Any]:
    """Bring a stage's files into the run folder; return `{"key", "seconds"}`: what it took to make.

    They are there already where the folder holds this very stage. Otherwise they are copied from
    the cache, where the stage is made unless it is found.

    Args:
        folder: Of the run.
        cache: Where stages are found and made.
        stage: What is needed.
        places: File or folder of the stage -> its path in the run folder.
        build: Makes the stage in a folder, for `Cache.make`.
    """
    if holds(folder, stage, places):
        return dict(_record(folder, stage, places))
    entry = cache.make(stage, build)
    known, slot = _read(folder), _slot(folder, stage, places)
    others = {k: v for k, v in known.get("stages", {}).items() if k != slot}
    if slot in known.get("stages", {}):  # a kill while files are replaced: they are nobody's
        _write(folder, {**known, "stages": others})
    for name, path in places.items():
        _copy(entry / name, path)
    record = {"key": stage.key, "seconds": facts_of(entry)["seconds"]}
    _write(folder, {**known, "stages": {**others, slot: record}})
    return record


def holds(folder: RunFolder, stage: Stage, places: Mapping[str, Path]) -> bool:
    """Return whether the folder holds the files of this very stage."""
    key = _record(folder, stage, places).get("key")
    return key == stage.key and all(path.exists() for path in places.values())


def keys_of(folder: RunFolder) -> dict[str, str]:
    """Return the key of each stage whose files the folder holds, by stage and path."""
    return {slot: record["key"] for slot, record in _read(folder).get("stages", {}).items()}


def _record(folder: RunFolder, stage: Stage, places: Mapping[str, Path]) -> dict[str, Any]:
    return dict(_read(folder).get("stages", {}).get(_slot(folder, stage, places), {}))


def _slot(folder: RunFolder, stage: Stage, places: Mapping[str, Path]) -> str:
    """Return the place of a stage in the folder, as `train models/joint`."""
    return f"{stage.name} {next(iter(places.values())).relative_to(folder.root).as_posix()}"


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a folder; the target is complete, old or new, at any moment."""
    with written(target) as partial:  # what a kill leaves is cleared by the next copy
        if source.is_dir():
            shutil.copytree(source, partial)
        else:
            shutil.copyfile(source, partial)


def _refuse(folder: RunFolder, what: str) -> None:
    raise InputError(f"holds a run of {what}", where=folder.root, fix="choose another --out")


def _difference(before: Any, now: Any) -> str:
    """Return what differs between two descriptions of the inputs, in words."""
    if not (isinstance(before, Mapping) and isinstance(now, Mapping)):
        return f"{before or 'none'} before, {now or 'none'} now"
    changed = [key for key in {**before, **now} if before.get(key) != now.get(key)]
    first = changed[0]
    more = f", and {len(changed) - 1} more" if len(changed) > 1 else ""
    return f"{first}: {before.get(first, 'none')} before, {now.get(first, 'none')} now{more}"


def _read(folder: RunFolder) -> dict[str, Any]:
    if not folder.stages.exists():
        return {}
    try:
        return dict(json.loads(folder.stages.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise InputError(
            f"is damaged: {error}",
            where=folder.stages,
            fix="delete it: what the run needs is then taken from the cache, or made again",
        ) from error


def _write(folder: RunFolder, content: Mapping[str, Any]) -> None:
    write_text(folder.stages, json.dumps(content, indent=1))
