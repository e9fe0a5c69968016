"""LARS: stochastic gradient descent whose step is relative to the size of each layer's weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class Lars(torch.optim.Optimizer):
    """Layer-wise adaptive rate scaling, You et al. 2017, algorithm 1. For batches of thousands.

    For each tensor w with gradient g, with learning rate l, weight decay b, momentum m and trust h:

        r = h |w| / (|g| + b |w|)
        v = m v + l r (g + b w)
        w = w - v

    Where |w| or the denominator is 0, r is 1. In groups with `adapted` False (biases and norms, as
    in SimCLR and BYOL) r is 1.
    """

    def __init__(
        self,
        params: Any,
        lr: float,
        *,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        trust: float = 0.001,
    ) -> None:
        """Begin with v = 0.

        Args:
            params: Parameters, or groups of them as torch's own optimizers take; a group may have
                settings of its own and `adapted`.
            lr: l.
            momentum: m.
            weight_decay: b.
            trust: h.
        """
        settings = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "trust": trust,
            "adapted": True,
        }
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move the parameters by their gradients; return what the closure returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is None:
                    continue
                v = self.state[w].setdefault("momentum", torch.zeros_like(w))
                change = w.grad + group["weight_decay"] * w
                if group["adapted"]:
                    change = change * _ratio(w, w.grad, group["weight_decay"], group["trust"])
                v.mul_(group["momentum"]).add_(change, alpha=group["lr"])
                w.sub_(v)
        return loss


def _ratio(w: Tensor, g: Tensor, decay: float, trust: float) -> Tensor:
    """Return r; on the device, without a wait."""
    size = w.norm()
    below = g.norm() + decay * size
    return torch.where((size > 0) & (below > 0), trust * size / below, torch.ones_like(size))
