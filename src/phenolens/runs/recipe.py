"""Recipe: one result, from the screen to the scores, as a TOML file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import tomli_w

from phenolens.chains.chain import built
from phenolens.chains.scoring import BEFORE, read_metrics
from phenolens.chains.settings import changed, hashed, plain, read_toml
from phenolens.core.construct import arguments, construct, defaults, fit_type
from phenolens.core.errors import InputError, nearest
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Step
from phenolens.core.registry import build, find
from phenolens.core.score import Metric
from phenolens.core.screen import Screen

if TYPE_CHECKING:  # a recipe without pixels never loads torch
    from phenolens.embedding.embed import EmbeddingSettings
    from phenolens.pixels.settings import PixelSettings
    from phenolens.training.settings import Training
    from phenolens.views.stream import ViewSettings

Baseline = Literal["untrained", "intensity", "cell_count"]
BASELINES: tuple[Baseline, ...] = ("untrained", "intensity", "cell_count")
PIXEL_KEYS = ("screen", "pixels", "views", "encoder", "method", "training", "embedding")
TABLE_KEYS = (
    "name",
    "seed",
    "design",
    "weights",
    "baselines",
    "profiles",
    "profiling",
    "metrics",
)


@dataclass(frozen=True, kw_only=True)
class Learning:
    """The pixel half of a recipe: from images to an encoder to embeddings.

    Attributes:
        screen: The layout that reads the images.
        pixels: Which pixels are prepared, and how.
        views: Who is paired, how views are cut.
        encoder: The encoder's class and settings.
        method: The method's class and settings; None: the encoder is used as it is.
        training: How long, how fast.
        embedding: Where in an image to look.
    """

    screen: Callable[[Path], Screen]
    pixels: PixelSettings
    views: ViewSettings
    encoder: tuple[type[Any], Mapping[str, Any]]
    method: tuple[type[Any], Mapping[str, Any]] | None
    training: Training
    embedding: EmbeddingSettings


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One result: where it begins, how it is learned, profiled and scored.

    A recipe begins with a `screen` (pixels) or with `profiles` (a table made elsewhere).

    Attributes:
        name: Of the result.
        seed: Seed of every draw.
        design: `joint`: one model over all channels. `per_channel`: one model a channel, whose
            profiles are put side by side (WS-DINO).
        weights: Folder of a model, or published checkpoint, that training starts from, relative to
            the root. Empty: random.
        baselines: What is scored beside the result.
        settings: The whole recipe as plain tables, defaults spelled out: what is written to disk.
        learning: The pixel half; None where a table stands in for screen and model.
        profiles: That table.
        profiling: The steps, in order.
        metrics: The metrics by name.
        stages: How many of the steps come before each metric: all, unless it says
            `before = "aggregate"` (the last step of that name), as retrieval on wells does.
    """

    name: str
    seed: int
    design: Literal["joint", "per_channel"]
    weights: str
    baselines: tuple[Baseline, ...]
    settings: Mapping[str, Any]
    learning: Learning | None
    profiles: ProfileTable | None
    profiling: tuple[Step, ...]
    metrics: Mapping[str, Metric]
    stages: Mapping[str, int]

    @classmethod
    def load(cls, path: Path | str, changes: Sequence[str] = ()) -> Recipe:
        """Read a recipe, with `key=value` changes.

        Raises:
            InputError: No such file, not TOML, or a key, type or name is wrong: says which, what
                is allowed and the nearest match.
        """
        path = find_recipe(str(path))
        table = changed(read_toml(path), changes)
        try:
            return cls.from_table(table)
        except InputError as error:
            where = f"{path.name}: {error.where}" if error.where else path.name
            raise InputError(error.what, where=where, fix=error.fix) from error

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Recipe:
        """Return the recipe that plain tables describe, everything checked before anything runs."""
        known = [*TABLE_KEYS, *PIXEL_KEYS]
        for key, value in table.items():
            if key not in known:
                raise InputError("unknown key", where=key, fix=nearest(key, known))
            if key in (*PIXEL_KEYS, "profiles") and not isinstance(value, Mapping):
                raise InputError(f"{value!r} is no table", where=key, fix=f"write [{key}]")
        if ("screen" in table) == ("profiles" in table):
            raise InputError("needs either [screen] or [profiles]", where="recipe")
        idle = [key for key in PIXEL_KEYS if key in table and "screen" not in table]
        if idle:
            raise InputError("needs a [screen]", where=idle[0])
        if not table.get("metrics"):
            raise InputError("needs at least one, as [metrics.nsc]", where="metrics")
        parts = {**_plain_parts(table), **_table_parts(table)}
        recipe = cls(**parts, learning=_learning(table), settings={})
        return dataclasses.replace(recipe, settings=_resolved(recipe, table))

    @property
    def identity(self) -> str:
        """A hash of the resolved recipe."""
        return hashed(self.settings)

    def to_toml(self) -> str:
        """Return the resolved recipe; loading it gives the same recipe."""
        return tomli_w.dumps(self.settings)


