"""A frozen network of Hugging Face transformers, by its name or from a local folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.inside import permitted
from phenolens.core.small_files import read_small
from phenolens.encoders.base import Encoder
from phenolens.networks.frozen_input import IMAGENET_MEAN, IMAGENET_SD, FrozenInput, three

_NAME = re.compile(r"[A-Za-z0-9][\w.\-]*(/[A-Za-z0-9][\w.\-]*)?")  # of the hub: OWNER/NAME
_PLAIN = (str, int, float, bool, type(None), list, dict)


class Transformers(Encoder):
    """Frozen network of transformers (`transformers:NAME`), one pass per channel or three of them.

    Weights come from a local folder (`folder`), or from the Hugging Face hub, as safetensors; code
    that a repository brings is never run. Pixels must be in [0, 1]; they are resized and
    standardized as the network's own configuration says, which the model's card repeats. No
    gradient passes.

    Attributes:
        dim: Length of the embedding: the network's own, times the passes.
    """

    def __init__(  # noqa: PLR0913  # what the card says of a network of somebody else
        self,
        channels: Sequence[str],
        *,
        model: str = "",
        folder: str = "",
        pool: Literal["cls", "mean"] = "cls",
        rgb: tuple[str, ...] = (),
        size: int = 0,
        mean: tuple[float, ...] = (),
        sd: tuple[float, ...] = (),
        config: dict[str, Any] | None = None,
    ) -> None:
        """Build the network and load its weights.

        Args:
            channels: Names of the channels of an image, in order.
            model: Its name on the hub, as `facebook/dinov2-small`.
            folder: Local folder with `config.json` and `model.safetensors`; empty: from the hub.
            pool: Of a transformer: the first token, or the mean of all. Others are pooled by space.
            rgb: Three channels, as red, green and blue; empty: one pass per channel, joined.
            size: Height and width of the network's input, in pixels; 0: its own.
            mean: Of the network's training images, in [0, 1]; empty: its own.
            sd: The same.
            config: The network's configuration, of a model folder that holds the weights.

        Raises:
            InputError: transformers is not installed, the network needs code of its repository, or
                the weights cannot be had: says what to download.
        """
        super().__init__(channels)
        self._pool = pool
        library = import_extra(
            "transformers", needed_by="the encoder transformers", extra="pretrained"
        )
        own: Mapping[str, Any] = {}
        if config is not None:
            settings = {k: v for k, v in config.items() if k != "model_type"}
            made = library.AutoConfig.for_model(str(config.get("model_type")), **settings)
            self.network = library.AutoModel.from_config(made, trust_remote_code=False)
        else:
            self.check({"model": model, "folder": folder})
            own = self._load(library, folder or model, local=bool(folder))
        self.network.eval().requires_grad_(requires_grad=False)
        known = self.network.config
        self._input = FrozenInput(
            channels=self.channels,
            rgb=rgb,
            mean=mean or three(own.get("image_mean") or IMAGENET_MEAN),
            sd=sd or three(own.get("image_std") or IMAGENET_SD),
            size=size or _side(own) or int(getattr(known, "image_size", 0) or 224),
        )
        side = self._input.size
        with torch.no_grad():
            made = self._embed(torch.zeros(1, 3, side, side, device=self.network.device))
        self.dim = made.shape[1] * self._input.passes

    def _load(self, library: Any, place: str, *, local: bool) -> Mapping[str, Any]:
        """Load configuration and weights; return how inputs are prepared."""
        try:
            table, _ = library.PretrainedConfig.get_config_dict(place, local_files_only=local)
            if "auto_map" in table:
                raise InputError(
                    "needs code of its repository (trust_remote_code), which is never run here",
                    where=place,
                    fix="choose a network that transformers itself has",
                )
            self.network = library.AutoModel.from_pretrained(
                place, local_files_only=local, trust_remote_code=False, use_safetensors=True
            )
            found = library.utils.cached_file(
                place,
                "preprocessor_config.json",
                local_files_only=local,
                _raise_exceptions_for_missing_entries=False,
            )
        except InputError:
            raise
        except Exception as error:  # of the hub, the network, the disk: all end in the same advice
            raise InputError(
                f"the weights of {place} cannot be had ({type(error).__name__})",
                where="encoder.model",
                fix="download config.json, preprocessor_config.json and model.safetensors from "
                f"https://huggingface.co/{place} into a folder, and give it with encoder.folder",
            ) from error
        prepared = json.loads(read_small(Path(found))) if found else {}
        return prepared if isinstance(prepared, dict) else {}

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where the name is not one of the hub's, or the folder is not there."""
        model, folder = settings["model"], settings["folder"]
        if folder and not permitted(folder, Path(folder), "folder").is_dir():
            raise InputError(f"no such folder: {folder}", where="folder")
        if not folder and Path(model).is_dir() and model:
            raise InputError(f"{model} is a folder here", where="model", fix="name it as `folder`")
        if not folder and not _NAME.fullmatch(model):
            raise InputError(
                f"{model!r} is not the name of a network of the hub",
                where="model",
                fix='write name = "transformers:facebook/dinov2-small"',
            )

    def described(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a model's card says: configuration and input spelled out, no place."""
        config = {k: v for k, v in self.network.config.to_diff_dict().items() if _is_plain(v)}
        config["model_type"] = self.network.config.model_type
        own = self._input
        stated = {"mean": list(own.mean), "sd": list(own.sd), "size": own.size}
        return {**settings, "folder": "", "config": config, **stated}

    def train(self, mode: bool = True) -> Transformers:  # noqa: FBT001, FBT002 - torch's signature
        """Stay in evaluation mode: the network is frozen."""
        super().train(mode)
        self.network.eval()
        return self

    @torch.no_grad()
    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return the pooled outputs of the network, those of all passes joined.

        Raises:
            InputError: Another number of channels, or pixels outside of [0, 1].
        """
        self.check_channels(x)
        return self._input.join(self._embed(self._input(x)))

    def _embed(self, colours: Float[Tensor, "m 3 s s"]) -> Float[Tensor, "m d"]:
        hidden: Tensor = self.network(pixel_values=colours).last_hidden_state
        if hidden.ndim == 4:  # maps of a convolutional network
            return hidden.flatten(2).mean(2)
        return hidden[:, 0] if self._pool == "cls" else hidden.mean(1)

    @classmethod
    def example(cls) -> tuple[Encoder, Tensor]:
        """Return a tiny vision transformer with random weights, and images."""
        config = {"model_type": "vit", "hidden_size": 16, "num_hidden_layers": 1}
        config |= {"num_attention_heads": 2, "intermediate_size": 16, "image_size": 16}
        config |= {"patch_size": 8}
        images = torch.rand(4, 2, 16, 16, generator=torch.Generator().manual_seed(0))
        return cls(("DNA", "Actin"), config=config, size=16), images


def _side(prepared: Mapping[str, Any]) -> int:
    """Return the side of an input that a preprocessor's configuration gives; 0: none."""
    size = prepared.get("crop_size") or prepared.get("size") or 0
    if isinstance(size, Mapping):
        size = size.get("height") or size.get("shortest_edge") or 0
    return int(size)


def _is_plain(value: Any) -> bool:
    return isinstance(value, _PLAIN)
