"""What methods with a teacher share: towers, the moving average, its schedule, and the centre."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Generic, TypeVar

import torch
import torch.distributed as dist
from jaxtyping import Float, Int64
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.encoders.base import Encoder

M = TypeVar("M", bound=nn.Module)


class Tower(nn.Module, Generic[M]):
    """An encoder with a head on it.

    Attributes:
        backbone: The encoder.
        head: From embeddings to what the loss compares.
    """

    backbone: Encoder
    head: M

    def __init__(self, backbone: Encoder, head: M) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head

    def forward(
        self, views: Sequence[Tensor]
    ) -> tuple[Float[Tensor, "v n d"], Float[Tensor, "v n k"]]:
        """Return embeddings and head outputs by view; views of one size share one forward pass."""
        sizes = list(dict.fromkeys(view.shape for view in views))
        embedded: list[Tensor] = [views[0]] * len(views)
        for size in sizes:
            which = [i for i, view in enumerate(views) if view.shape == size]
            out = self.backbone(torch.cat([views[i] for i in which]))
            for i, part in zip(which, out.chunk(len(which)), strict=True):
                embedded[i] = part
        embedding = torch.stack(embedded)
        outputs: Tensor = self.head(embedding.flatten(0, 1))
        return embedding, outputs.reshape(*embedding.shape[:2], -1)


def each_alone(
    tower: Tower[M], views: Sequence[Tensor]
) -> tuple[Float[Tensor, "v n d"], Float[Tensor, "v n k"]]:
    """Return embeddings and head outputs by view, one pass a view.

    Batch normalisation is then over one view of each image, as in BYOL and Barlow Twins.
    """
    passes = [tower([view]) for view in views]
    return torch.cat([e for e, _ in passes]), torch.cat([out for _, out in passes])


def make_teacher(student: M) -> M:
    """Return a copy of a network that no gradient reaches."""
    return copy.deepcopy(student).requires_grad_(False)  # noqa: FBT003 - torch's own signature


def leave_statistics(teacher: nn.Module) -> None:
    """Let no pass of a teacher move its running statistics: `follow` alone does, as its weights."""
    for module in teacher.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = 0.0


@torch.no_grad()
def follow(
    teacher: nn.Module, student: nn.Module, *, momentum: float, average_buffers: bool = False
) -> None:
    """Move each parameter of the teacher to m teacher + (1 - m) student.

    Args:
        teacher: The average; changed in place.
        student: What it follows.
        momentum: m; 1 leaves the teacher's parameters unchanged.
        average_buffers: Average the floating-point buffers too, such as the running statistics of
            batch normalisation (BYOL); else buffers are copied (DINO). Counters are always copied.
    """
    torch._foreach_lerp_(list(teacher.parameters()), list(student.parameters()), 1 - momentum)
    for mine, theirs in zip(teacher.buffers(), student.buffers(), strict=True):
        if average_buffers and mine.is_floating_point():
            mine.lerp_(theirs, 1 - momentum)
        else:
            mine.copy_(theirs)


def rising_momentum(start: float, progress: float, end: float = 1.0) -> float:
    """Return a teacher's momentum: from `start` to `end` along a cosine (Grill et al. 2020).

    Args:
        start: Momentum at the beginning of training.
        progress: Share of training that is done, in [0, 1].
        end: Momentum at the end.

    Example:
        >>> [round(rising_momentum(0.9, share), 3) for share in (0.0, 0.5, 1.0)]
        [0.9, 0.95, 1.0]
    """
    return end - (end - start) * ((1 + math.cos(math.pi * progress)) / 2)


class Centre(nn.Module):
    """The running mean of a teacher's outputs, c (Caron et al. 2021, equation 4), one per domain.

    With several domains (batches, cell lines) each has a mean of its own, which moves by the
    outputs of its own images alone: the mean of a domain that a step does not show is unchanged.
    With shares (CDCL, Haslum et al. 2022) a mean moves by (1 - m) w: w is the domain's share in
    what was seen over its share in the images. A move is at most all the way: a rare domain's w
    can be so large that its mean would be thrown far beyond its outputs.

    Attributes:
        value: (k,) for one domain without shares, else (domains, k).
    """

    value: Tensor
    shares: Tensor | None

    def __init__(
        self,
        out: int,
        momentum: float,
        domains: int = 1,
        shares: Float[Tensor, " domains"] | None = None,
    ) -> None:
        """Begin at 0.

        Args:
            out: k, the length of an output.
            momentum: m of the running mean.
            domains: How many means there are.
            shares: Of each domain in all images; None: every move is (1 - m).

        Raises:
            InputError: A momentum outside [0, 1], or no domain.
        """
        super().__init__()
        if not 0 <= momentum <= 1 or domains < 1:
            raise InputError(
                f"a centre needs a momentum in [0, 1] and at least one domain, got {momentum} and "
                f"{domains}"
            )
        self.momentum, self.domains = momentum, domains
        self.single = domains == 1 and shares is None
        self.register_buffer("value", torch.zeros((out,) if self.single else (domains, out)))
        self.register_buffer("shares", shares, persistent=False)
        self._sum: Tensor | None = None  # (domains, k + 1): sums of outputs, and their numbers

    def of(self, domains: Sequence[Int64[Tensor, " n"]] = ()) -> Float[Tensor, "... k"]:
        """Return the centre of each output.

        Args:
            domains: For each view the domain of its images, 0 .. domains - 1; none where there is
                one domain, without shares.

        Returns:
            (k,) for one domain without shares, else (views, n, k).

        Raises:
            IndexError: A code is outside 0 .. domains - 1, as -1 for a missing value.
        """
        if self.single:
            return self.value
        # Not by indexing: there -1 would be the last domain.
        return nn.functional.embedding(torch.stack(tuple(domains)), self.value)

    def see(
        self, teacher: Float[Tensor, "g n k"], domains: Sequence[Int64[Tensor, " n"]] = ()
    ) -> None:
        """Remember outputs for the next move; several calls (accumulated gradients) add up.

        Args:
            teacher: Outputs by view.
            domains: As in `of`.
        """
        outputs = teacher.detach().float()
        if self.single:
            total = outputs.sum(dim=(0, 1))
            sums = torch.cat((total, total.new_tensor([outputs.shape[0] * outputs.shape[1]])))
        else:
            # A product instead of scattered sums: the same bits each time, on CUDA too.
            codes = torch.stack(tuple(domains)).flatten()
            member = codes == torch.arange(self.domains, device=codes.device)[:, None]
            flat = outputs.flatten(0, 1)
            sums = member.to(flat.dtype) @ torch.cat((flat, torch.ones_like(flat[:, :1])), dim=1)
        self._sum = sums if self._sum is None else self._sum + sums

    def move(self) -> None:
        """Set c to m c + (1 - m) (mean of what was seen, in all processes); then forget it.

        With shares, (1 - m) is multiplied by w.
        """
        if self._sum is None:
            return
        if dist.is_available() and dist.is_initialized():
            dist.all_reduce(self._sum)
        count = self._sum[..., -1:]
        # A domain that was not seen moves to itself.
        mean = torch.where(count > 0, self._sum[..., :-1] / count.clamp_min(1), self.value)
        if self.shares is None:
            self.value.lerp_(mean.to(self.value.dtype), 1 - self.momentum)
        else:
            weight = count / count.sum() / self.shares[:, None]
            step = ((1 - self.momentum) * weight).clamp_max(1)
            self.value.lerp_(mean.to(self.value.dtype), step.to(self.value.dtype))
        self._sum = None
