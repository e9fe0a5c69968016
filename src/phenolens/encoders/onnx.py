"""A frozen network from an ONNX file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.inside import found, permitted
from phenolens.core.ranges import LARGEST_SIDE, between
from phenolens.encoders.base import Encoder
from phenolens.networks.frozen_input import IMAGENET_MEAN, IMAGENET_SD, FrozenInput
from phenolens.networks.onnx_graph import OnnxGraph, runtime

_MOST = 2**31  # bytes of a file: what an ONNX file may have
# Global mean of each colour: input (n, 3, h, w), output (n, 3, 1, 1).
_EXAMPLE = (
    "CAg6XAoZCgF4EgF5IhFHbG9iYWxBdmVyYWdlUG9vbBIBZ1oeCgF4EhkKFwgBEhMKAxIB"
    "bgoCCAMKAxIBaAoDEgF3YhwKAXkSFwoVCAESEQoDEgFuCgIIAwoCCAEKAggBQgIQDQ=="
)


class Onnx(Encoder):
    """Frozen network from an ONNX file (`onnx:FILE`), one pass per channel or three named channels.

    The file is part of the model: it is kept in its weights, so a model folder is complete. It has
    one input of three colours and is run by onnxruntime, on the CPU; maps (n, d, h, w) are averaged
    over the image. No gradient passes. Pixels must be in [0, 1]; they are resized to `size`, then
    standardized by `mean` and `sd`, those of ImageNet unless given.

    Attributes:
        dim: Length of the embedding: that of an output, times the passes.
    """

    graph: Tensor

    def __init__(  # noqa: PLR0913  # what the card says of a network of somebody else
        self,
        channels: Sequence[str],
        *,
        model: str = "",
        rgb: tuple[str, ...] = (),
        size: int = 224,
        mean: tuple[float, ...] = IMAGENET_MEAN,
        sd: tuple[float, ...] = IMAGENET_SD,
        output: str = "",
        sha256: str = "",
        stored_bytes: int = 0,
        stored_dim: int = 0,
    ) -> None:
        """Read the file; or make room for one that a model folder holds.

        Args:
            channels: Names of the channels of an image, in order.
            model: Path of the file; a recipe's begins at `--root`, or next to the recipe.
            rgb: Three channels, as red, green and blue; empty: one pass per channel, joined.
            size: Height and width of the network's input, in pixels.
            mean: Of the network's training images, in [0, 1], one per colour.
            sd: The same.
            output: Name of the output; the first unless given.
            sha256: Of the file, once it is known: another file is refused.
            stored_bytes: Size of the file, where a model folder holds it.
            stored_dim: Length of an output, where a model folder holds the file.
        """
        super().__init__(channels)
        self._input = FrozenInput(channels=self.channels, rgb=rgb, mean=mean, sd=sd, size=size)
        self._output = output
        self._graph: OnnxGraph | None = None
        if model:
            content = _read(model, sha256)
            graph = torch.from_numpy(np.frombuffer(content, dtype=np.uint8).copy())
        else:
            between(1, _MOST, stored_bytes=stored_bytes)
            between(1, _MOST, stored_dim=stored_dim)
            graph = torch.zeros(stored_bytes, dtype=torch.uint8)
        self.register_buffer("graph", graph)
        self._dim = stored_dim
        if model:
            self._graph = OnnxGraph(content, output)
            self._dim = self._graph.run(torch.zeros(1, 3, size, size)).shape[1]
            self._graph.refuse_unsteady(size)
        self.dim = self._dim * self._input.passes

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where there is no such file, or a setting is out of its range."""
        between(8, LARGEST_SIDE, size=settings["size"])
        if not settings["model"]:
            raise InputError("needs a file", where="model", fix='write name = "onnx:model.onnx"')
        _read(settings["model"], settings["sha256"])

    @classmethod
    def settled(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings with the SHA-256 of the file, so that another one is noticed."""
        content = _read(settings["model"], settings["sha256"])
        return {**settings, "sha256": hashlib.sha256(content).hexdigest()}

    @classmethod
    def located(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings with the whole path of the file."""
        model = settings["model"]
        return {**settings, "model": str(found(model).absolute()) if model else ""}

    def described(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a model's card says: the file is in the weights, and no path is needed."""
        stored = {"stored_bytes": self.graph.numel(), "stored_dim": self._dim}
        return {**settings, "model": "", **stored}

    @torch.no_grad()
    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return the outputs of the network, those of all passes joined.

        Raises:
            InputError: Another number of channels, pixels outside of [0, 1], or the network fails.
        """
        self.check_channels(x)
        return self._input.join(self._run(self._input(x)).to(x))

    def _run(self, colours: Float[Tensor, "m 3 s s"]) -> Float[Tensor, "m d"]:
        if self._graph is None:
            self._graph = OnnxGraph(self.graph.cpu().numpy().tobytes(), self._output)
        return self._graph.run(colours)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_graph": None}

    @classmethod
    def example(cls) -> tuple[Encoder, Tensor]:
        """Return the mean of each channel, and images."""
        runtime()
        content = base64.b64decode(_EXAMPLE)
        encoder = cls(("DNA", "Actin"), size=16, stored_bytes=len(content), stored_dim=3)
        encoder.graph.copy_(torch.from_numpy(np.frombuffer(content, dtype=np.uint8).copy()))
        images = torch.rand(4, 2, 16, 16, generator=torch.Generator().manual_seed(0))
        return encoder, images


def _read(model: str, sha256: str) -> bytes:
    """Return the content of the file that a setting names.

    Raises:
        InputError: There is none, it is too large, or it is another one than is meant.
    """
    path = permitted(model, found(model), "model")
    if not path.is_file():
        raise InputError(f"no such file: {model}", where="model", fix="give an .onnx file")
    if path.stat().st_size > _MOST:
        raise InputError("is larger than an ONNX file can be", where=model)
    content = path.read_bytes()
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(
            "is another file than the recipe was resolved with",
            where=model,
            fix="give the same file, or remove sha256 from the recipe",
        )
    return content
