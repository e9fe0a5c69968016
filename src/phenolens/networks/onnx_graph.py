"""A network of an ONNX file, run by onnxruntime: what it gives is checked, and that it ends."""

from __future__ import annotations

from threading import Timer
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra

_MOST_SECONDS, _EACH = 60.0, 5.0  # of one call, and for each image more


def runtime() -> Any:
    """Return onnxruntime.

    Raises:
        InputError: It is not installed: says how.
    """
    return import_extra("onnxruntime", needed_by="the encoder onnx", extra="onnx")


class OnnxGraph:
    """A network with one input of images; runs on the CPU.

    Args:
        content: The file.
        output: Name of an output; empty: the first.

    Raises:
        InputError: It is not an ONNX file, has another number of inputs, or no such output.
    """

    def __init__(self, content: bytes, output: str = "") -> None:
        quiet = runtime().SessionOptions()
        quiet.log_severity_level = 4
        try:
            self._session = runtime().InferenceSession(
                content, quiet, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has many kinds, all of them about the file
            what = f"is not an ONNX file, or is damaged: {_line(error)}"
            raise InputError(what, where="encoder") from error
        inputs = [given.name for given in self._session.get_inputs()]
        outputs = [made.name for made in self._session.get_outputs()]
        if len(inputs) != 1 or not outputs or (output and output not in outputs):
            raise InputError(
                f"the network has inputs {inputs} and outputs {outputs}; one input is needed",
                where="encoder.output",
                fix="name one of the outputs",
            )
        self._output = output or outputs[0]

    def run(self, colours: Float[Tensor, "m 3 s s"]) -> Float[Tensor, "m d"]:
        """Return what the network gives for each image; maps are averaged over the image.

        Raises:
            InputError: It fails, takes more than a minute (and 5 s per image), or does not give
                numbers for each image.
        """
        (given,) = self._session.get_inputs()
        size = (given.shape or [None])[0]  # some files do not say
        each = size if isinstance(size, int) else len(colours)
        each = max(1, each)
        missing = -len(colours) % each if isinstance(size, int) else 0  # it takes so many, no fewer
        full = torch.cat([colours, colours[-1:].expand(missing, -1, -1, -1)])
        made = torch.cat([self._checked(given.name, part) for part in torch.split(full, each)])
        made = made[: len(colours)]
        return made if made.ndim == 2 else made.flatten(2).mean(2)

    def refuse_unsteady(self, size: int) -> None:
        """Refuse a network whose answer for an image is another next time, or next to other images.

        Raises:
            InputError: It is.
        """
        images = torch.rand(3, 3, size, size, generator=torch.Generator().manual_seed(0))
        whole, again = self.run(images), self.run(images)
        alone = torch.cat([self.run(image) for image in torch.split(images, 1)])
        for other in (again, alone):
            if not torch.allclose(whole, other, rtol=1e-3, atol=1e-5, equal_nan=True):
                raise InputError(
                    "what the network gives for an image depends on chance, or on the other images "
                    "of a batch",
                    where="encoder",
                    fix="export it in evaluation mode",
                )

    def _checked(self, name: str, images: Tensor) -> Tensor:
        options = runtime().RunOptions()
        most = _MOST_SECONDS + _EACH * len(images)
        clock = Timer(most, setattr, (options, "terminate", True))
        clock.daemon = True
        clock.start()
        try:
            found = self._session.run([self._output], {name: images.cpu().float().numpy()}, options)
        except Exception as error:  # as above
            late = options.terminate
            what = f"takes more than {most:.0f} s" if late else f"cannot be run: {_line(error)}"
            raise InputError(f"the network {what}", where="encoder") from error
        finally:
            clock.cancel()
        made = found[0]
        number = isinstance(made, np.ndarray) and made.dtype.kind in "fiu"
        if not number or made.ndim < 2 or len(made) != len(images) or not made.size:
            what = f"{made.dtype} of shape {made.shape}" if number else "no array of numbers"
            raise InputError(
                f"the output '{self._output}' gives {what} for {len(images)} images, and values "
                "for each of them are needed",
                where="encoder.output",
                fix="name another output",
            )
        return torch.from_numpy(made.astype(np.float32, copy=False))


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
