"""Learning: the pixel half of a recipe, from a screen to embeddings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from phenolens.chains.settings import plain
from phenolens.core.construct import arguments, construct, defaults, fit_type
from phenolens.core.errors import InputError
from phenolens.core.registry import build, find
from phenolens.core.screen import Screen

if TYPE_CHECKING:  # a recipe without pixels never loads torch
    from phenolens.embedding.embed import EmbeddingSettings
    from phenolens.pixels.base import PixelStep
    from phenolens.runs.images import OpenImages
    from phenolens.training.settings import Training
    from phenolens.views.stream import ViewSettings

TABLES = ("screen", "views", "encoder", "method", "training", "embedding")
KEYS = (*TABLES, "pixels", "design", "weights", "baselines", "measured", "features", "joined")
BASELINES = ("untrained", "intensity", "cell_count")
_OF_ENCODERS = (*TABLES[1:], "design", "weights", "explanations", "joined")
Named = tuple[type[Any], Mapping[str, Any]]  # a class and its settings, to be built later
Design = Literal["joint", "per_channel"]
# Settings of the machine that were keys of a recipe, or that one might look for there.
_MACHINE = {
    "training.accelerator": "accelerator",
    "training.checkpoint_every": "checkpoint_every",
    "training.log_every": "log_every",
    "training.threads": "threads",
    "embedding.batch_size": "embed_batch_size",
    "embedding.accelerator": "accelerator",
}


@dataclass(frozen=True, kw_only=True)
class Learning:
    """The pixel half of a recipe: from images to an encoder to embeddings.

    Attributes:
        screen: The layout that reads the images.
        pixels: The pixel steps, in order; the last one says how raw counts become [0, 1].
        views: Who is paired, how views are cut.
        encoder: The encoder's class and settings; None: `features` are in its place.
        method: The method's class and settings; None: the encoder is used as it is.
        training: How long, how fast.
        embedding: Where in an image to look.
        design: `joint`: one model over all channels. `per_channel`: one model per channel, whose
            profiles are put side by side (WS-DINO).
        weights: Folder of a model, or published checkpoint, that training starts from, relative to
            the root. Empty: random.
        baselines: What the result is compared with, by name.
        measured: Baselines whose figures become columns of every image's metadata, by name.
        features: Baselines that are the result themselves, by name: one, or none.
        joined: Baselines whose features are side by side with each model's embeddings, by name.
        seed: Of every draw.
        settings: All of this as plain tables, defaults spelled out.
    """

    screen: Callable[[Path], Screen]
    pixels: tuple[PixelStep, ...]
    views: ViewSettings
    encoder: Named | None
    method: Named | None
    training: Training
    embedding: EmbeddingSettings
    design: Design
    weights: str
    baselines: Mapping[str, Any]
    measured: Mapping[str, Any]
    features: Mapping[str, Any]
    joined: Mapping[str, Any]
    seed: int
    settings: Mapping[str, Any]

    def open(self, root: Path) -> OpenImages:
        """Return the screen and the given weights, found below a folder and fingerprinted.

        Raises:
            InputError: The screen or the weights cannot be read.
        """
        from phenolens.runs.open_images import open_images  # torch, only where there are pixels

        return open_images(self, root)


def read_learning(table: Mapping[str, Any], seed: int) -> Learning:
    """Return the pixel half of a recipe's tables, everything checked.

    Raises:
        InputError: A key, type or name is wrong; says which and what is allowed.
    """
    from phenolens.embedding.embed import EmbeddingSettings
    from phenolens.pixels.base import build_chain
    from phenolens.training.settings import Training
    from phenolens.views.stream import ViewSettings

    _refuse_machine(table)
    features = _features(table)
    if "encoder" not in table and not features:
        fix = 'or name what is measured instead, as features = "cell_profiler"'
        raise InputError('needs an [encoder], as name = "vit"', where="recipe", fix=fix)
    pixels = table.get("pixels", [])
    if isinstance(pixels, Mapping):
        raise InputError("is one table", where="pixels", fix="write a list of steps, as [[pixels]]")
    steps = fit_type(pixels, tuple[dict[str, Any], ...], "pixels")
    method = table.get("method")
    parts: dict[str, Any] = {
        "screen": build("screens", table["screen"], "screen"),
        "pixels": build_chain(steps),
        "views": construct(ViewSettings, table.get("views", {}), "views"),
        "encoder": None
        if features
        else _named("encoders", table["encoder"], "encoder", ("channels",)),
        "method": _named("methods", method, "method", ("encoder", "facts")) if method else None,
        "training": construct(Training, table.get("training", {}), "training"),
        "embedding": construct(EmbeddingSettings, table.get("embedding", {}), "embedding"),
        "design": fit_type(table.get("design", "joint"), Design, "design"),
        "weights": fit_type(table.get("weights", ""), str, "weights"),
        "baselines": _baselines(table, BASELINES if method else ()),
        "measured": _measured(table),
        "features": features,
        "joined": _joined(table),
    }
    settings = _resolved(parts, table, steps)
    if parts["encoder"]:
        maker, given = parts["encoder"]
        parts["encoder"] = maker, maker.located(given)
    return Learning(**parts, seed=seed, settings=settings)


def _refuse_machine(table: Mapping[str, Any]) -> None:
    """Raise InputError where a recipe sets what belongs to the machine."""
    for key, name in _MACHINE.items():
        section, _, setting = key.partition(".")
        if setting in table.get(section, {}):
            raise InputError(
                "is a setting of the machine, not of the recipe",
                where=key,
                fix=f"remove it, and give --machine {name}=VALUE to the command (in Python: "
                f"machine=Machine({name}=...))",
            )


def _named(room: str, settings: Mapping[str, Any], where: str, given: tuple[str, ...]) -> Named:
    """Return a class and its checked settings, defaults included, to be built later."""
    if not isinstance(settings.get("name"), str):
        raise InputError('needs name = "..."', where=where)
    name, model = _name(room, settings)
    maker = find(room, name, f"{where}.name")
    rest = {**({"model": model} if model else {}), **settings}
    del rest["name"]
    checked = {**defaults(maker, given), **arguments(maker, rest, where, given)}
    try:
        maker.check(checked)  # it is built after the pixels were prepared: too late to refuse
        if room == "encoders":
            checked = maker.settled(checked)
    except InputError as error:
        raise InputError(error.what, where=f"{where}.{error.where}", fix=error.fix) from error
    return maker, checked


def _name(room: str, settings: Mapping[str, Any]) -> tuple[str, str]:
    """Return an entry's name, and the model behind a colon, as in `timm:resnet50`."""
    name, _, model = settings["name"].partition(":")
    return (name, model) if room == "encoders" else (settings["name"], "")


