"""A model's folder: its card, and the tensors of the encoder and of all other parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor, nn

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.files import write_text, written
from phenolens.core.registry import find
from phenolens.encoders.base import Encoder
from phenolens.models.card import CARD, WEIGHTS, Card, read_card
from phenolens.networks.published import fill, read_tensors, refuse_non_finite

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
    (folder / CARD).unlink(missing_ok=True)  # else a crash leaves the old card with new weights
    with written(folder / WEIGHTS) as partial:
        save_file(tensors, partial, metadata={"format": "pt"})
    write_text(folder / CARD, text)
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
    if channels is not None and tuple(channels) != card.channels:
        raise InputError(
            f"the encoder takes the channels {list(card.channels)} in this order, "
            f"got {list(channels)}",
            where=folder,
            fix="select the screen's channels by the encoder's names",
        )
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


def _build(
    room: str, table: Mapping[str, Any], folder: Path, key: str = "encoder", **given: object
) -> Any:
    """Return the network that a table of the card describes, with weights yet to be filled."""
    where = f"{folder / CARD}: {key}"
    settings = {k: v for k, v in table.items() if k != "name"}
    maker = find(room, table["name"], where)  # of the catalogue: a card cannot name anything else
    return construct(maker, settings, where, **given)


def _prefix(part: str) -> str:
    return f"{PREFIX}{part}."


def _tensors(module: nn.Module, prefix: str) -> dict[str, Tensor]:
    """Return a network's tensors on the CPU, each in memory of its own."""
    state = module.state_dict()
    return {prefix + k: v.detach().cpu().contiguous().clone() for k, v in state.items()}
