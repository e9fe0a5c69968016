"""Weights that others have published: read without running code, and changed to fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.networks.positions import resize_positions
from phenolens.networks.weights_file import read_tensors

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Report:
    """What was done with published weights.

    Attributes:
        loaded: Names of the tensors that were loaded.
        dropped: Names of those that the network does not have, such as a classifier.
        changed: What was changed to fit, in words.
    """

    loaded: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def load_published(
    encoder: nn.Module, path: Path, *, part: Literal["backbone", "teacher", "student"] = "backbone"
) -> Report:
    """Fill an encoder with the weights of a timm, torchvision, DINO, DeiT or DINOv2 file.

    Prefixes of the names (`module.`, `backbone.`) are removed and a classifier is dropped.
    Positions are interpolated to the encoder's grid. DINOv2's layer scales are multiplied into the
    layers that they scale, which gives the same outputs. A stem for c other channels gets, in each
    of them, the sum of the published channels divided by c: an image whose channels are all equal
    then gives the same output as with the published number of channels.

    Args:
        encoder: The network that is filled.
        path: `.safetensors`, or torch's `.pth` / `.pt` (read without running code from it).
        part: Which network of a full DINO checkpoint; `backbone` where the file holds only one.

    Raises:
        InputError: The file cannot be read, or names or shapes do not match; says which.
    """
    return fill(encoder, select(read_tensors(path), part, path), path)


def select(checkpoint: Mapping[str, Any], part: str, where: object) -> Tensors:
    """Return the tensors of one network of a checkpoint, under bare names.

    Raises:
        InputError: The checkpoint has no such part, or several and none was named.
    """
    parts = [name for name in ("student", "teacher") if isinstance(checkpoint.get(name), Mapping)]
    if part in parts:
        inner = checkpoint[part]
    elif part != "backbone" or parts:
        raise InputError(
            f"the checkpoint has no part '{part}'", where=where, fix=f"use {parts or ['backbone']}"
        )
    else:
        inner = checkpoint
        for key in ("model", "state_dict"):
            inner = inner[key] if isinstance(inner.get(key), Mapping) else inner
    return {_bare(str(k)): v for k, v in inner.items() if isinstance(v, Tensor)}


def fill(module: nn.Module, tensors: Tensors, where: object, *, exact: bool = False) -> Report:
    """Fill a module with tensors of the same names, changed to fit unless `exact`.

    Raises:
        InputError: Names or shapes do not match, or a value is not finite; the module is then
            unchanged.
    """
    wanted = module.state_dict()
    dropped = () if exact else tuple(k for k in tensors if _is_dropped(k) and k not in wanted)
    fitted = {k: v for k, v in tensors.items() if k not in dropped}
    changed: list[str] = []
    fitted = {k: _same_kind(k, v, wanted, where, exact=exact) for k, v in fitted.items()}
    if not exact:
        fitted = _fold_scales(fitted, wanted, changed)
        fitted = {k: _fit(k, v, wanted, changed) for k, v in fitted.items()}
        # Old files lack the counts of batch normalisation, which change no output.
        counts = {k: v for k, v in wanted.items() if k.endswith(".num_batches_tracked")}
        fitted = counts | fitted if fitted.keys() & wanted.keys() else fitted
    shapes = {name: tuple(value.shape) for name, value in fitted.items()}
    refuse_misfits(module, shapes, where)
    refuse_non_finite(fitted, where)
    module.load_state_dict(fitted)
    return Report(tuple(fitted), dropped, tuple(changed))


def refuse_misfits(module: nn.Module, shapes: Mapping[str, tuple[int, ...]], where: object) -> None:
    """Raise InputError where tensors do not fit a module; names them.

    Args:
        module: The network; it may be on torch's device `meta`, where it takes no memory.
        shapes: Name of a tensor -> its shape.
        where: The file, for the message.
    """
    wanted = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    wrong = [
        f"{k} is {shapes[k]}, not {wanted[k]}"
        for k in shapes.keys() & wanted.keys()
        if shapes[k] != wanted[k]
    ]
    complaints = {
        "missing": wanted.keys() - shapes.keys(),
        "unexpected": shapes.keys() - wanted.keys(),
        "of another shape": wrong,
    }
    problems = [f"{kind}: {_list(names)}" for kind, names in complaints.items() if names]
    if problems:
        raise InputError(
            f"weights do not fit {type(module).__name__}: {'; '.join(problems)}",
            where=where,
            fix="use the sizes of the network that the file was saved from",
        )


def _same_kind(
    name: str, value: Tensor, wanted: Mapping[str, Tensor], where: object, *, exact: bool
) -> Tensor:
    """Return a tensor in the type of the network's; refuse one that would lose something.

    Published weights may be in double precision: they are rounded, as everybody rounds them.
    """
    target = wanted.get(name)
    if target is None or target.dtype == value.dtype:
        return value
    rounded = value.is_floating_point() and target.is_floating_point() and not exact
    if value.is_floating_point() == target.is_floating_point() and not value.is_complex():
        converted = value.to(target.dtype)
        back = converted.to(value.dtype)
        # Compared as float64: torch cannot compare all kinds of short numbers.
        if rounded or torch.equal(back.double().nan_to_num(), value.double().nan_to_num()):
            return converted
    raise InputError(
        f"weights of another type: {name} is {_kind(value)}, not {_kind(target)}",
        where=where,
        fix=f"save it as {_kind(target)}",
    )


def _kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def refuse_non_finite(tensors: Mapping[str, Tensor], where: object) -> None:
    """Raise InputError where a weight is NaN or infinite; names the tensors.

    Args:
        tensors: Name -> values.
        where: The file, for the message.
    """
    wrong = [k for k, v in tensors.items() if v.is_floating_point() and not v.isfinite().all()]
    if wrong:
        raise InputError(
            f"weights are not finite: {_list(wrong)}",
            where=where,
            fix="train with a lower learning rate, or get the file again",
        )


def _fit(name: str, value: Tensor, wanted: Mapping[str, Tensor], changed: list[str]) -> Tensor:
    """Return a tensor with its positions or input channels changed to those of the module."""
    target = wanted.get(name)
    if target is None or target.shape == value.shape or target.ndim != value.ndim:
        return value
    if not (value.is_floating_point() and value.numel()):
        return value
    if name == "pos_embed" and _is_square(value) and target.shape[2] == value.shape[2]:
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
        layer = f"{match[1]}.{'attn.proj' if match[2] == '1' else 'mlp.fc2'}"
        keys = [key for key in (f"{layer}.weight", f"{layer}.bias") if key in folded]
        gamma = folded[name]
        fits = all(folded[key].shape[:1] == gamma.shape for key in keys)
        if gamma.ndim != 1 or not gamma.is_floating_point() or not fits:
            continue  # it stays, and is refused as a tensor that the network does not have
        for key in keys:
            folded[key] = folded[key] * (gamma[:, None] if key.endswith("weight") else gamma)
        del folded[name]
    if len(folded) < len(tensors):
        changed.append("layer scales multiplied into the layers that they scale")
    return folded


def _is_square(positions: Tensor) -> bool:
    """Return whether positions are one of CLS and those of a square grid."""
    patches = positions.shape[1] - 1
    return positions.shape[0] == 1 and patches > 0 and round(patches**0.5) ** 2 == patches


def _is_dropped(name: str) -> bool:
    """Return whether a tensor is of a classifier (timm's, torchvision's) or of pretraining."""
    return name.startswith(("head.", "fc.")) or name == "mask_token"


def _bare(name: str) -> str:
    for prefix in ("module.", "backbone."):
        name = name.removeprefix(prefix)
    return name


def _list(names: Iterable[str], most: int = 6) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more
