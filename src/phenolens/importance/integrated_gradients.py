"""Integrated gradients: a score's difference to a baseline, dealt out over the pixels."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.core.extras import import_extra
from phenolens.importance.score import CallScore

_AT_ONCE = 64  # images per pass: captum holds all steps of a batch in memory together


def integrated_gradients(
    score: CallScore,
    x: Float[Tensor, "n c h w"],
    baseline: Float[Tensor, "n c h w"],
    slope: Float[Tensor, "n d"],
    steps: int,
) -> Float[Tensor, "n c h w"]:
    """Return what each pixel of each channel adds to the score, going from the baseline to x.

    Sundararajan, Taly & Yan 2017 (arXiv 1703.01365, equation 1): (x - baseline) times the mean
    gradient on the straight line between them, by Gauss-Legendre quadrature (captum). Over all
    pixels and channels it adds up to score(x) - score(baseline), but for the error of the steps.

    captum's weights of the steps are float32, also for images of float64.

    Args:
        score: Differentiable.
        x: Images.
        baseline: What each is compared with.
        slope: Of each image's call.
        steps: Points on the line.

    Raises:
        InputError: captum is not installed.
    """
    library: Any = import_extra("captum.attr", needed_by="integrated_gradients", extra="explain")
    made = []
    at_once = max(1, _AT_ONCE // steps)
    for begin in range(0, len(x), at_once):
        part = slice(begin, begin + at_once)
        found = library.IntegratedGradients(score).attribute(
            x[part].detach().clone().requires_grad_(),
            baselines=baseline[part],
            additional_forward_args=(slope[part],),
            n_steps=steps,
        )
        made.append(found.detach())
    return torch.cat(made)
