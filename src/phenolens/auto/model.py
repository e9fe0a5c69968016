"""An encoder that the user gives, in the place of a training."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from phenolens.auto.choice import Choice
from phenolens.auto.facts import Facts
from phenolens.auto.pixels import tiles
from phenolens.core.errors import InputError
from phenolens.core.files import written
from phenolens.models.card import CARD, read_card
from phenolens.pixels.base import build_chain

Table = dict[str, Any]
KEPT, FILE = "model", "model.onnx"  # its copy in the folder of the answer
# Tables of a recipe, pixel steps (None: those that suit the screen), and choices.
Given = tuple[Table, list[Table] | None, list[Choice]]
_KINDS = ("onnx:", "timm:", "transformers:")


def has_pixel_steps(model: str) -> bool:
    """Return whether a model that the user gives has pixel steps of its own: a model folder."""
    return not model.startswith(_KINDS)


def given(model: str, facts: Facts, folder: Path, channels: tuple[str, ...]) -> Given:
    """Return the tables of a recipe that embed with a given model.

    A model folder and a file of ONNX are copied next to the recipe, so that it can be repeated.

    Args:
        model: A model folder of phenolens, `onnx:FILE`, `timm:NAME` or `transformers:NAME`.
        facts: Of the screen.
        folder: Of the answer.
        channels: Of the screen.

    Raises:
        InputError: There is no such model, or it takes channels that the screen lacks.
    """
    if not has_pixel_steps(model):
        return _frozen(model, facts, folder)
    path = Path(model)
    if not (path / CARD).is_file():
        fix = f"name a model folder (with {CARD}), or {', '.join(k + '...' for k in _KINDS)}"
        raise InputError("there is no model there", where=model, fix=fix)
    card = read_card(path)
    if lost := [name for name in card.channels if name not in channels]:
        raise InputError(
            f"takes the channels {', '.join(card.channels)}; the screen lacks {', '.join(lost)}",
            where=model,
            fix="give the channels these names, with --set names",
        )
    _copy(path, folder / KEPT)
    steps = [
        table
        for table, step in zip(card.pixels, build_chain(card.pixels), strict=True)
        if getattr(step, "replayed", True)
    ]
    if tuple(card.channels) != channels:
        steps.insert(0, {"step": "select_channels", "channels": list(card.channels)})
    embedding = {"tiles": card.tiles, "pool": card.pool}
    tables = {"encoder": dict(card.encoder), "embedding": embedding, "weights": KEPT}
    why = "it was given; its own pixel steps and tiles are used"
    return tables, steps, [Choice("model", str(path), why)]


def _frozen(model: str, facts: Facts, folder: Path) -> Given:
    kind, _, name = model.partition(":")
    grid, _, tiled = tiles(facts)
    if kind == "onnx":
        path = Path(name)
        if not path.is_file():
            raise InputError("no such file", where=name)
        target = folder / FILE
        with written(target) as partial:
            shutil.copyfile(path, partial)
        name = FILE  # the recipe is next to it
    encoder = {"name": f"{kind}:{name}", **({"size": 224} if kind == "onnx" else {})}
    tables = {"encoder": encoder, "embedding": {"tiles": grid}}
    return tables, None, [Choice("model", model, "it was given, and is used as it is"), tiled]


def _copy(source: Path, target: Path) -> None:
    """Copy the files of a model folder; a copy that is there may be of another model."""
    with written(target) as partial:
        partial.mkdir()
        for path in sorted(source.iterdir()):
            if path.is_file():
                shutil.copyfile(path, partial / path.name)
