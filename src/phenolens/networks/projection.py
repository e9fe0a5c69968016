"""The MLP between an embedding and a loss, used while an encoder learns."""

from __future__ import annotations

import itertools
from typing import Literal

from torch import nn

from phenolens.core.errors import InputError

_ACTIVATIONS = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "leaky_relu": nn.LeakyReLU,
    "none": nn.Identity,
}


class Projection(nn.Sequential):
    """MLP from an embedding to the space of a loss; also a predictor, or a head of classes.

    Between two linear layers: batch normalisation (if any), then the activation. SimCLR (Chen et
    al. 2020): widths (dim, 128), with last_batch_norm and no last_bias. BYOL (Grill et al. 2020):
    widths (4096, 256), no last_bias. One width is a linear map.

    Parameters are named `0.weight`, `0.bias`, ... by their place, as in released heads.

    Attributes:
        out: Length of an output vector.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of a published head
        self,
        dim: int,
        widths: tuple[int, ...] = (2048, 128),
        *,
        batch_norm: bool = True,
        last_batch_norm: bool = False,
        last_bias: bool = True,
        hidden_bias: bool = True,
        activation: Literal["relu", "gelu", "leaky_relu", "none"] = "relu",
    ) -> None:
        """Build the layers.

        Args:
            dim: Length of an input vector.
            widths: Length of each linear layer's output; the last is that of the projection.
            batch_norm: Normalise the hidden layers over the step.
            last_batch_norm: Normalise the output too.
            last_bias: Whether the last linear layer has a bias.
            hidden_bias: Whether the others have one: batch normalisation takes it away again.
            activation: After each hidden layer; `none` leaves linear maps alone, as the released
                heads of Dmitrenko et al. (2022) do.
        """
        if not widths or min(dim, *widths) < 1:
            raise InputError(f"sizes of a projection start at 1, got {dim} to {list(widths)}")
        layers: list[nn.Module] = []
        for i, (before, after) in enumerate(itertools.pairwise((dim, *widths))):
            last = i == len(widths) - 1
            layers.append(nn.Linear(before, after, bias=last_bias if last else hidden_bias))
            if last_batch_norm if last else batch_norm:
                layers.append(nn.BatchNorm1d(after))
            if not last:
                layers.append(_ACTIVATIONS[activation]())
        super().__init__(*layers)
        self.out = widths[-1]
