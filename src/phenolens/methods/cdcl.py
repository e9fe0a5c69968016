"""CDCL: DINO across batches, with a centre for each batch and a Barlow term."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.ranges import MANY, below, between
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.vit import Vit
from phenolens.losses.barlow import barlow_mean_loss, correlation
from phenolens.losses.dino import dino_loss
from phenolens.methods.base import Clock, Method, Outcome, example_views
from phenolens.methods.dino import Dino
from phenolens.methods.teacher import Centre, follow, rising_momentum
from phenolens.networks.processes import gathered

_NOT_HERE = {"koleo": 0.0}  # settings of DINO that CDCL does not have
_SETTINGS_OF_DINO = (
    *("out", "hidden", "bottleneck", "norm_last_layer", "student_temperature"),
    *("teacher_temperature", "warmup_teacher_temperature", "warmup_epochs", "momentum"),
    *("centre_momentum", "freeze_last_layer", "batch_norm"),
)


class Cdcl(Dino):
    """Cross-domain consistency: DINO and a Barlow term between images of different batches.

    Haslum et al. 2022, with the settings of the published code. Its pairs are `same =
    ["treatment"]`, `differ = ["batch"]`, `shown = "half"`. The teacher's outputs of each batch have
    a centre of their own, which moves by (1 - m) w, w being the batch's share in the step over its
    share in the images: so a centre moves as often as its images would make it move.

    The kept encoder is the teacher's backbone.
    """

    def __init__(  # noqa: PLR0913 - the signature is the recipe's schema
        self,
        encoder: Encoder,
        facts: ViewFacts,
        *,
        domain: str = "batch",
        only_cross_domain: bool = False,
        barlow_weight: float = 0.75,
        off_diagonal: float = 0.95,
        out: int = 4096,
        hidden: int = 1024,
        bottleneck: int = 512,
        norm_last_layer: bool = True,
        student_temperature: float = 0.1,
        teacher_temperature: float = 0.07,
        warmup_teacher_temperature: float = 0.04,
        warmup_epochs: int = 10,
        momentum: float = 0.995,
        final_momentum: float = 0.9996,
        centre_momentum: float = 0.9,
        freeze_last_layer: int = 1,
        batch_norm: bool = False,
    ) -> None:
        """Put a head on the encoder, and make the teacher with a centre for each domain.

        Args:
            encoder: The student's backbone.
            facts: What is known of the views: the domains, and how many images each has.
            domain: Column whose values have centres of their own.
            only_cross_domain: Compare views of the anchor with views of the partner only.
            barlow_weight: w; the DINO term has 1 - w.
            off_diagonal: l of the Barlow term: the weight of correlations between prototypes.
            out: K, the number of prototypes.
            hidden: Width of the head's MLP.
            bottleneck: Length of the head's normalised vector.
            norm_last_layer: Keep the prototypes at norm 1.
            student_temperature: T_s.
            teacher_temperature: T_t after the warm-up.
            warmup_teacher_temperature: T_t in the first epoch, where there is a warm-up.
            warmup_epochs: Epochs over which T_t rises linearly from the one to the other.
            momentum: Of the teacher's average at the start.
            final_momentum: What it rises to along a cosine.
            centre_momentum: m of the centres' averages.
            freeze_last_layer: Epochs in which the prototypes do not change.
            batch_norm: Batch normalisation in both heads, which small networks need to learn at
                all in minutes; the published code has none.
        """
        given = locals()
        self.check(given)
        super().__init__(encoder, facts, **{name: given[name] for name in _SETTINGS_OF_DINO})
        facts.valued(domain, "domain")
        counts = torch.tensor(facts.counts[domain], dtype=torch.float32)
        self.centre = Centre(out, centre_momentum, len(counts), shares=counts / counts.sum())
        self.domain, self.only_cross_domain = domain, only_cross_domain
        self.barlow_weight, self.off_diagonal = barlow_weight, off_diagonal
        self.final_momentum = final_momentum
        # All outputs alike: the cross-entropy is ln K, and no prototype is correlated with itself.
        poor = (1 - off_diagonal) / (1 - off_diagonal + 0.01 * off_diagonal)
        self.collapsed_loss = 1 - barlow_weight + barlow_weight * poor

    @classmethod
    def columns(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the column of the domains."""
        return (settings["domain"],)

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        super().check({**settings, **_NOT_HERE})
        between(2, MANY, out=settings["out"])  # correlations between two prototypes
        between(0, 1, barlow_weight=settings["barlow_weight"])
        between(0, 1, final_momentum=settings["final_momentum"])
        below(0, 1, off_diagonal=settings["off_diagonal"])

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        """Return CDCL on two blocks with 64 prototypes and two batches, and views of two sizes."""
        facts = ViewFacts(
            ("DNA", "Actin"),
            {"global": 32, "local": 16},
            {"batch": ("w1", "w2")},
            counts={"batch": (3, 3)},
        )
        encoder = Vit(facts.channels, size="tiny", depth=2, patch=8, image=32)
        method = cls(encoder, facts, out=64, hidden=32, bottleneck=16, warmup_epochs=0)
        return method, example_views(facts)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return the DINO term and the Barlow term, each by its share.

        Raises:
            InputError: There is no view to predict a global view from.
        """
        large, small = views.of_kind("global"), views.of_kind("local")
        pairs = self._pairs(views)
        domains = views.codes_of(self.domain, "global")
        with torch.no_grad():
            embedding, teacher = self.teacher(large)
            if self.training:
                self.centre.see(teacher, domains)
        _, student = self.student((*large, *small))
        centre, temperature = self.centre.of(domains), self.temperature(clock.epoch)
        term = dino_loss(
            teacher,
            student,
            centre,
            teacher_temperature=temperature,
            student_temperature=self.student_temperature,
            pairs=pairs,
        )
        sharp = (teacher - centre) / temperature
        barlow = self._barlow(sharp, student / self.student_temperature, pairs)
        terms = {
            "dino": (1 - self.barlow_weight) * term / math.log(self.centre.value.shape[1]),
            "barlow": self.barlow_weight * barlow,
        }
        return Outcome(terms, embedding[0].detach())

    def after_step(self, clock: Clock) -> None:
        """Move the teacher towards the student, and each centre towards its step's outputs."""
        momentum = rising_momentum(self.momentum, clock.progress, self.final_momentum)
        follow(self.teacher, self.student, momentum=momentum)
        self.centre.move()

    def _pairs(self, views: Views) -> list[tuple[int, int]]:
        """Return (teacher view, student view), in the order of global, then local views."""
        sources = [
            source
            for kind in ("global", "local")
            for k, source in zip(views.kinds, views.sources, strict=True)
            if k == kind
        ]
        pairs = [
            (i, j)
            for i in range(views.kinds.count("global"))
            for j in range(len(views))
            if i != j and not (self.only_cross_domain and sources[i] == sources[j])
        ]
        if not pairs:
            raise InputError(
                f"CDCL needs a global view and another view{self._other()}, got {len(views)} views",
                where="views.pairs.shown",
                fix="use shown = 'half' with two global views",
            )
        return pairs

    def _other(self) -> str:
        return " of another image" if self.only_cross_domain else ""

    def _barlow(
        self,
        teacher: Float[Tensor, "g n k"],
        student: Float[Tensor, "v n k"],
        pairs: list[tuple[int, int]],
    ) -> Float[Tensor, ""]:
        """Return the mean of the Barlow term over pairs of views, over the rows of all processes.

        Args:
            teacher: (t - c) / T_t.
            student: s / T_s.
            pairs: (teacher view, student view).
        """
        t, s = gathered(teacher, dim=1), gathered(student, dim=1)
        terms = [barlow_mean_loss(correlation(t[i], s[j]), self.off_diagonal) for i, j in pairs]
        return torch.stack(terms).mean()
