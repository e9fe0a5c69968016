"""A frozen network of timm, by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.inside import permitted
from phenolens.encoders.base import Encoder
from phenolens.networks.frozen_input import FrozenInput, three
from phenolens.networks.published import load_published

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")  # no source of weights, no path


class Timm(Encoder):
    """Frozen network of timm (`timm:NAME`), one pass per channel or three named channels.

    Weights come from a local file (`file`), or from the Hugging Face hub. Pixels must be in [0, 1];
    they are resized and standardized as the network's own configuration says, which the model's
    card repeats. No gradient passes.

    Attributes:
        dim: Length of the embedding: the network's own, times the passes.
    """

    def __init__(  # noqa: PLR0913  # what the card says of a network of somebody else
        self,
        channels: Sequence[str],
        *,
        model: str = "",
        file: str = "",
        rgb: tuple[str, ...] = (),
        size: int = 0,
        mean: tuple[float, ...] = (),
        sd: tuple[float, ...] = (),
        pretrained: bool = True,
    ) -> None:
        """Build the network and load its weights.

        Args:
            channels: Names of the channels of an image, in order.
            model: Its name, as `vit_small_patch16_224.dino`.
            file: Local file of weights, `.safetensors` or `.pth`; empty: from the hub.
            rgb: Three channels, as red, green and blue; empty: one pass per channel, joined.
            size: Height and width of the network's input, in pixels; 0: its own.
            mean: Of the network's training images, in [0, 1]; empty: its own.
            sd: The same.
            pretrained: False: random weights, to be filled from a model folder.

        Raises:
            InputError: No such network, timm is not installed, or the weights cannot be had: says
                what to download.
        """
        super().__init__(channels)
        self.check({"model": model, "file": file})
        timm = import_extra("timm", needed_by="the encoder timm", extra="pretrained")
        try:
            self.network = timm.create_model(model, pretrained=False, num_classes=0)
        except RuntimeError as error:
            raise InputError(f"timm has no network '{model}'", where="encoder.model") from error
        if file:
            load_published(self.network, Path(file))
        elif pretrained:
            self._download(timm, model)
        own = timm.data.resolve_data_config({}, model=self.network)
        self._input = FrozenInput(
            channels=self.channels,
            rgb=rgb,
            mean=mean or three(own["mean"]),
            sd=sd or three(own["std"]),
            size=size or own["input_size"][-1],
        )
        self.network.eval().requires_grad_(requires_grad=False)
        self.dim = self.network.num_features * self._input.passes

    def _download(self, timm: Any, model: str) -> None:
        try:
            loaded = timm.create_model(model, pretrained=True, num_classes=0)
        except Exception as error:  # of the hub, the network, the disk: all end in the same advice
            raise InputError(
                f"the weights of {model} cannot be had from the hub ({type(error).__name__})",
                where="encoder.model",
                fix=f"download model.safetensors from https://huggingface.co/timm/{model} and give "
                "it with encoder.file",
            ) from error
        self.network.load_state_dict(loaded.state_dict())

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where the name is not one of timm's, or the file is not there."""
        if not _NAME.fullmatch(settings["model"]):
            raise InputError(
                f"{settings['model']!r} is not the name of a network of timm",
                where="model",
                fix='write name = "timm:resnet50.a1_in1k"',
            )
        path = settings["file"]
        if path and not permitted(path, Path(path), "file").is_file():
            raise InputError(f"no such file: {path}", where="file")

    def described(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a model's card says: the weights are in its folder, its input spelled out."""
        own = self._input
        stated = {"mean": list(own.mean), "sd": list(own.sd), "size": own.size}
        return {**settings, "file": "", "pretrained": False, **stated}

    def train(self, mode: bool = True) -> Timm:  # noqa: FBT001, FBT002 - torch's own signature
        """Stay in evaluation mode: the network is frozen."""
        super().train(mode)
        self.network.eval()
        return self

    @torch.no_grad()
    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return the pooled features of the network, those of all passes joined.

        Raises:
            InputError: Another number of channels, or pixels outside of [0, 1].
        """
        self.check_channels(x)
        return self._input.join(self.network(self._input(x)))

    @classmethod
    def example(cls) -> tuple[Encoder, Tensor]:
        """Return a small network with random weights, and images."""
        images = torch.rand(2, 2, 64, 64, generator=torch.Generator().manual_seed(0))
        return cls(("DNA", "Actin"), model="resnet10t", size=64, pretrained=False), images
