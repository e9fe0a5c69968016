"""The stage `baseline`: what a learned representation is compared with, made of the same pixels."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from phenolens.baselines.base import Baseline, Given
from phenolens.chains.settings import plain
from phenolens.core.errors import InputError
from phenolens.core.files import write_text
from phenolens.core.foreign import foreign_code
from phenolens.core.names import file_name, file_names
from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.core.screen import Screen
from phenolens.core.small_files import read_small
from phenolens.runs.embed import embed_into
from phenolens.runs.joined import joined_key, on_rows_of, refuse_names
from phenolens.runs.learned import Embeddings
from phenolens.runs.measured import measured_key, with_columns
from phenolens.runs.prepare import Pixels
from phenolens.runs.stages import Stage
from phenolens.runs.start import new_encoder

_TABLES, _MODELS = "embeddings", "models.json"


def make_baselines(pixels: Pixels) -> dict[str, dict[str, Embeddings]]:
    """Return the embeddings of the recipe's baselines, made or found: by title, then by model."""
    job = pixels.job
    found = {}
    for name, stage in baseline_stages(pixels).items():
        baseline = pixels.learning.baselines[name]
        folder = job.folder.baseline(name)
        job.obtain(stage, {_TABLES: folder}, partial(_build, pixels, name, baseline, stage))
        models = json.loads(read_small(folder / _MODELS))
        made = {
            model: Embeddings(f"{stage.key} {model}", partial(Profiles.load, _path(folder, model)))
            for model in models
        }
        found[baseline.title] = with_measured(pixels, made)
    return found


def make_features(pixels: Pixels) -> dict[str, Embeddings]:
    """Return what the recipe's `features` measure, made or found, as one model by its name."""
    ((name, baseline),) = pixels.learning.features.items()
    stage, folder = _stage(pixels, name, baseline), pixels.job.folder.baseline(name)
    build = partial(_build, pixels, name, baseline, stage)
    pixels.job.obtain(stage, {_TABLES: folder}, build)
    return {name: Embeddings(stage.key, lambda: Profiles.load(_only(folder)))}


def with_joined(pixels: Pixels, given: Mapping[str, Embeddings]) -> dict[str, Embeddings]:
    """Return embeddings, and next to them what the recipe's `joined` measures, as further models.

    Raises:
        InputError: One has the name of a model.
    """
    refuse_names(pixels.learning.joined, given)
    found = dict(given)
    keys = joined_keys(pixels, {model: one.key for model, one in given.items()})
    for name, stage in joined_stages(pixels).items():
        baseline, folder = pixels.learning.joined[name], pixels.job.folder.baseline(name)
        build = partial(_build, pixels, name, baseline, stage)
        pixels.job.obtain(stage, {_TABLES: folder}, build)
        rows = next(iter(given.values()))

        def load(name: str = name, folder: Path = folder, rows: Embeddings = rows) -> Profiles:
            return on_rows_of(rows.load(), name, Profiles.load(_only(folder)))

        found[name] = Embeddings(keys[name], load)
    return found


def joined_stages(pixels: Pixels) -> dict[str, Stage]:
    """Return the stage of each baseline that is next to the embeddings, by name."""
    return {name: _stage(pixels, name, one) for name, one in pixels.learning.joined.items()}


def joined_keys(pixels: Pixels, models: Mapping[str, str]) -> dict[str, str]:
    """Return the key of what is next to the embeddings, by name.

    Args:
        pixels: Of the run.
        models: Key of each model's embeddings.
    """
    return {name: joined_key(one.key, models) for name, one in joined_stages(pixels).items()}


def with_measured(pixels: Pixels, given: Mapping[str, Embeddings]) -> dict[str, Embeddings]:
    """Return embeddings whose rows have what the recipe's `measured` finds in their images."""
    tables = {}
    for name, stage in measured_stages(pixels).items():
        baseline, folder = pixels.learning.measured[name], pixels.job.folder.baseline(name)
        build = partial(_build, pixels, name, baseline, stage)
        pixels.job.obtain(stage, {_TABLES: folder}, build)
        tables[name] = folder
    if not tables:
        return dict(given)

    def load(one: Embeddings) -> Profiles:
        measured = {name: Profiles.load(_only(folder)) for name, folder in tables.items()}
        return with_columns(one.load(), measured)

    keys = [stage.key for stage in measured_stages(pixels).values()]
    return {
        model: Embeddings(measured_key(one.key, keys), partial(load, one))
        for model, one in given.items()
    }


