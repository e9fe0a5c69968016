"""DINO: a student learns to predict, from any view, what its own average says of a global one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from phenolens.core.errors import InputError
from phenolens.core.ranges import MANY, between
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.vit import Vit
from phenolens.losses.dino import dino_loss
from phenolens.losses.koleo import koleo_loss
from phenolens.methods.base import Clock, Method, Outcome, example_views
from phenolens.methods.teacher import Centre, Tower, follow, make_teacher, rising_momentum
from phenolens.networks.dino_head import DinoHead
from phenolens.networks.published import Report, fill, select
from phenolens.networks.weights_file import read_tensors

_EPOCHS = ("warmup_epochs", "freeze_last_layer")
_TEMPERATURES = ("student_temperature", "teacher_temperature", "warmup_teacher_temperature")
_MOMENTA = ("momentum", "centre_momentum")


class Dino(Method):
    """Self-distillation with no labels; with partners that share a weak label it is WS-DINO.

    Caron et al. 2021. The defaults are WS-DINO's (Cross-Zamirski et al. 2022). DINO's own for
    ViT-S on ImageNet: student_temperature 0.1, teacher_temperature 0.07 from 0.04 over 30 epochs,
    momentum 0.996, centre_momentum 0.9, norm_last_layer true.

    The teacher sees the global views, the student all of them. The pairing decides which image a
    view is cut from: with global views of one image and local views of another image of the same
    weak label this is WS-DINO.

    The kept encoder is the teacher's backbone.
    """

    least_views = 2
    student: Tower[DinoHead]
    teacher: Tower[DinoHead]

    def __init__(  # noqa: PLR0913 - the signature is the recipe's schema
        self,
        encoder: Encoder,
        facts: ViewFacts,
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
            encoder: The student's backbone.
            facts: What is known of the views; none of it is needed.
            out: K, the number of prototypes.
            hidden: Width of the head's MLP.
            bottleneck: Length of the head's normalised vector.
            norm_last_layer: Keep the prototypes at norm 1 (more stable) instead of learning it.
            student_temperature: T_s.
            teacher_temperature: T_t after the warm-up.
            warmup_teacher_temperature: T_t in the first epoch, where there is a warm-up.
            warmup_epochs: Epochs over which T_t rises linearly from the one to the other.
            momentum: Of the teacher's average at the start; rises to 1 along a cosine.
            centre_momentum: m of the centre's average.
            freeze_last_layer: Epochs in which the prototypes do not change.
            koleo: Weight of KoLeo on the student's embeddings of each global view (DINOv2: 0.1).
            batch_norm: Batch normalisation in both heads, over the rows of all processes.
        """
        super().__init__(facts)
        Dino.check(locals())
        head = DinoHead(
            encoder.dim,
            out,
            hidden=hidden,
            bottleneck=bottleneck,
            norm_last_layer=norm_last_layer,
            batch_norm=batch_norm,
        )
        self.student = Tower(encoder, head)
        self.teacher = make_teacher(self.student)
        self.keep(self.teacher.backbone)
        self.centre = Centre(out, centre_momentum)
        self.student_temperature = student_temperature
        self.teacher_temperature = teacher_temperature
        self.warmup_teacher_temperature = warmup_teacher_temperature
        self.warmup_epochs, self.freeze_last_layer = warmup_epochs, freeze_last_layer
        self.momentum, self.koleo, self.batch_norm = momentum, koleo, batch_norm
        self.collapsed_loss = math.log(out)
        self.train()

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        between(1, MANY, out=settings["out"])
        between(0, MANY, **{name: settings[name] for name in _EPOCHS})
        between(1, 2**16, **{name: settings[name] for name in ("hidden", "bottleneck")})
        between(0.001, 100, **{name: settings[name] for name in _TEMPERATURES})
        between(0, 1, **{name: settings[name] for name in _MOMENTA})
        between(0, 1000, koleo=settings["koleo"])

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        """Return DINO on two blocks with 64 prototypes, and views of 32 and 16 pixels."""
        facts = ViewFacts(("DNA", "Actin"), {"global": 32, "local": 16})
        encoder = Vit(facts.channels, size="tiny", depth=2, patch=8, image=32)
        return cls(encoder, facts, out=64, hidden=32, bottleneck=16), example_views(facts)

    def train(self, mode: bool = True) -> Dino:  # noqa: FBT001, FBT002 - torch's own signature
        """Set the mode. The teacher stays in evaluation mode, without stochastic depth.

        Only its head, where it has batch normalisation, uses the step's own statistics (as DINO).
        """
        super().train(mode)
        self.teacher.eval()
        self.teacher.head.train(mode and self.batch_norm)
        return self

    def load_published(self, path: Path) -> Report:
        """Start from published weights.

        A full DINO checkpoint fills student, teacher, both heads and the centre; `out`, `hidden`
        and `bottleneck` must be the checkpoint's. A backbone alone fills both backbones.

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
                f"DINO needs a global view and another view, got {len(large)} global and "
                f"{len(small)} local ones"
            )
        with torch.no_grad():
            embedding, teacher = self.teacher(large)
            if self.training:
                self.centre.see(teacher)
        seen, student = self.student((*large, *small))
        term = dino_loss(
            teacher,
            student,
            self.centre.of(),
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
        """Drop the gradient of the prototypes in the first epochs."""
        if clock.epoch < self.freeze_last_layer:
            for parameter in self.student.head.last_layer.parameters():
                parameter.grad = None

    def after_step(self, clock: Clock) -> None:
        """Move the teacher towards the student, and the centre towards the step's outputs."""
        momentum = rising_momentum(self.momentum, clock.progress)
        follow(self.teacher, self.student, momentum=momentum)
        self.centre.move()
