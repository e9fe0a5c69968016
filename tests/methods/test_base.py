from __future__ import annotations

import pytest
import torch
from torch import nn

from phenolens.core.views import Views
from phenolens.methods.base import Clock, Method, Outcome


class Mean(Method):
    """Pulls the embedding's mean to 0."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(3, 2)
        self.frozen = nn.Linear(2, 2).requires_grad_(False)

    @property
    def encoder(self) -> nn.Module:
        return self.net

    def loss(self, views: Views, clock: Clock) -> Outcome:
        embedding = self.net(views.images[0])
        return Outcome({"mean": embedding.mean() ** 2 + clock.progress}, embedding.detach())


def views() -> Views:
    codes = torch.zeros(4, 2, dtype=torch.int64)
    return Views((torch.randn(4, 3),), ("global",), (0,), codes, codes)


def test_calling_a_method_is_its_loss() -> None:
    method, seen, clock = Mean(), views(), Clock(step=1, steps=4, epoch=0, epochs=1)
    terms, embedding = method(seen, clock)
    direct = method.loss(seen, clock)
    assert torch.equal(terms["mean"], direct.terms["mean"])
    assert torch.equal(embedding, direct.embedding)


def test_only_what_needs_a_gradient_is_trainable() -> None:
    method = Mean()
    assert [id(p) for p in method.trainable()] == [id(p) for p in method.net.parameters()]


def test_progress_runs_from_zero_and_bears_no_steps() -> None:
    assert [Clock(s, 4, 0, 1).progress for s in (0, 2, 3)] == pytest.approx([0, 0.5, 0.75])
    assert Clock(0, 0, 0, 1).progress == 0


def test_the_steps_between_do_nothing_unless_a_method_says_so() -> None:
    method, clock = Mean(), Clock(0, 1, 0, 1)
    before = [p.clone() for p in method.parameters()]
    method.after_backward(clock)
    method.after_step(clock)
    assert all(torch.equal(a, b) for a, b in zip(before, method.parameters(), strict=True))
    assert method.collapsed_loss is None


def test_a_method_must_say_its_loss_and_encoder() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Method()  # type: ignore[abstract]
