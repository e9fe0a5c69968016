"""Released weights that are known: their architectures, and how their tensors are named here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch import nn

from phenolens.core.construct import construct
from phenolens.core.registry import find
from phenolens.models.folder import PREFIX

Shapes = dict[str, tuple[int, ...]]
_NO_LICENCE = "none is stated: ask the authors before you share the weights"
_GREY = {"step": "rescale", "mode": "fixed", "low": 0.0, "high": 255.0}


@dataclass(frozen=True, kw_only=True, eq=False)
class Released:
    """An architecture whose weights were released.

    Attributes:
        name: Short, for lists.
        source: The repository of its authors.
        paper: Its arXiv number.
        licence: Of the weights.
        channels: Names of the channels that it takes, in order.
        encoder: The encoder's name in the catalogue, and its settings.
        parts: What is kept next to the encoder: for each its network's name and settings.
        names: Pattern of a released tensor's name -> our name.
        pixels: The pixel steps from raw images to what the encoder sees.
        tiles: Which parts of an image are embedded.
        classes: Of a classifier: what its outputs stand for, in order.
    """

    name: str
    source: str
    paper: str
    licence: str = _NO_LICENCE
    channels: tuple[str, ...]
    encoder: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, str]
    pixels: tuple[Mapping[str, Any], ...]
    tiles: Mapping[str, int]
    classes: tuple[str, ...] = field(default=())

    def build(self) -> tuple[Any, dict[str, nn.Module]]:
        """Return the encoder and the parts by name, with random weights."""
        maker = find("encoders", self.encoder["name"])
        encoder = construct(maker, _settings(self.encoder), self.name, channels=self.channels)
        parts: dict[str, nn.Module] = {
            name: construct(find("networks", part["name"]), _settings(part), self.name)
            for name, part in self.parts.items()
        }
        return encoder, parts

    def ours(self, name: str) -> str | None:
        """Return our name of a released tensor, or None where it has none."""
        for pattern, replacement in self.names.items():
            if re.match(pattern, name):
                return re.sub(f"^{pattern}", replacement, name, count=1)
        return None


@cache
def shapes_of_released(released: Released) -> Shapes:
    """Return the name and shape of every tensor that weights of this kind have, under our names."""
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        encoder, parts = released.build()
    networks = {"": encoder, **{f"{PREFIX}{name}.": part for name, part in parts.items()}}
    return {
        prefix + key: tuple(value.shape)
        for prefix, network in networks.items()
        for key, value in network.state_dict().items()
    }


def _settings(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != "name"}


_SMALL = {"name": "conv_stack", "widths": [64, 32, 16, 8], "size": 64}
_LARGE = {"name": "conv_stack", "widths": [128, 64, 32, 4], "size": 128}
_AUTOENCODER = {r"encoder\.": "layers.", r"decoder\.": f"{PREFIX}decoder.layers."}
_DECODER = {"name": "conv_stack_decoder", "channels": 1}
_MORPHO = "github.com/dmitrav/morpho-learner"

RELEASED = (
    Released(
        name="morpho-learner autoencoder",
        source=_MORPHO,
        paper="arXiv 2203.04107",
        channels=("brightfield",),
        encoder=_SMALL,
        parts={"decoder": {**_DECODER, "dim": 2048, "size": 64, "maps": 8, "widths": [32, 64, 64]}},
        names=_AUTOENCODER,
        pixels=(_GREY,),
        tiles={"size": 64, "rows": 4, "columns": 4},
    ),
    Released(
        name="morpho-learner classifier",
        source=_MORPHO,
        paper="arXiv 2203.04107",
        channels=("brightfield",),
        encoder=_SMALL,
        # Its activation is a leaky ReLU of slope 1, which changes nothing.
        parts={
            "head": {
                "name": "projection",
                "dim": 2048,
                "widths": [256, 2],
                "batch_norm": False,
                "activation": "none",
            }
        },
        names={
            r"model\.(?=[0368]\.)": "layers.",
            r"model\.10\.": f"{PREFIX}head.0.",
            r"model\.12\.": f"{PREFIX}head.2.",
        },
        pixels=(_GREY,),
        tiles={"size": 64, "rows": 4, "columns": 4},
        classes=("control", "drug"),
    ),
    Released(
        name="pheno-ml autoencoder",
        source="github.com/dmitrav/pheno-ml",
        paper="arXiv 2203.04289",
        channels=("brightfield",),
        encoder=_LARGE,
        parts={
            "decoder": {**_DECODER, "dim": 4096, "size": 128, "maps": 4, "widths": [32, 64, 128]}
        },
        names=_AUTOENCODER,
        pixels=({"step": "resize", "factor": 0.5}, _GREY),
        tiles={"size": 128, "rows": 1, "columns": 1},
    ),
)
