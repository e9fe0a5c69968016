"""Recipe: one result, from the screen to the scores, as a TOML file."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import tomli_w

from phenolens.core.construct import arguments, construct, defaults, fit_type
from phenolens.core.errors import InputError, nearest
from phenolens.core.join import ProfileTable
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
PIXEL_KEYS = ("pixels", "views", "encoder", "method", "training", "embedding")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One result: where it begins, how it is learned, profiled and scored.

    A recipe begins with a `screen` (pixels) or with `profiles` (a table made elsewhere).

    Attributes:
        name: Of the result.
        seed: Seed of every draw.
        design: `joint`: one model over all channels. `per_channel`: one model a channel, whose
            profiles are put side by side (WS-DINO).
        weights: Folder or checkpoint that the encoder starts from. Empty: random.
        baselines: What is scored beside the result.
        settings: The whole recipe as plain tables, defaults spelled out: what is written to disk.
        screen: The layout that reads the images.
        profiles: The table that stands in for screen and model.
        pixels: Which pixels are prepared, and how.
        views: Who is paired, how views are cut.
        encoder: The encoder's class and settings.
        method: The method's class and settings; None: the encoder is used as it is.
        training: How long, how fast.
        embedding: Where in an image to look.
        profiling: The steps, in order.
        metrics: The metrics by name.
    """

    name: str
    seed: int
    design: Literal["joint", "per_channel"]
    weights: str
    baselines: tuple[Baseline, ...]
    settings: Mapping[str, Any]
    screen: Callable[[Path], Screen] | None
    profiles: ProfileTable | None
    pixels: PixelSettings | None
    views: ViewSettings | None
    encoder: tuple[type[Any], Mapping[str, Any]] | None
    method: tuple[type[Any], Mapping[str, Any]] | None
    training: Training | None
    embedding: EmbeddingSettings | None
    profiling: tuple[Step, ...]
    metrics: Mapping[str, Metric]

    @classmethod
    def load(cls, path: Path | str, changes: Sequence[str] = ()) -> Recipe:
        """Read a recipe, with `key=value` changes.

        Raises:
            InputError: No such file, not TOML, or a key, type or name is wrong: says which, what
                is allowed and the nearest match.
        """
        path = Path(path)
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError("no such recipe", where=path) from error
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"is not TOML: {error}", where=path) from error
        try:
            for change in changes:
                apply_change(table, change)
            return cls.from_table(table)
        except InputError as error:
            raise InputError(
                error.what, where=f"{path.name}: {error.where}", mend=error.mend
            ) from error

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Recipe:
        """Return the recipe that plain tables describe, everything checked before anything runs."""
        known = [f.name for f in dataclasses.fields(cls) if f.name != "settings"]
        for key in table:
            if key not in known:
                raise InputError("unknown key", where=key, mend=nearest(key, known))
        if ("screen" in table) == ("profiles" in table):
            raise InputError("needs either [screen] or [profiles]", where="recipe")
        if "screen" not in table and any(key in table for key in PIXEL_KEYS):
            raise InputError(f"{', '.join(PIXEL_KEYS)} need a [screen]", where="profiles")
        if not table.get("metrics"):
            raise InputError("needs at least one, as [metrics.nsc]", where="metrics")
        parts = {**_plain_parts(table), **_pixel_parts(table), **_table_parts(table)}
        recipe = cls(**parts, settings={})
        return dataclasses.replace(recipe, settings=_resolved(recipe, table))

    @property
    def identity(self) -> str:
        """A hash of the resolved recipe."""
        return hashed(self.settings)

    def to_toml(self) -> str:
        """Return the resolved recipe; loading it gives the same recipe."""
        return tomli_w.dumps(self.settings)


def hashed(settings: object) -> str:
    """Return a hash of plain settings."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def apply_change(table: dict[str, Any], change: str) -> None:
    """Apply `training.epochs=5` to a recipe's tables; list items are numbered from 0.

    Raises:
        InputError: There is no `=`, or the key leads through something that is no table.
    """
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise InputError(f"{change!r} is no key=value", where="--set")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()  # a bare word is a string
    *path, last = key.strip().split(".")
    node: Any = table
    for name in path:
        node = node.setdefault(name, {}) if isinstance(node, dict) else _item(node, name, key)
    if isinstance(node, list):
        _item(node, last, key)
        node[int(last)] = value
    elif isinstance(node, dict):
        node[last] = value
    else:
        raise InputError(f"'{'.'.join(path)}' is no table", where=f"--set {key}")


def _item(node: Any, name: str, key: str) -> Any:
    if isinstance(node, list) and name.isdigit() and int(name) < len(node):
        return node[int(name)]
    size = len(node) if isinstance(node, list) else 0
    raise InputError(f"no item '{name}' (there are {size})", where=f"--set {key}")


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
    if parts["baselines"] and not begins_with_pixels:
        raise InputError("baselines are made from pixels: needs a [screen]", where="baselines")
    return parts


def _pixel_parts(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts that need pixels; None for each where there are none."""
    if "screen" not in table:
        return dict.fromkeys(("screen", *PIXEL_KEYS))
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
    return parts


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
    return {
        "profiles": construct(ProfileTable, source, "profiles") if source is not None else None,
        "profiling": tuple(build("profiling", s, f"profiling.{i}") for i, s in enumerate(steps)),
        "metrics": {
            name: build("metrics", {"metric": name, **settings}, f"metrics.{name}")
            for name, settings in metrics.items()
        },
    }


def _resolved(recipe: Recipe, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recipe as plain tables with every default spelled out."""
    full: dict[str, Any] = {
        key: getattr(recipe, key) for key in ("name", "seed", "design", "weights", "baselines")
    }
    full["screen"] = _spelled(recipe.screen, table.get("screen", {}), "layout")
    full["profiles"] = _spelled(recipe.profiles, {}, "")
    for key in ("pixels", "views", "training", "embedding"):
        full[key] = _spelled(getattr(recipe, key), {}, "")
    for key in ("encoder", "method"):
        made = getattr(recipe, key)
        full[key] = {"name": table[key]["name"], **made[1]} if made else None
    full["profiling"] = [
        _spelled(step, said, "step")
        for step, said in zip(recipe.profiling, table.get("profiling", []), strict=True)
    ]
    full["metrics"] = {
        name: _spelled(metric, {"metric": name, **table["metrics"][name]}, "metric")
        for name, metric in recipe.metrics.items()
    }
    plain: dict[str, Any] = _plain(full)
    return plain


def _spelled(made: object, said: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """Return an object's parameters, with the key that names it."""
    if made is None:
        return None
    named = {key: said[key]} if key else {}
    if not dataclasses.is_dataclass(made):
        return {**named, **{k: v for k, v in said.items() if k != key}}
    return {**named, **{f.name: getattr(made, f.name) for f in dataclasses.fields(made) if f.init}}


def _plain(value: Any) -> Any:
    """Return a value as TOML knows it; what is None is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value
