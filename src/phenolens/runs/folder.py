"""The folder of a run belongs to one recipe and one set of data, and holds copies of its stages."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from phenolens.chains.settings import hashed, read_toml
from phenolens.core.errors import InputError
from phenolens.core.files import write_text, written
from phenolens.core.progress import Say, silent
from phenolens.core.run_folder import RunFolder
from phenolens.report.parts import clear_parts
from phenolens.runs.cache import Cache, facts_of
from phenolens.runs.manifest import damage, manifest, of_text
from phenolens.runs.recipe import Recipe
from phenolens.runs.record import Record, read_record, write_record
from phenolens.runs.stages import Stage
from phenolens.runs.still_there import still_there

# What may change in a folder: the earlier stages stay as they are.
LATE = frozenset(
    {
        "name",
        "baselines",
        "measured",
        "joined",
        "embedding",
        "profiling",
        "metrics",
        "explanations",
    }
)


def fits(folder: RunFolder, recipe: Recipe, inputs: Mapping[str, Any], say: Say = silent) -> bool:
    """Return whether the folder was last begun with this recipe on these inputs.

    Args:
        folder: Of the run.
        recipe: What is asked for.
        inputs: What it is given: fingerprints of the data and the weights, foreign code.
        say: Called with one line about each damaged file.

    Raises:
        InputError: It holds the run of a recipe that differs in an early stage, or of other data:
            says what differs.
    """
    record = read_record(folder, say)
    before = _recipe(folder, record, say)
    if before is None:
        if record.early and record.early != _early(recipe.settings):
            _refuse(folder, "another recipe")
        changed = {"recipe"}
    else:
        keys = set(before) | set(recipe.settings)
        changed = {key for key in keys if before.get(key) != recipe.settings.get(key)}
        if changed - LATE:
            _refuse(folder, f"another recipe ({', '.join(sorted(changed - LATE))} differ)")
    given = record.inputs
    for name in ("data", "weights"):
        if given and given.get(name) != inputs.get(name):
            _refuse(folder, f"other {name} ({_difference(given.get(name), inputs.get(name))})")
    return not changed and given == inputs


def is_whole(folder: RunFolder, say: Say = silent) -> bool:
    """Return whether every file of the finished run is as it was written; say which is not."""
    record = read_record(folder)
    if not record.finished:
        return False
    slots = [record.stages.get(slot, {}) for slot in record.finished["slots"]]
    for files in (record.finished["files"], *(slot.get("files") for slot in slots)):
        if wrong := damage(folder.root, files):
            say(f"{wrong}; it will be made again")
            return False
    return True


def damage_of_scores(folder: RunFolder) -> str:
    """Return what is wrong with the results and the rows of scores of a finished run, or nothing.

    Other files (models, embeddings) may be absent: a comparison reads scores alone.
    """
    record = read_record(folder)
    if not record.finished:
        return f"{folder.stages}: does not say that the run is finished"
    manifests = [record.finished["files"]]
    manifests += [one["files"] for slot, one in record.stages.items() if slot.startswith("score ")]
    return next((wrong for files in manifests if (wrong := damage(folder.root, files))), "")


def refuse_changed(folder: RunFolder) -> None:
    """Raise where a finished run holds a link, or a file that is not as it was written.

    Raises:
        InputError: Names the file.
    """
    again = "give the same run again: it will be made again"
    for path in folder.root.rglob("*"):
        if path.is_symlink():
            raise InputError("is a link, and a run writes files", where=path, fix=again)
    wrong: list[str] = []
    if read_record(folder).finished and not is_whole(folder, wrong.append):
        raise InputError(wrong[0].partition("; ")[0], fix=again)


def begin(folder: RunFolder, recipe: Recipe, inputs: Mapping[str, Any]) -> None:
    """Make the folder this recipe's, on these inputs; results and page of an earlier one go."""
    clear_parts(folder)
    folder.results.unlink(missing_ok=True)
    folder.report.unlink(missing_ok=True)
    early = _early(recipe.settings)
    record = replace(read_record(folder), early=early, inputs=dict(inputs), finished={})
    write_record(folder, record)  # first: it says that the folder is a run's
    write_text(folder.recipe, recipe.to_toml())


def release(folder: RunFolder) -> None:
    """Let another recipe or other data begin in a folder where no stage was finished.

    A run that stops at a damaged image leaves nothing behind that belongs to its data; once the
    image is replaced or left out, the data or the recipe are others.
    """
    record = read_record(folder)
    if record.early and not (record.stages or record.finished):
        folder.recipe.unlink(missing_ok=True)
        folder.stages.unlink()