def _baselines(table: Mapping[str, Any], default: tuple[str, ...]) -> dict[str, Any]:
    names = fit_type(table.get("baselines", default), tuple[str, ...], "baselines")
    return {name: find("baselines", name, f"baselines[{i}]")() for i, name in enumerate(names)}


def _measured(table: Mapping[str, Any]) -> dict[str, Any]:
    names = fit_type(table.get("measured", ()), tuple[str, ...], "measured")
    made = {name: find("baselines", name, f"measured[{i}]")() for i, name in enumerate(names)}
    for name, baseline in made.items():
        if not getattr(baseline, "measures", ()):
            raise InputError(
                f"{name} measures nothing that has a name of its own",
                where="measured",
                fix="name cell_count or confluence, or give the baseline `measures`",
            )
    return made


def _features(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the baseline that a recipe measures in the place of an encoder, by its name.

    Raises:
        InputError: There is no such baseline, it needs an encoder, or a setting is there that
            needs one.
    """
    name = fit_type(table.get("features", ""), str, "features")
    if not name:
        return {}
    made = find("baselines", name, "features")()
    asked = fit_type(table.get("baselines", ()), tuple[str, ...], "baselines")
    needing = [f"baselines: {b}" for b in asked if find("baselines", b, "baselines").uses_encoder]
    if made.uses_encoder:
        fix = "name one that measures images, as cell_profiler or intensity"
        raise InputError(f"{name} needs an encoder", where="features", fix=fix)
    if there := [key for key in _OF_ENCODERS if table.get(key)] + needing:
        what = f"is measured in the images, so that no encoder is left for {', '.join(there)}"
        raise InputError(what, where=f"features: {name}", fix="leave these out")
    return {name: made}


def _joined(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the baselines whose features are next to the embeddings, by name.

    Raises:
        InputError: There is no such baseline, or it needs an encoder.
    """
    names = fit_type(table.get("joined", ()), tuple[str, ...], "joined")
    made = {name: find("baselines", name, f"joined[{i}]")() for i, name in enumerate(names)}
    for name, baseline in made.items():
        if baseline.uses_encoder:
            fix = "name one that measures images, as plain or cell_profiler"
            raise InputError(f"{name} needs an encoder", where="joined", fix=fix)
    return made


def _resolved(
    parts: Mapping[str, Any], table: Mapping[str, Any], steps: tuple[Mapping[str, Any], ...]
) -> dict[str, Any]:
    """Return the pixel half as plain tables with every default spelled out."""
    names = [step["step"] for step in steps] + ["rescale"] * (len(parts["pixels"]) - len(steps))
    learned = () if parts["features"] else ("design", "weights", "views", "training", "embedding")
    full: dict[str, Any] = {
        **{key: parts[key] for key in learned},
        "baselines": list(parts["baselines"]),
        "screen": spelled(parts["screen"], table["screen"], "layout"),
        "pixels": [
            {"step": name, **plain(step)} for name, step in zip(names, parts["pixels"], strict=True)
        ],
    }
    for key in ("measured", "joined"):
        if parts[key]:
            full[key] = list(parts[key])
    if parts["features"]:
        (full["features"],) = parts["features"]
    for key in ("encoder", "method"):
        if parts[key]:
            full[key] = {"name": _name(f"{key}s", table[key])[0], **parts[key][1]}
    resolved: dict[str, Any] = plain(full)
    return resolved


def spelled(made: object, given: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return an object's parameters as plain settings, with the key that names it.

    Args:
        made: A dataclass, whose defaults are spelled out; any other object is described by `given`.
        given: The table that it was made of.
        key: The key of `given` that names it, as `step`.
    """
    rest = {k: v for k, v in given.items() if k != key}
    return {key: given[key], **(plain(made) if dataclasses.is_dataclass(made) else rest)}
