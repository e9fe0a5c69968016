"""Encoders on disk: our own folder with its card, and the weights that others have published."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.registry import find
from phenolens.encoders.vit import resize_positions

CARD, WEIGHTS = "config.json", "model.safetensors"
FORMAT = 1
Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Card:
    """What one must know to use an encoder's weights.

    Attributes:
        name: The encoder's name in the catalogue, as `vit`.
        settings: Its constructor's settings.
        channels: Names of the channels, in the order it was trained with.
        pixel_size: Micrometres a pixel, where known.
        intensity: How raw intensities were rescaled.
        crop: How images were cropped and resized.
        method: How it was trained.
        provenance: Which screen, code, seed and time it comes from.
    """

    name: str
    settings: dict[str, Any]
    channels: tuple[str, ...]
    pixel_size: float | None = None
    intensity: dict[str, Any] = field(default_factory=dict)
    crop: dict[str, Any] = field(default_factory=dict)
    method: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What became of published weights.

    Attributes:
        loaded: Names of the tensors that were taken.
        dropped: Names that the encoder has no use for, as a classifier.
        changed: What was changed to fit, in plain words.
    """

    loaded: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def save(encoder: nn.Module, card: Card, folder: Path) -> Path:
    """Write `config.json` and `model.safetensors` into the folder; return the folder.

    Each is written beside and then renamed, the card last, so that a half-written file never
    stands under its name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {k: v.detach().cpu().contiguous() for k, v in encoder.state_dict().items()}
    _replace(folder / WEIGHTS, lambda path: save_file(tensors, path, metadata={"format": "pt"}))
    text = json.dumps({"format": FORMAT, **asdict(card)}, indent=2, allow_nan=False) + "\n"
    _replace(folder / CARD, lambda path: path.write_text(text, encoding="utf-8"))
    return folder


def load(folder: Path, channels: Sequence[str] | None = None) -> tuple[nn.Module, Card]:
    """Return the encoder of a folder, in evaluation mode, and its card.

    Args:
        folder: As `save` wrote it.
        channels: The channels it will be given, in order, checked against its own.

    Raises:
        InputError: Other channels or another order, a file is missing, or does not fit.
    """
    card = read_card(folder)
    if channels is not None and tuple(channels) != card.channels:
        raise InputError(
            f"the encoder takes the channels {list(card.channels)} in this order, "
            f"got {list(channels)}",
            where=folder,
            fix="select the screen's channels by the encoder's names",
        )
    settings = {"channels": len(card.channels), **card.settings}
    maker = find("encoders", card.name, str(folder / CARD))
    encoder: nn.Module = construct(maker, settings, str(folder / CARD))
    fill(encoder, read_tensors(folder / WEIGHTS), folder / WEIGHTS, exact=True)
    return encoder.eval(), card


def read_card(folder: Path) -> Card:
    """Return the card of a folder.

    Raises:
        InputError: There is none, or it cannot be read.
    """
    path = folder / CARD
    if not path.is_file():
        raise InputError("no such encoder", where=path, fix=f"a folder with {CARD} and {WEIGHTS}")
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        version = raw.pop("format", None)
    except (ValueError, AttributeError, TypeError) as error:
        raise InputError(f"not an encoder's card: {error}", where=path) from error
    if version != FORMAT:
        raise InputError(f"format {version!r}", where=path, fix=f"this version reads {FORMAT}")
    return construct(Card, raw, str(path))


def load_published(
    encoder: nn.Module, path: Path, *, part: Literal["backbone", "teacher", "student"] = "backbone"
) -> Report:
    """Fill an encoder with the weights of a timm, DINO, DeiT or DINOv2 file.

    What stands around the names (`module.`, `backbone.`) is taken off and a classifier dropped.
    Positions are interpolated to the encoder's grid. DINOv2's layer scales are multiplied into the
    layers that they scale, which gives the same outputs. A stem of other channels gets, in each
    of its c channels, the published channels' sum divided by c: an image whose channels are all
    alike then gives the same output as it did in the published number of channels.

    Args:
        encoder: What is filled.
        path: `.safetensors`, or torch's `.pth` / `.pt` (read without running code from it).
        part: Which network of a full DINO checkpoint; `backbone` where the file holds only one.

    Raises:
        InputError: The file cannot be read, or names or shapes do not match; says which.
    """
    return fill(encoder, select(read_tensors(path), part, path), path)


def read_tensors(path: Path) -> dict[str, Any]:
    """Return what a weights file holds, on the CPU, without running code from it.

    Raises:
        InputError: No such file, or it holds more than tensors and plain settings.
    """
    if not path.is_file():
        raise InputError("no such file", where=path)
    scalar = np._core.multiarray.scalar  # type: ignore[attr-defined]  # numpy's own, untyped
    # DINO keeps its arguments and, in the optimiser's state, numpy numbers.
    harmless = [
        argparse.Namespace,
        scalar,
        (scalar, "numpy.core.multiarray.scalar"),
        np.dtype,
        *(type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64)),
    ]
    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        with torch.serialization.safe_globals(harmless):
            return dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # torch and pickle raise many kinds, all of them the file's fault
        raise InputError(
            f"cannot read weights, or not without running code from the file "
            f"({type(error).__name__})",
            where=path,
            fix="save its tensors alone, as .safetensors",
        ) from error


def select(checkpoint: Mapping[str, Any], part: str, where: object) -> Tensors:
    """Return the tensors of one network of a checkpoint, under bare names.

    Raises:
        InputError: The checkpoint has no such part, or several and none was named.
    """
    parts = [name for name in ("student", "teacher") if isinstance(checkpoint.get(name), Mapping)]
    if part in parts:
        inner = checkpoint[part]
    elif part != "backbone" or parts:
        raise InputError(f"no part '{part}'", where=where, fix=f"it has {parts or ['backbone']}")
    else:
        inner = checkpoint
        for key in ("model", "state_dict"):
            inner = inner[key] if isinstance(inner.get(key), Mapping) else inner
    return {_bare(str(k)): v for k, v in inner.items() if isinstance(v, Tensor)}


def fill(module: nn.Module, tensors: Tensors, where: object, *, exact: bool = False) -> Report:
    """Fill a module with tensors of the same names, changed to fit unless `exact`.

    Raises:
        InputError: Names or shapes do not match; nothing is loaded then.
    """
    wanted = module.state_dict()
    dropped = () if exact else tuple(k for k in tensors if _useless(k) and k not in wanted)
    kept = {k: v for k, v in tensors.items() if k not in dropped}
    changed: list[str] = []
    if not exact:
        kept = _fold_scales(kept, wanted, changed)
        kept = {k: _fit(k, v, wanted, changed) for k, v in kept.items()}
    wrong = [
        f"{k} is {tuple(kept[k].shape)}, not {tuple(wanted[k].shape)}"
        for k in kept.keys() & wanted.keys()
        if kept[k].shape != wanted[k].shape
    ]
    complaints = {
        "missing": wanted.keys() - kept.keys(),
        "unexpected": kept.keys() - wanted.keys(),
        "of another shape": wrong,
    }
    found = [f"{kind}: {_list(names)}" for kind, names in complaints.items() if names]
    if found:
        raise InputError(
            f"weights do not fit {type(module).__name__}: {'; '.join(found)}",
            where=where,
            fix="build it with the sizes that the file holds",
        )
    module.load_state_dict(kept)
    return Report(tuple(kept), dropped, tuple(changed))


def _fit(name: str, value: Tensor, wanted: Mapping[str, Tensor], changed: list[str]) -> Tensor:
    """Return a tensor with its positions or input channels as the module wants them."""
    target = wanted.get(name)
    if target is None or target.shape == value.shape or target.ndim != value.ndim:
        return value
    if name == "pos_embed" and target.shape[2] == value.shape[2]:
        side = round((target.shape[1] - 1) ** 0.5)
        changed.append(f"positions interpolated from {value.shape[1]} to {target.shape[1]}")
        return resize_positions(value, (side, side))
    if value.ndim == 4 and target.shape[2:] == value.shape[2:] and len(target) == len(value):
        channels = target.shape[1]
        changed.append(f"{name}: {value.shape[1]} channels to {channels}")
        return (value.sum(dim=1, keepdim=True) / channels).expand_as(target)
    return value


def _fold_scales(tensors: Tensors, wanted: Mapping[str, Tensor], changed: list[str]) -> Tensors:
    """Multiply layer scales into the linear layers whose outputs they scale."""
    folded = dict(tensors)
    for name in tensors:
        match = re.fullmatch(r"(.*)\.ls([12])\.gamma", name)
        if not match or name in wanted:
            continue
        gamma = folded.pop(name)
        layer = f"{match[1]}.{'attn.proj' if match[2] == '1' else 'mlp.fc2'}"
        for key, factor in ((f"{layer}.weight", gamma[:, None]), (f"{layer}.bias", gamma)):
            if key in folded:
                folded[key] = folded[key] * factor
    if len(folded) < len(tensors):
        changed.append("layer scales multiplied into the layers that they scale")
    return folded


def _useless(name: str) -> bool:
    return name.startswith("head.") or name == "mask_token"


def _bare(name: str) -> str:
    for prefix in ("module.", "backbone."):
        name = name.removeprefix(prefix)
    return name


def _list(names: Iterable[str], most: int = 6) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    beside = path.with_name(f"{path.name}.partial")
    write(beside)
    beside.replace(path)
