"""DINO: a student learns to give, for any view, what its own average gives for a global one."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.views import Views
from phenolens.encoders.weights import Report, fill, read_tensors, select
from phenolens.losses.dino import dino_loss
from phenolens.losses.koleo import koleo_loss
from phenolens.methods.base import Clock, Method, Outcome
from phenolens.networks.heads import DinoHead


class Dino(Method):
    """Self-distillation with no labels; with partners that share a weak label it is WS-DINO.

    Caron et al. 2021. The defaults are WS-DINO's (Cross-Zamirski et al. 2022). DINO's own for
    ViT-S on ImageNet: student_temperature 0.1, teacher_temperature 0.07 from 0.04 over 30 epochs,
    momentum 0.996, centre_momentum 0.9, norm_last_layer true.

    The teacher sees the global views, the student all of them. Which image a view is cut from is
    the sampler's matter: with global views of an image and local views of another image of the
    same weak label this is WS-DINO.
    """

    def __init__(  # noqa: PLR0913 - the signature is the recipe's schema
        self,
        encoder: nn.Module,
        *,
        out: int = 65536,
        hidden: int = 2048,
        bottleneck: int = 256,
        norm_last_layer: bool = False,
        student_temperature: float = 0.07,
        teacher_temperature: float = 0.04,
        warmup_teacher_temperature: float = 0.04,
        warmup_epochs: int = 0,
        momentum: float = 0.99,
        centre_momentum: float = 0.8,
        freeze_last_layer: int = 1,
        koleo: float = 0.0,
        batch_norm: bool = False,
    ) -> None:
        """Put a head on the encoder, and make the teacher: a copy of both.

        Args:
            encoder: The student's backbone, with `dim`.
            out: K, the number of prototypes.
            hidden: Width of the head's MLP.
            bottleneck: Length of the head's normalised vector.
            norm_last_layer: Hold the prototypes at norm 1 (steadier) instead of learning it.
            student_temperature: T_s.
            teacher_temperature: T_t after the warm-up.
            warmup_teacher_temperature: T_t in the first epoch, where there is a warm-up.
            warmup_epochs: Epochs over which T_t goes from the one to the other, linearly.
            momentum: Of the teacher's average at the start; goes to 1 by a cosine.
            centre_momentum: m of the centre's average.
            freeze_last_layer: Epochs in which the prototypes stand still.
            koleo: Weight of KoLeo on the student's embeddings of each global view (DINOv2: 0.1).
            batch_norm: Batch normalisation in both heads; its statistics are each process's own.
        """
        super().__init__()
        temperatures = (student_temperature, teacher_temperature, warmup_teacher_temperature)
        _refuse(temperatures, (momentum, centre_momentum))
        head = DinoHead(
            dim_of(encoder),
            out,
            hidden=hidden,
            bottleneck=bottleneck,
            norm_last_layer=norm_last_layer,
            batch_norm=batch_norm,
        )
        self.student = Tower(encoder, head)
        self.teacher = copy.deepcopy(self.student).requires_grad_(False)  # noqa: FBT003
        self.centre = Centre(out, centre_momentum)
        self.student_temperature = student_temperature
        self.teacher_temperature = teacher_temperature
        self.warmup_teacher_temperature = warmup_teacher_temperature
        self.warmup_epochs = warmup_epochs
        self.momentum = momentum
        self.freeze_last_layer = freeze_last_layer
        self.koleo = koleo
        self.batch_norm = batch_norm
        self.collapsed_loss = math.log(out)
        self.train()

    @property
    def encoder(self) -> nn.Module:
        """The teacher's backbone."""
        return self.teacher.backbone

    def train(self, mode: bool = True) -> Dino:  # noqa: FBT001, FBT002 - torch's own signature
        """Set the mode; the teacher evaluates, so it drops no path.

        Only a head with batch normalisation goes by the step's own statistics, as DINO's does.
        """
        super().train(mode)
        self.teacher.eval()
        self.teacher.head.train(mode and self.batch_norm)
        return self

    def load_published(self, path: Path) -> Report:
        """Start from published weights.

        A full DINO checkpoint fills student, teacher, both heads and the centre, and so needs its
        own `out`, `hidden` and `bottleneck`. A backbone alone fills both backbones.

        Raises:
            InputError: The file cannot be read, or names or shapes do not match; says which.
        """
        checkpoint = read_tensors(path)
        if "student" not in checkpoint or "teacher" not in checkpoint:
            alone = select(checkpoint, "backbone", path)
            fill(self.student.backbone, alone, path)
            return fill(self.teacher.backbone, alone, path)
        for part, tower in (("student", self.student), ("teacher", self.teacher)):
            tensors = select(checkpoint, part, path)
            head = {k.removeprefix("head."): v for k, v in tensors.items() if k[:5] == "head."}
            fill(tower.head, head, path, exact=True)
            report = fill(tower.backbone, tensors, path)
        centre = checkpoint.get("dino_loss", {}).get("center")
        if centre is not None:
            self.centre.value.copy_(centre.flatten())
        return report

    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return the cross-entropy between the teacher's global views and the student's others.

        Raises:
            InputError: There is no global view, or no second view to predict it from.
        """
        large, small = views.of_kind("global"), views.of_kind("local")
        if not large or len(views) < 2:
            raise InputError(
                f"DINO needs a global view and another, got {len(large)} and {len(small)} local"
            )
        with torch.no_grad():
            embedding, teacher = self.teacher(large)
            if self.training:
                self.centre.see(teacher)
        seen, student = self.student((*large, *small))
        term = dino_loss(
            teacher,
            student,
            self.centre.value,
            teacher_temperature=self.temperature(clock.epoch),
            student_temperature=self.student_temperature,
        )
        terms = {"dino": term}
        if self.koleo:
            spread = torch.stack([koleo_loss(seen[view]) for view in range(len(large))])
            terms["koleo"] = self.koleo * spread.mean()
        return Outcome(terms, embedding[0].detach())

    def temperature(self, epoch: int) -> float:
        """Return the teacher's temperature T_t in this epoch."""
        if epoch >= self.warmup_epochs:
            return self.teacher_temperature
        share = epoch / max(self.warmup_epochs - 1, 1)
        start = self.warmup_teacher_temperature
        return start + share * (self.teacher_temperature - start)

    def after_backward(self, clock: Clock) -> None:
        """Let the prototypes stand still in the first epochs."""
        if clock.epoch < self.freeze_last_layer:
            for parameter in self.student.head.last_layer.parameters():
                parameter.grad = None

    def after_step(self, clock: Clock) -> None:
        """Move the teacher towards the student, and the centre towards the step's outputs."""
        rising = (1 + math.cos(math.pi * clock.progress)) / 2
        follow(self.teacher, self.student, momentum=1 - (1 - self.momentum) * rising)
        self.centre.move()