def finish(folder: RunFolder, slots: Iterable[str], provenance: str, results: str) -> None:
    """Write the last files of a run: `results.json` at the end says that it is done.

    Args:
        folder: Of the run.
        slots: The stages that it uses, as `obtain` names them.
        provenance: The text of `provenance.json`.
        results: The text of `results.json`.
    """
    texts = {folder.provenance: provenance, folder.results: results}
    files = {path.name: of_text(text) for path, text in texts.items()}
    finished = {"slots": sorted(slots), "files": files}
    write_record(folder, replace(read_record(folder), finished=finished))
    for path, text in texts.items():
        write_text(path, text)


def obtain(
    folder: RunFolder,
    cache: Cache,
    stage: Stage,
    places: Mapping[str, Path],
    build: Callable[[Path], object],
    say: Say = silent,
) -> dict[str, Any]:
    """Bring a stage's files into the run folder; return `{"key", "seconds"}`: what it took to make.

    They are there already where the folder holds this very stage, undamaged. Otherwise they are
    copied from the cache, where the stage is made unless it is found.

    Args:
        folder: Of the run.
        cache: Where stages are found and made.
        stage: What is needed.
        places: File or folder of the stage -> its path in the run folder.
        build: Makes the stage in a folder, for `Cache.make`.
        say: Called with one line about a damaged file.
    """
    if known := _held(folder, stage, places, say):
        return known
    with still_there(folder.root, cache.root):
        entry = cache.make(stage, build, places)
        return _brought(folder, entry, stage, places)


def _brought(
    folder: RunFolder, entry: Path, stage: Stage, places: Mapping[str, Path]
) -> dict[str, Any]:
    """Copy a finished stage into the run folder, and note it there."""
    record, slot = read_record(folder), slot_of(folder, stage, places)
    for name, path in places.items():
        _refuse_foreign(folder, path, entry / name, record.stages.get(slot, {}).get("files", {}))
    if slot in record.stages:  # a kill while files are replaced: they are nobody's
        write_record(folder, record.without(slot))
    for name, path in places.items():
        _copy(entry / name, path)
    files = manifest(folder.root, places.values())
    made = {"key": stage.key, "seconds": facts_of(entry)["seconds"], "files": files}
    write_record(folder, record.holding(slot, made))
    return made


def _refuse_foreign(folder: RunFolder, path: Path, made: Path, known: Mapping[str, Any]) -> None:
    """Raise where a folder that is about to be replaced holds a file that no run wrote."""
    if not path.parent.resolve().is_relative_to(folder.root.resolve()):
        raise InputError(
            "is a link that leads out of the folder of the run",
            where=path.parent,
            fix="replace it by a folder, or choose another --out",
        )
    for file in sorted(path.rglob("*")) if path.is_dir() else ():
        ours = file.is_dir() or (made / file.relative_to(path)).exists()
        if not ours and file.relative_to(folder.root).as_posix() not in known:
            raise InputError(
                "is not a file of this run, and would be deleted with its folder",
                where=file,
                fix="move it out of the folder, then give the run again",
            )


def holds(folder: RunFolder, stage: Stage, places: Mapping[str, Path]) -> bool:
    """Return whether the folder holds the files of this very stage, undamaged."""
    return bool(_held(folder, stage, places))


def keys_of(folder: RunFolder) -> dict[str, str]:
    """Return the key of each stage whose files the folder holds, by stage and path."""
    return {slot: stage["key"] for slot, stage in read_record(folder).stages.items()}


def slot_of(folder: RunFolder, stage: Stage, places: Mapping[str, Path]) -> str:
    """Return the place of a stage in the folder, as `train models/joint`."""
    return f"{stage.name} {next(iter(places.values())).relative_to(folder.root).as_posix()}"


def _held(
    folder: RunFolder, stage: Stage, places: Mapping[str, Path], say: Say = silent
) -> dict[str, Any]:
    """Return what the folder knows of this very stage; empty where it does not hold it."""
    known = read_record(folder, say).stages.get(slot_of(folder, stage, places), {})
    if known.get("key") != stage.key:
        return {}
    wrong = damage(folder.root, known["files"])
    if wrong:
        say(f"{wrong}; it will be made again")
    whole = not wrong and all(path.exists() for path in places.values())
    return dict(known) if whole else {}


def _recipe(folder: RunFolder, record: Record, say: Say) -> dict[str, Any] | None:
    """Return the tables of `recipe.toml`; None where it is absent, damaged or not as written."""
    if not folder.recipe.is_file():
        return None
    with suppress(InputError):
        tables = read_toml(folder.recipe)
        if record.early in ("", _early(tables)):
            return tables
    say(f"{folder.recipe}: is damaged; it will be made again")
    return None


def _early(settings: Mapping[str, Any]) -> str:
    return hashed({key: value for key, value in settings.items() if key not in LATE})


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
