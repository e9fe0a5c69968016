"""Barlow Twins: two views agree in each dimension, and no two dimensions say the same."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

EPS = 1e-5  # of the batch normalisation in the published code


def correlation(a: Float[Tensor, "n k"], b: Float[Tensor, "n k"]) -> Float[Tensor, "k k"]:
    """Return C, the correlation of each dimension of `a` with each of `b` over the rows.

    Zbontar et al. 2021, equation 2, by batch normalisation: means and biased variances of these
    rows, with torch's epsilon of 1e-5. A dimension without spread has correlation 0. Computed in
    float32, or in float64 where the inputs are.
    """
    with torch.autocast(a.device.type, enabled=False):
        return _standard(a).T @ _standard(b) / len(a)


def barlow_loss(c: Float[Tensor, "k k"], off_diagonal: float) -> Float[Tensor, ""]:
    """Return the sum of (1 - C_ii)^2 plus lambda times the sum of C_ij^2, i != j.

    Zbontar et al. 2021, equation 1.

    Args:
        c: The correlation of two views.
        off_diagonal: lambda.

    Example:
        >>> round(float(barlow_loss(torch.tensor([[1.0, 0.5], [0.0, 0.0]]), 0.1)), 3)
        1.025
    """
    diagonal = torch.diagonal(c)
    off = c.square().sum() - diagonal.square().sum()
    return (1 - diagonal).square().sum() + off_diagonal * off


def barlow_mean_loss(c: Float[Tensor, "k k"], off_diagonal: float) -> Float[Tensor, ""]:
    """Return the weighted mean of both kinds of terms, scaled as in CDCL.

    Haslum et al. 2022: ((1 - l) mean (C_ii - 1)^2 + l mean of C_ij^2, i != j), divided by
    (1 - l) + 0.01 l, so that poor agreement gives about 1.

    Args:
        c: The correlation of two views; k is at least 2.
        off_diagonal: l.
    """
    k = len(c)
    diagonal = torch.diagonal(c)
    off = (c.square().sum() - diagonal.square().sum()) / (k * (k - 1))
    terms = (1 - off_diagonal) * (diagonal - 1).square().mean() + off_diagonal * off
    return terms / ((1 - off_diagonal) + 0.01 * off_diagonal)


def _standard(x: Tensor) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    off = wide - wide.mean(dim=0)
    return off * torch.rsqrt(off.square().mean(dim=0) + EPS)
