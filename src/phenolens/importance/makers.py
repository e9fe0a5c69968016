"""Makers: every way to make a map of a call, by its name, on one grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError, nearest
from phenolens.core.extras import install
from phenolens.encoders.base import HasMaps
from phenolens.importance.attention_gradients import attention_gradients
from phenolens.importance.grad_cam import grad_cam
from phenolens.importance.grid import check_grid, resized, sums
from phenolens.importance.integrated_gradients import integrated_gradients
from phenolens.importance.occlusion import occlusion
from phenolens.importance.score import CallScore
from phenolens.networks.transformer import Attention

OCCLUSION, INTEGRATED = "occlusion", "integrated_gradients"
GRAD_CAM, ATTENTION = "grad_cam", "attention_gradients"
METHODS = (INTEGRATED, OCCLUSION, GRAD_CAM, ATTENTION)
BY_CAPTUM = (INTEGRATED, GRAD_CAM)
BY_CHANNEL = (INTEGRATED, OCCLUSION)  # those that say how much each stain adds


@dataclass(frozen=True, slots=True, eq=False)
class MapMaker:
    """Makes the maps of one network, of any method that it allows.

    Attributes:
        score: Of the network.
        encoder: The same network, or the encoder in it whose maps are pooled.
        patch: Side of a patch of the grid, in pixels.
        steps: Of integrated gradients.
    """

    score: CallScore
    encoder: nn.Module
    patch: int
    steps: int

    @classmethod
    def of(cls, network: nn.Module, encoder: nn.Module, patch: int, steps: int) -> MapMaker:
        """Return the maker of a network that embeds tiles with an encoder."""
        return cls(CallScore(network), encoder, patch, steps)

    def make(
        self,
        method: str,
        x: Float[Tensor, "n c h w"],
        baseline: Float[Tensor, "n c h w"],
        *slopes: Float[Tensor, "n d"],
    ) -> list[Float[Tensor, "n k a b"]]:
        """Return maps of each score: one per channel, or one where the method has no channels.

        Args:
            method: Of `METHODS`; one that is possible.
            x: Images.
            baseline: What each is compared with; Grad-CAM and attention have no use for it.
            slopes: Of each image's calls.
        """
        if method == OCCLUSION:
            return list(occlusion(self.score, x, baseline, torch.stack(slopes), self.patch))
        return [self._one(method, x, baseline, slope) for slope in slopes]

    def _one(self, method: str, x: Tensor, baseline: Tensor, slope: Tensor) -> Tensor:
        grid = (x.shape[-2] // self.patch, x.shape[-1] // self.patch)
        if method == INTEGRATED:
            return sums(
                integrated_gradients(self.score, x, baseline, slope, self.steps), self.patch
            )
        if method == GRAD_CAM:
            return resized(grad_cam(self.score, self.encoder, x, slope), grid)
        side = int(self.encoder.patch)  # type: ignore[arg-type]
        return resized(attention_gradients(self.score, self.encoder, x, slope, side), grid)

    def possible(
        self, methods: Sequence[str], x: Float[Tensor, "n c h w"]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the methods that this network allows, and of each other one why not, in words.

        Args:
            methods: Their names.
            x: Images to try it on.

        Raises:
            InputError: None is possible, or the patches do not fill the images.
        """
        check_grid(x.shape[-1], self.patch)
        why = {method: self._fault(method, x) for method in methods}
        allowed = tuple(method for method in methods if not why[method])
        notes = tuple(f"{name} was left out: {fault}" for name, fault in why.items() if fault)
        if not allowed:
            raise InputError("; ".join(notes), where="methods", fix='set methods = ["occlusion"]')
        return allowed, notes

    def _fault(self, method: str, x: Float[Tensor, "n c h w"]) -> str:
        if method == GRAD_CAM and not isinstance(self.encoder, HasMaps):
            return "the encoder has no feature maps"
        if method == ATTENTION and not has_blocks(self.encoder):
            return "the encoder has no attention"
        if method in BY_CAPTUM and find_spec("captum") is None:
            return f"captum is not installed ({install('explain')})"
        if method != OCCLUSION and not self.score.is_differentiable(x):
            return "the encoder is frozen and passes no gradients on"
        return ""


def has_blocks(encoder: object) -> bool:
    """Return whether an encoder is a transformer of ours, with patches."""
    return (
        isinstance(encoder, nn.Module)
        and hasattr(encoder, "patch")
        and any(isinstance(part, Attention) for part in encoder.modules())
    )


def check_methods(methods: Sequence[str]) -> None:
    """Raise InputError where there is none, one is unknown, or one is there twice."""
    if not methods or len(set(methods)) < len(methods):
        raise InputError("must be different names, one at least", where="methods")
    for name in methods:
        if name not in METHODS:
            raise InputError(
                f"'{name}' is not a method", where="methods", fix=nearest(name, METHODS)
            )


def as_shown(maps: Float[Tensor, "n k a b"]) -> Float[Tensor, "n a b"]:
    """Return the sum over channels, where it raises the score; 0 elsewhere."""
    return torch.clamp_min(maps.sum(dim=1), 0)