def measured_stages(pixels: Pixels) -> dict[str, Stage]:
    """Return the stage of each baseline that measures for the recipe, by name."""
    named = pixels.learning.measured.items()
    return {name: _stage(pixels, name, baseline) for name, baseline in named}


def baseline_stages(pixels: Pixels) -> dict[str, Stage]:
    """Return the stage of each of the recipe's baselines, by name."""
    named = pixels.learning.baselines.items()
    return {name: _stage(pixels, name, baseline) for name, baseline in named}


def _stage(pixels: Pixels, name: str, baseline: Baseline) -> Stage:
    shapes: dict[str, Any] = {
        "prepare": pixels.prepared.key,
        "baseline": {"name": name, **plain(baseline)},
        "code": foreign_code(baseline),
    }
    if baseline.uses_encoder:
        learning = pixels.learning
        shapes |= {key: learning.settings[key] for key in ("encoder", "embedding", "design")}
        shapes |= {"limits": pixels.limited.key, "seed": learning.seed}
        shapes["code"] = foreign_code(baseline, (learning.encoder or (None,))[0])
    return Stage("baseline", shapes, f"{baseline.title} of {pixels.prepared.about}")


def _build(pixels: Pixels, name: str, baseline: Baseline, stage: Stage, work: Path) -> None:
    parts = work / "parts"
    given = Given(
        screen=pixels.screen,
        designs={model: pixels.design(model) for model in pixels.designs},
        new_encoder=partial(new_encoder, pixels),
        embed=_embedder(pixels, stage, parts),
    )
    if not baseline.uses_encoder:
        given = Given(given.screen, given.designs, _undeclared, _undeclared)
    models = baseline(given)
    file_names(models, f"models of {name}")
    for model, profiles in models.items():
        profiles.save(_path(work / _TABLES, model))
    write_text(work / _TABLES / _MODELS, json.dumps(list(models)))
    if parts.is_dir():
        shutil.rmtree(parts)


def _embedder(pixels: Pixels, stage: Stage, parts: Path) -> Callable[[Any, Screen], Profiles]:
    """Return what embeds a screen and keeps the result until the whole baseline is complete."""
    numbers = count()

    def embed(encoder: Any, screen: Screen) -> Profiles:
        number = next(numbers)
        table, key = parts / f"{number}.parquet", f"{stage.key}-{number}"
        return embed_into(pixels, encoder, screen, table, key, stage.about)

    return embed


def _undeclared(*_: object) -> Any:
    raise RuntimeError("a baseline that uses an encoder must say `uses_encoder = True`")


def measured_table(folder: RunFolder, name: str) -> Profiles:
    """Return what a baseline found, as a finished run has it; several models next to each other."""
    place = folder.baseline(name)
    models = json.loads(read_small(place / _MODELS))
    return _joined({model: Profiles.load(_path(place, model)) for model in models})


def models_of(folder: RunFolder, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of what is side by side in a run's profiles: models, and `joined`.

    Args:
        folder: Of the run.
        settings: Of its recipe.
    """
    if name := settings.get("features"):
        return (name,)
    models = sorted(path.stem for path in folder.embeddings.glob("*.parquet"))
    return (*models, *settings.get("joined", ()))


def embeddings_of(folder: RunFolder, settings: Mapping[str, Any]) -> Profiles:
    """Return the embeddings of a run as its steps get them: several models next to each other.

    What the recipe's `measured` found in the images is in the metadata; its `joined` are further
    models.

    Args:
        folder: Of the run.
        settings: Of its recipe.

    Raises:
        InputError: It has none: it began with a table.
    """
    joined = tuple(settings.get("joined", ()))
    names = [name for name in models_of(folder, settings) if name not in joined]
    if settings.get("features"):
        parts = {name: measured_table(folder, name) for name in names}
    else:
        parts = {name: Profiles.load(folder.embedding(name)) for name in names}
    for name in joined if parts else ():
        rows = next(iter(parts.values()))
        parts[name] = on_rows_of(rows, name, measured_table(folder, name))
    if not parts:
        raise InputError("has no embeddings: it began with a table", where=folder.root)
    measured = {one: measured_table(folder, one) for one in settings.get("measured", ())}
    return _joined({model: with_columns(one, measured) for model, one in parts.items()})


def _joined(parts: Mapping[str, Profiles]) -> Profiles:
    return Profiles.concatenate(parts) if len(parts) > 1 else next(iter(parts.values()))


def _only(folder: Path) -> Path:
    """Return the table of a baseline of one model."""
    (model,) = json.loads(read_small(folder / _MODELS))
    return _path(folder, model)


def _path(folder: Path, model: str) -> Path:
    return folder / f"{file_name(model)}.parquet"
