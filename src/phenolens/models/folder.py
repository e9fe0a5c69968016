"""A model's folder: its card, and the tensors of the encoder and of all other parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.files import write_text, written
from phenolens.core.registry import find
from phenolens.encoders.base import Encoder
from phenolens.models.card import CARD, UNFINISHED, WEIGHTS, Card, is_ours, read_card
from phenolens.networks.published import (
    fill,
    refuse_misfits,
    refuse_non_finite,
)
from phenolens.networks.weights_file import read_tensors, shapes_of

_SPARE = 100  # tensors: a small network with other sizes is refused by the names of its tensors
PREFIX = "parts."  # of the names of all tensors that are not the encoder's


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A network that is kept next to the encoder: a decoder, a projection, a lens.

    Attributes:
        name: The network's name in `networks/`, as `projection`.
        settings: What its constructor is given, all of it, as plain values.
        network: The network itself.
    """

    name: str
    settings: Mapping[str, Any]
    network: nn.Module


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model read from its folder, in evaluation mode.

    Attributes:
        encoder: From images to embeddings.
        parts: What was kept next to it, by name.
        card: What one must know to use them.
    """

    encoder: Encoder
    card: Card
    parts: Mapping[str, nn.Module] = field(default_factory=dict)


def save(
    folder: Path, card: Card, encoder: Encoder, parts: Mapping[str, Part] | None = None
) -> Path:
    """Write `config.json` and `model.safetensors` into the folder; return the folder.

    The encoder's tensors keep their own names (timm's), so that others can load them; those of a
    part begin with `parts.<its name>.`. The card is written last: a folder with a card is complete.

    Args:
        folder: Where to; created where missing, an older model there is replaced.
        card: Its `parts` are filled in here.
        encoder: The encoder that the card describes.
        parts: What is kept next to the encoder.

    Raises:
        InputError: A weight is not finite; an older model in the folder is then untouched.
        ValueError: The encoder has other channels than the card says, or a part's name has a dot.
    """
    if encoder.channels != card.channels:
        raise ValueError(f"the encoder has channels {encoder.channels}, the card {card.channels}")
    parts = parts or {}
    tensors = _tensors(encoder, "")
    for name, part in parts.items():
        if "." in name or any(k.startswith(_prefix(name)) for k in tensors):
            raise ValueError(f"a part cannot be named '{name}': its tensors would not be its own")
        tensors |= _tensors(part.network, _prefix(name))
    refuse_non_finite(tensors, folder)
    described = {name: {"name": part.name, **part.settings} for name, part in parts.items()}
    text = replace(card, parts=described).to_json()
    write_text(folder / UNFINISHED, text)  # what a crash leaves is ours, and no model
    (folder / CARD).unlink(missing_ok=True)  # else a crash leaves the old card with new weights
    with written(folder / WEIGHTS) as partial:
        save_file(tensors, partial, metadata={"format": "pt"})
    write_text(folder / CARD, text)
    (folder / UNFINISHED).unlink()
    return folder


def load(folder: Path, channels: Sequence[str] | None = None) -> Model:
    """Return the model of a folder, in evaluation mode: the encoder and all parts.

    Args:
        folder: As `save` wrote it.
        channels: The channels it will be given, in order, checked against its own.

    Raises:
        InputError: Other channels or another order, a file is missing or does not fit the card, or
            a weight is not finite.
    """
    card = read_card(folder)
    if channels is not None:
        _require_channels(card, channels, folder)
    _refuse_misfits(card, folder)
    encoder: Encoder = _build("encoders", card.encoder, folder, channels=card.channels)
    parts = {
        name: _build("networks", table, folder, f"parts.{name}")
        for name, table in card.parts.items()
    }
    tensors = read_tensors(folder / WEIGHTS)
    for name, network in parts.items():
        prefix = _prefix(name)
        own = {k: tensors.pop(k) for k in list(tensors) if k.startswith(prefix)}
        bare = {k.removeprefix(prefix): v for k, v in own.items()}
        fill(network, bare, f"{folder / WEIGHTS}: parts.{name}", exact=True)
    fill(encoder, tensors, folder / WEIGHTS, exact=True)
    return Model(encoder.eval(), card, {name: network.eval() for name, network in parts.items()})


def check_file(weights: Path, channels: Sequence[str]) -> None:
    """Check the channels of a model of ours where its weights alone are named, as a file.

    A file of somebody else, which has no card of ours next to it, says nothing of channels.

    Args:
        weights: A file of tensors.
        channels: The channels that the network will be given, in order.

    Raises:
        InputError: The model next to it takes other channels, or another order.
    """
    if weights.is_file() and is_ours(weights.parent):
        _require_channels(read_card(weights.parent), channels, weights)


def _require_channels(card: Card, channels: Sequence[str], where: Path) -> None:
    if tuple(channels) != card.channels:
        raise InputError(
            f"the encoder takes the channels {list(card.channels)} in this order, "
            f"got {list(channels)}",
            where=where,
            fix="select the screen's channels by the encoder's names",
        )


def _refuse_misfits(card: Card, folder: Path) -> None:
    """Compare the card with the names and shapes in the weights file, before memory is taken.

    The networks are built on torch's device `meta`, where tensors have shapes and no values. The
    real ones are built afterwards: what their constructors compute is then there.
    """
    shapes = shapes_of(folder / WEIGHTS)
    try:
        with torch.device("meta"), torch.random.fork_rng(devices=[]), _at_most(len(shapes)):
            for name, table in card.parts.items():
                prefix = _prefix(name)
                own = {k: shapes.pop(k) for k in list(shapes) if k.startswith(prefix)}
                network = _build("networks", table, folder, f"parts.{name}")
                bare = {k.removeprefix(prefix): v for k, v in own.items()}
                refuse_misfits(network, bare, f"{folder / WEIGHTS}: parts.{name}")
            encoder = _build("encoders", card.encoder, folder, channels=card.channels)
            refuse_misfits(encoder, shapes, folder / WEIGHTS)
    except (RuntimeError, ArithmeticError, MemoryError) as error:
        # A network of somebody else may look at values while it is built. It is compared later.
        if "meta" not in str(error):
            what = f"no network has these settings: {str(error).splitlines()[0]}"
            raise InputError(what, where=folder / CARD) from error


@contextmanager
def _at_most(tensors: int) -> Iterator[None]:
    """Refuse a network of more tensors than its file has, before all of them are made.

    Raises:
        InputError: It has more: a billion blocks take all time and memory, even without values.
    """
    made = 0

    def count(*_: object) -> None:
        nonlocal made
        made += 1
        if made > 2 * tensors + _SPARE:
            raise InputError(
                f"weights do not fit: the settings ask for more than {made - 1} tensors, the file "
                f"has {tensors}",
                fix="use the sizes of the network that the file was saved from",
            )

    hook = torch.nn.modules.module.register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        hook.remove()


def _build(
    room: str, table: Mapping[str, Any], folder: Path, key: str = "encoder", **given: object
) -> Any:
    """Return the network that a table of the card describes, with weights yet to be filled."""
    where = f"{folder / CARD}: {key}"
    settings = {k: v for k, v in table.items() if k != "name"}
    maker = find(room, table["name"], where)  # of the catalogue: a card cannot name anything else
    try:
        return construct(maker, settings, where, **given)
    except InputError as error:  # torch adds the places in its own code, line by line
        what = error.what.partition("\n")[0]
        raise InputError(what, where=error.where, fix=error.fix) from error


def _prefix(part: str) -> str:
    return f"{PREFIX}{part}."


def _tensors(module: nn.Module, prefix: str) -> dict[str, Tensor]:
    """Return a network's tensors on the CPU, each in memory of its own."""
    state = module.state_dict()
    return {prefix + k: v.detach().cpu().contiguous().clone() for k, v in state.items()}
