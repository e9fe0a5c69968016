"""Looks at an encoder while it is trained, and which of its states is kept."""

from __future__ import annotations

import math
from itertools import chain

import torch
from jaxtyping import Float64
from torch import Tensor, nn

from phenolens.methods.base import Method
from phenolens.training.meter import Subset, measure
from phenolens.training.monitor import Monitor
from phenolens.training.settings import Watch

CHOSEN_BY = "replicates"  # the figure that chooses a state


class Watcher:
    """Measures the kept encoder of a method, and remembers the best state.

    Args:
        watch: When to look.
        subset: On which images; None: there is nothing to look at.
        monitor: Keeps the figures of the untrained encoder, and the best state for a resume.
        best: Whether the state of the best replicates is remembered.
    """

    def __init__(
        self, watch: Watch, subset: Subset | None, monitor: Monitor, *, best: bool = False
    ) -> None:
        self._every, self._subset = watch.every, subset
        self._monitor, self._best = monitor, best

    def begin(self, method: Method, step: int) -> None:
        """Measure the encoder as training starts from it, unless the training is resumed."""
        if self._every and self._subset and step == 0:
            self._monitor.before(self._figures(method))

    def look(self, method: Method, step: int, per_epoch: int, *, last: bool) -> dict[str, float]:
        """Return the figures after a step; empty unless it is time to look.

        Args:
            method: Its encoder is measured.
            step: The step that was done, 0 for the first.
            per_epoch: Steps per epoch.
            last: Whether it is the last of the whole training.
        """
        if not (self._every and self._subset):
            return {}
        if (step + 1) % (self._every * per_epoch) and not last:
            return {}
        figures = self._figures(method)
        value = figures[CHOSEN_BY]
        if self._best and value > self._monitor.best.get("value", -math.inf):
            tensors = {k: v.detach().cpu().clone() for k, v in method.state_dict().items()}
            self._monitor.best = {"step": step + 1, "value": value, "method": tensors}
        return figures

    def end(self, method: nn.Module, *, finished: bool) -> None:
        """Put the best state back where one is remembered and the training is finished."""
        if self._best and finished and self._monitor.best:
            method.load_state_dict(self._monitor.best["method"])

    def _figures(self, method: Method) -> dict[str, float]:
        assert self._subset is not None  # noqa: S101 -- for the type checker
        return measure(embedded(method.encoder, self._subset), self._subset)


def embedded(encoder: nn.Module, subset: Subset) -> Float64[Tensor, "n d"]:
    """Return the mean embedding of each image's tiles, float64 on the CPU.

    The encoder computes in evaluation mode, and is left in the mode in which it was.
    """
    modes = {module: module.training for module in encoder.modules()}
    device = next(chain(encoder.parameters(), encoder.buffers())).device
    encoder.eval()
    try:
        with torch.no_grad():
            network = subset.network(encoder)
            made = [network(part).double().cpu() for part in subset.images(device)]
    finally:
        for module, mode in modes.items():
            module.training = mode
    every = torch.cat(made)
    return every.reshape(-1, subset.tiles, every.shape[1]).mean(1)