def dim_of(encoder: nn.Module) -> int:
    """Return the length of an encoder's embedding.

    Raises:
        InputError: It does not say.
    """
    dim = getattr(encoder, "dim", None)
    if not isinstance(dim, int):
        raise InputError(f"the encoder {type(encoder).__name__} does not say its `dim`")
    return dim


def _refuse(temperatures: Sequence[float], momenta: Sequence[float]) -> None:
    if min(temperatures) <= 0:
        raise InputError("temperatures must be above 0")
    if not (min(momenta) >= 0 and max(momenta) <= 1):
        raise InputError("momentum and centre_momentum must lie in [0, 1]")


class Tower(nn.Module):
    """A backbone with a head on it."""

    def __init__(self, backbone: nn.Module, head: DinoHead) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head

    def forward(
        self, views: Sequence[Tensor]
    ) -> tuple[Float[Tensor, "v n d"], Float[Tensor, "v n k"]]:
        """Return embeddings and logits by view; views of one size share one forward pass."""
        sizes = list(dict.fromkeys(view.shape for view in views))
        embedded: list[Tensor] = [views[0]] * len(views)
        for size in sizes:
            which = [i for i, view in enumerate(views) if view.shape == size]
            out = self.backbone(torch.cat([views[i] for i in which]))
            for i, part in zip(which, out.chunk(len(which)), strict=True):
                embedded[i] = part
        embedding = torch.stack(embedded)
        logits: Tensor = self.head(embedding.flatten(0, 1))
        return embedding, logits.reshape(*embedding.shape[:2], -1)


class Centre(nn.Module):
    """The running mean of the teacher's outputs, c (Caron et al. 2021, equation 4)."""

    value: Tensor

    def __init__(self, out: int, momentum: float) -> None:
        super().__init__()
        self.momentum = momentum
        self.register_buffer("value", torch.zeros(out))
        self._sum: Tensor | None = None
        self._count = 0

    def see(self, teacher: Float[Tensor, "g n k"]) -> None:
        """Remember outputs for the next move; several calls (accumulated gradients) add up."""
        total = teacher.detach().float().sum(dim=(0, 1))
        self._sum = total if self._sum is None else self._sum + total
        self._count += teacher.shape[0] * teacher.shape[1]

    def move(self) -> None:
        """Set c to m c + (1 - m) (mean of what was seen, in all processes)."""
        if self._sum is None:
            return
        seen = torch.cat((self._sum, self._sum.new_tensor([self._count])))
        if dist.is_available() and dist.is_initialized():
            dist.all_reduce(seen)
        self.value.lerp_((seen[:-1] / seen[-1]).to(self.value.dtype), 1 - self.momentum)
        self._sum, self._count = None, 0


@torch.no_grad()
def follow(teacher: nn.Module, student: nn.Module, *, momentum: float) -> None:
    """Move each parameter of the teacher to m teacher + (1 - m) student; copy the buffers."""
    torch._foreach_lerp_(list(teacher.parameters()), list(student.parameters()), 1 - momentum)
    for mine, theirs in zip(teacher.buffers(), student.buffers(), strict=True):
        mine.copy_(theirs)