def find_recipe(name: str) -> Path:
    """Return the path of a recipe: a file, or one that comes with phenolens, by its name.

    Raises:
        InputError: Neither: says the nearest name.
    """
    path = Path(name)
    if path.is_file():
        return path
    shipped = shipped_recipes()
    if name not in shipped:
        raise InputError("no such recipe", where=name, fix=nearest(path.stem, shipped))
    return shipped[name]


def shipped_recipes() -> dict[str, Path]:
    """Return the recipes that come with phenolens, by name."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "recipes", package.parents[1] / "recipes")  # installed, or a checkout
    return {p.stem: p for place in places for p in sorted(place.glob("*.toml"))}


def _plain_parts(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys at the top of a recipe."""
    hints: dict[str, Any] = {
        "name": str,
        "seed": int,
        "design": Literal["joint", "per_channel"],
        "weights": str,
        "baselines": tuple[Baseline, ...],
    }
    begins_with_pixels = "screen" in table
    parts: dict[str, Any] = {
        "name": "recipe",
        "seed": 0,
        "design": "joint",
        "weights": "",
        "baselines": BASELINES if begins_with_pixels and "method" in table else (),
    }
    parts.update({k: fit_type(table[k], hint, k) for k, hint in hints.items() if k in table})
    if not 0 <= parts["seed"] < 2**32:
        raise InputError(f"must lie in 0..2**32 - 1, got {parts['seed']}", where="seed")
    if parts["baselines"] and not begins_with_pixels:
        raise InputError("baselines are made from pixels: needs a [screen]", where="baselines")
    return parts


def _learning(table: Mapping[str, Any]) -> Learning | None:
    """Return the pixel half; None where there are no pixels."""
    if "screen" not in table:
        return None
    from phenolens.embedding.embed import EmbeddingSettings
    from phenolens.pixels.settings import PixelSettings
    from phenolens.training.settings import Training
    from phenolens.views.stream import ViewSettings

    makers: dict[str, type[Any]] = {
        "pixels": PixelSettings,
        "views": ViewSettings,
        "training": Training,
        "embedding": EmbeddingSettings,
    }
    parts: dict[str, Any] = {"screen": build("screens", table["screen"], "screen")}
    for key, maker in makers.items():
        parts[key] = construct(maker, table.get(key, {}), key)
    if "encoder" not in table:
        raise InputError('needs an [encoder], as name = "vit"', where="recipe")
    parts["encoder"] = _named("encoders", table["encoder"], "encoder", ("channels",))
    parts["method"] = None
    if "method" in table:
        parts["method"] = _named("methods", table["method"], "method", ("encoder",))
    return Learning(**parts)


def _named(
    room: str, settings: Mapping[str, Any], where: str, given: tuple[str, ...]
) -> tuple[type[Any], Mapping[str, Any]]:
    """Return a class and its checked settings, defaults included, to be built later."""
    if not isinstance(settings.get("name"), str):
        raise InputError('needs name = "..."', where=where)
    maker = find(room, settings["name"], f"{where}.name")
    rest = {k: v for k, v in settings.items() if k != "name"}
    return maker, {**defaults(maker, given), **arguments(maker, rest, where, given)}


def _table_parts(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of the table half: source, steps, metrics."""
    steps = fit_type(table.get("profiling", []), tuple[dict[str, Any], ...], "profiling")
    metrics = fit_type(table["metrics"], dict[str, dict[str, Any]], "metrics")
    source = table.get("profiles")
    made, stages = read_metrics(metrics, steps, "metrics")
    return {
        "profiles": construct(ProfileTable, source, "profiles") if source is not None else None,
        "profiling": built(steps, "profiling"),
        "metrics": made,
        "stages": stages,
    }


def _resolved(recipe: Recipe, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recipe as plain tables with every default spelled out."""
    full: dict[str, Any] = {
        key: getattr(recipe, key) for key in ("name", "seed", "design", "weights", "baselines")
    }
    full["profiles"] = _spelled(recipe.profiles, {}, "") if recipe.profiles else None
    if recipe.learning:
        full["screen"] = _spelled(recipe.learning.screen, table["screen"], "layout")
        for key in ("pixels", "views", "training", "embedding"):
            full[key] = _spelled(getattr(recipe.learning, key), {}, "")
        for key in ("encoder", "method"):
            made = getattr(recipe.learning, key)
            full[key] = {"name": table[key]["name"], **made[1]} if made else None
    full["profiling"] = [
        _spelled(step, said, "step")
        for step, said in zip(recipe.profiling, table.get("profiling", []), strict=True)
    ]
    full["metrics"] = {
        name: _spelled(metric, {"metric": name, **said}, "metric")
        | {key: said[key] for key in (BEFORE,) if key in said}
        for (name, metric), said in zip(
            recipe.metrics.items(), table["metrics"].values(), strict=True
        )
    }
    resolved: dict[str, Any] = plain(full)
    return resolved


def _spelled(made: object, said: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return an object's parameters, with the key that names it."""
    named = {key: said[key]} if key else {}
    if not dataclasses.is_dataclass(made):
        return {**named, **{k: v for k, v in said.items() if k != key}}
    return {**named, **plain(made)}
