"""The loss of a lens and of the classifier behind it: one backward pass, one optimizer."""

from __future__ import annotations

from collections.abc import Callable

from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional

from phenolens.lenses.network import LensNetwork
from phenolens.losses.reconstruction import bce_loss
from phenolens.networks.gradient_scale import GradientScale


def lens_terms(
    lens: LensNetwork,
    called: Callable[[Tensor], Tensor],
    pixels: Float[Tensor, "n c s s"],
    labels: Int64[Tensor, " n"],
    coefficient: float,
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Return reconstruction and classification, whose sum is minimised.

    Dmitrenko et al. 2022: the classifier minimises CE = CE(W F(L(x)), y), the lens
    BCE(L(x), x) - c CE. So between L and F the gradient is multiplied by -c: the sum of both terms
    has the right gradient for each. c > 0 is adversarial, c < 0 regularized; c = 0 leaves
    reconstruction alone. In the published code the gradient of CE never reaches the lens.

    Args:
        lens: L.
        called: Images of the lens -> one score per class: the frozen F, then the linear W.
        pixels: x, in [0, 1].
        labels: y.
        coefficient: c.
    """
    logits = lens.logits(pixels)
    scaled = GradientScale(-coefficient)(logits.sigmoid())
    return bce_loss(logits, pixels), functional.cross_entropy(called(scaled), labels)
