"""What the processes that train together compute as one: gathered rows, batch statistics."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


def together() -> int:
    """Return how many processes train together; 1 where this one is alone."""
    ready = dist.is_available() and dist.is_initialized()
    return dist.get_world_size() if ready else 1


def gathered(x: Tensor, dim: int = 0) -> Tensor:
    """Return the rows of all processes, in the order that one process alone would have.

    Process p of k holds rows p, p + k, ... of a batch. The gradient of a row is the sum of those of
    all processes. Each of them has the whole loss, and the distributed wrapper takes the mean of
    their gradients, so that is the gradient that one process alone would have.

    Args:
        x: This process's rows; as many in each process.
        dim: Along which the rows are.
    """
    if together() == 1:
        return x
    parts: Tensor = _Gathered.apply(x)  # type: ignore[no-untyped-call]
    return torch.stack(parts.unbind(0), dim=dim + 1).flatten(dim, dim + 1)


def share_statistics(module: nn.Module) -> None:
    """Let every batch normalisation in a network use the rows of all processes, not its own alone.

    Torch's own `SyncBatchNorm` does this on GPUs only. Parameters, buffers and their names stay. A
    process alone changes nothing.
    """
    if together() == 1:
        return
    kinds: dict[type, type] = {
        nn.BatchNorm1d: SharedBatchNorm1d,
        nn.BatchNorm2d: SharedBatchNorm2d,
    }
    for each in module.modules():
        if type(each) in kinds:
            each.__class__ = kinds[type(each)]


class _Shared(nn.modules.batchnorm._BatchNorm):
    """Batch normalisation whose mean and variance are those of the rows of all processes."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the input, normalised by channel (dimension 1)."""
        if together() == 1 or not self.training:
            normed: Tensor = super().forward(input)
            return normed
        self._check_input_dim(input)  # type: ignore[no-untyped-call]
        x = input if input.dtype == torch.float64 else input.float()
        over = [dim for dim in range(x.ndim) if dim != 1]
        shape = [1, -1, *[1] * (x.ndim - 2)]
        count = x.numel() // x.shape[1] * together()
        mean = _summed(x.sum(over)) / count
        off = x - mean.view(shape)
        variance = _summed(off.square().sum(over)) / count
        self._remember(mean.detach(), variance.detach() * (count / max(1, count - 1)))
        scale = torch.rsqrt(variance + self.eps)
        if self.affine:
            out = off * (scale * self.weight).view(shape) + self.bias.view(shape)
        else:
            out = off * scale.view(shape)
        return out.to(input.dtype)

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running statistics as torch does, by the unbiased variance."""
        if not self.track_running_stats:
            return
        assert self.num_batches_tracked is not None  # noqa: S101 -- for the type checker
        self.num_batches_tracked.add_(1)
        share = self.momentum
        if share is None:
            share = 1.0 / float(self.num_batches_tracked)
        for running, now in ((self.running_mean, mean), (self.running_var, variance)):
            assert running is not None  # noqa: S101 -- for the type checker
            running.lerp_(now.to(running.dtype), share)


class SharedBatchNorm1d(_Shared, nn.BatchNorm1d):
    """Torch's `BatchNorm1d`, over all processes that train together."""


class SharedBatchNorm2d(_Shared, nn.BatchNorm2d):
    """Torch's `BatchNorm2d`, over all processes that train together."""


def _summed(x: Tensor) -> Tensor:
    """Return the sum over all processes; its gradient is summed over all of them too."""
    total: Tensor = _Summed.apply(x)  # type: ignore[no-untyped-call]
    return total


def _all_reduced(x: Tensor) -> Tensor:
    total = x.clone(memory_format=torch.contiguous_format)
    dist.all_reduce(total)
    return total


class _Summed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ARG004 - torch gives it
        return _all_reduced(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004
        return _all_reduced(gradients[0])


class _Gathered(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ARG004
        parts = [
            torch.empty_like(x, memory_format=torch.contiguous_format) for _ in range(together())
        ]
        dist.all_gather(parts, x.contiguous())
        return torch.stack(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004
        return _all_reduced(gradients[0])[dist.get_rank()]
