"""Grad-CAM: which places of an encoder's feature maps raise a score."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.encoders.base import HasMaps
from phenolens.importance.score import CallScore

_COARSEST = 7  # cells on a side: those of a residual network on an image of 224 px


def grad_cam(
    score: CallScore,
    encoder: nn.Module,
    x: Float[Tensor, "n c h w"],
    slope: Float[Tensor, "n d"],
) -> Float[Tensor, "n 1 a b"]:
    """Return the class activation maps of a layer; they have no channels and no baseline.

    Selvaraju et al. 2017 (equations 1 and 2), through captum: feature maps weighted by the mean
    gradient of the score over their places. Not cut at 0: the caller does that. The layer is the
    deepest whose maps have at least 7 cells on a side, else the one with the finest maps.

    Args:
        score: Differentiable, of a network that contains the encoder.
        encoder: With feature maps.
        x: Images.
        slope: Of each image's call.

    Raises:
        InputError: captum is not installed, or no layer gives the encoder's maps.
    """
    library: Any = import_extra("captum.attr", needed_by="grad_cam", extra="explain")
    layer = map_layer(encoder, x[:1])
    found: Tensor = library.LayerGradCam(score, layer).attribute(
        x.detach().clone().requires_grad_(), additional_forward_args=(slope,)
    )
    return found.detach()


def map_layer(encoder: nn.Module, x: Float[Tensor, "1 c h w"]) -> nn.Module:
    """Return the part of an encoder whose output is the maps that are looked at.

    Raises:
        InputError: The encoder has no maps, or none of its parts gives them.
    """
    if not isinstance(encoder, HasMaps):
        raise InputError(f"the encoder {type(encoder).__name__} has no feature maps")
    outputs: list[tuple[nn.Module, Any]] = []
    with ExitStack() as hooks, torch.inference_mode():
        for part in encoder.modules():
            hook = part.register_forward_hook(lambda p, _, out: outputs.append((p, out)))
            hooks.callback(hook.remove)
        maps = encoder.maps(x)
    fine = [one for one in maps if min(one.shape[-2:]) >= _COARSEST]
    wanted = fine[-1] if fine else max(maps, key=lambda one: min(one.shape[-2:]))
    for part, out in reversed(outputs):  # a block comes after its last layer, whose output it is
        if out is wanted:
            return part
    raise InputError(f"no part of {type(encoder).__name__} gives its feature maps")
