"""What a model folder or a file of weights is, in a few lines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phenolens.core.formats.origin import sha256_of
from phenolens.models.card import WEIGHTS, Card, read_card
from phenolens.models.folder import PREFIX
from phenolens.models.import_weights import nearness, recognise, tensors_of
from phenolens.networks.weights_file import shapes_of

_UNSTATED = "not stated"


def summary(path: Path) -> dict[str, Any]:
    """Return what a model is, as plain values.

    Args:
        path: A model folder of ours, or a file of weights.

    Returns:
        architecture (encoder and parts, each with its settings), parameters (of each), channels,
        licence, source, paper, and sha256 of the file of weights; of a file that is of no known
        architecture: parameters, sha256, and how `near` it comes to each.

    Raises:
        InputError: Neither, or it cannot be read.
    """
    return _of_folder(path) if path.is_dir() else _of_file(path)


def _of_folder(folder: Path) -> dict[str, Any]:
    card = read_card(folder)
    sizes = {name: math.prod(shape) for name, shape in shapes_of(folder / WEIGHTS).items()}
    prefixes = {f"{PREFIX}{name}.": name for name in card.parts}
    counts = {"encoder": 0, **dict.fromkeys(card.parts, 0)}
    for tensor, size in sizes.items():
        owner = next((name for p, name in prefixes.items() if tensor.startswith(p)), "encoder")
        counts[owner] += size
    return _facts(card.encoder, card.parts, counts, card.channels) | {
        "method": card.method.get("name", ""),
        **_origin(card),
        "sha256": sha256_of(folder / WEIGHTS),
    }


def _origin(card: Card) -> dict[str, str]:
    about = card.provenance
    names = ("licence", "source", "paper")
    return {name: str(about.get(name, _UNSTATED)) for name in names}


def _of_file(path: Path) -> dict[str, Any]:
    tensors = tensors_of(path)
    released = recognise(tensors)
    digest = {"sha256": sha256_of(path)}
    if released is None:
        counts = {"all": sum(value.numel() for value in tensors.values())}
        return {"architecture": {}, "parameters": counts, **digest, "near": nearness(tensors)}
    counts = {"encoder": 0, **dict.fromkeys(released.parts, 0)}
    for name, value in tensors.items():
        ours = str(released.ours(name))
        owner = ours.removeprefix(PREFIX).partition(".")[0] if ours.startswith(PREFIX) else ""
        counts[owner or "encoder"] += value.numel()
    origin = {"released": released.name, "licence": released.licence, "source": released.source}
    facts = _facts(released.encoder, released.parts, counts, released.channels)
    return {**facts, **origin, "paper": released.paper, **digest}


def _facts(
    encoder: Mapping[str, Any],
    parts: Mapping[str, Mapping[str, Any]],
    counts: Mapping[str, int],
    channels: tuple[str, ...],
) -> dict[str, Any]:
    described = {"encoder": dict(encoder), **{name: dict(part) for name, part in parts.items()}}
    return {"architecture": described, "parameters": dict(counts), "channels": list(channels)}
