"""CDCL against a loop written from the paper's description, in float64."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.conv_net import ConvNet
from phenolens.methods.base import Clock, example_views
from phenolens.methods.cdcl import Cdcl

FACTS = ViewFacts(
    ("DNA", "Actin"),
    {"global": 16, "local": 8},
    {"batch": ("w1", "w2", "w3")},
    counts={"batch": (10, 20, 70)},
)
CLOCK = Clock(step=0, steps=10, epoch=20, epochs=40)


def make(**settings: Any) -> tuple[Cdcl, Views]:
    torch.manual_seed(0)
    encoder = ConvNet(FACTS.channels, widths=(4, 8))
    small = {"out": 7, "hidden": 10, "bottleneck": 5}
    method = Cdcl(encoder, FACTS, **{**small, **settings})
    method.train()
    return method, example_views(FACTS)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max())
    return e / e.sum()


def standard(x: np.ndarray) -> np.ndarray:
    return (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)


def slow_twin(method: Cdcl, views: Views, *, cross: bool) -> tuple[float, float]:
    """Return the two terms, each by its share; views are global (0, 1), local (0, 1)."""
    with torch.no_grad():
        t = [method.teacher([x])[1][0].double().numpy() for x in views.images[:2]]
        s = [method.student([x])[1][0].double().numpy() for x in views.images]
    centres, k = method.centre.value.double().numpy(), 7
    domains = [views.codes["batch"][:, source].numpy() for source in views.sources]
    dino, barlow = [], []
    for i in range(2):
        for j in range(4):
            if i == j or (cross and views.sources[i] == views.sources[j]):
                continue
            sharp = np.array([(t[i][r] - centres[domains[i][r]]) / 0.07 for r in range(len(t[i]))])
            soft = s[j] / 0.1
            rows = [
                -(softmax(a) * np.log(softmax(b))).sum() for a, b in zip(sharp, soft, strict=True)
            ]
            dino.append(np.mean(rows) / math.log(k))
            c = standard(sharp).T @ standard(soft) / len(sharp)
            on = ((np.diag(c) - 1) ** 2).mean()
            off = np.mean([c[a, b] ** 2 for a in range(k) for b in range(k) if a != b])
            barlow.append((0.05 * on + 0.95 * off) / (0.05 + 0.0095))
    return 0.25 * float(np.mean(dino)), 0.75 * float(np.mean(barlow))


@pytest.mark.parametrize("cross", [False, True])
def test_loss_is_the_papers(*, cross: bool) -> None:
    """`only_cross_domain` is what was asked for: the published command line dropped it."""
    method, views = make(only_cross_domain=cross)
    method.centre.value.normal_()
    dino, barlow = slow_twin(method, views, cross=cross)
    terms = method.loss(views, CLOCK).terms
    assert terms["dino"].item() == pytest.approx(dino, rel=1e-4)
    assert terms["barlow"].item() == pytest.approx(barlow, rel=1e-4)


def test_only_cross_domain_compares_other_images_alone() -> None:
    method, views = make(only_cross_domain=True)
    assert method._pairs(views) == [(0, 1), (0, 3), (1, 0), (1, 2)]
    every, _ = make()
    assert len(every._pairs(views)) == 6
    alone = Views(views.images, views.kinds, (0,) * 4, views.rows, views.codes)
    with pytest.raises(InputError, match="another view of another image"):
        method.loss(alone, CLOCK)


def test_each_centre_moves_by_its_share_in_the_step_over_its_share_in_the_images() -> None:
    """Seen: 8 outputs of w1, 4 of w2, none of w3; shares in the images 0.1, 0.2, 0.7."""
    method, _ = make()
    start = method.centre.value.normal_().clone()
    outputs = torch.randn(2, 6, 7)
    domains = (torch.tensor([0, 0, 0, 0, 1, 1]), torch.tensor([0, 0, 0, 0, 1, 1]))
    method.centre.see(outputs, domains)
    method.centre.move()
    w1, w2 = 0.1 * (8 / 12) / 0.1, 0.1 * (4 / 12) / 0.2
    expected = start.clone()
    expected[0] += w1 * (outputs[:, :4].mean((0, 1)) - start[0])
    expected[1] += w2 * (outputs[:, 4:].mean((0, 1)) - start[1])
    assert torch.allclose(method.centre.value, expected, atol=1e-6)


def test_a_rare_domains_centre_moves_at_most_to_its_outputs() -> None:
    facts = ViewFacts(
        FACTS.channels, FACTS.sizes, {"batch": ("a", "b")}, counts={"batch": (1, 999)}
    )
    torch.manual_seed(0)
    method = Cdcl(ConvNet(facts.channels, widths=(4,)), facts, out=3, hidden=4, bottleneck=4)
    outputs = torch.randn(1, 2, 3)
    method.centre.see(outputs, (torch.tensor([0, 0]),))
    method.centre.move()  # w is 1000: the step would be 100 times the way
    assert torch.allclose(method.centre.value[0], outputs.mean((0, 1)), atol=1e-6)


def test_the_teachers_momentum_ends_where_the_paper_says() -> None:
    method, _ = make()
    with torch.no_grad():
        for p in method.student.parameters():
            p.add_(1)
    before = method.teacher.head.mlp.get_parameter("0.bias").clone()
    method.after_step(Clock(step=10, steps=10, epoch=0, epochs=1))
    moved = (method.teacher.head.mlp.get_parameter("0.bias") - before).mean().item()
    assert moved == pytest.approx(1 - 0.9996, rel=1e-3)


def test_a_collapsed_output_costs_what_it_says() -> None:
    method, views = make()
    with torch.no_grad():
        for tower in (method.student, method.teacher):
            tower.head.last_layer.weight_g.zero_()
    terms = method.loss(views, CLOCK).terms
    assert torch.stack(list(terms.values())).sum().item() == pytest.approx(
        method.collapsed_loss, rel=1e-3
    )


def test_a_missing_batch_is_refused_and_the_column_is_requested() -> None:
    assert Cdcl.columns({"domain": "plate"}) == ("plate",)
    facts = ViewFacts(
        FACTS.channels, FACTS.sizes, FACTS.values, {"batch": "2 images have no 'batch'"}
    )
    with pytest.raises(InputError, match="values that are missing"):
        Cdcl(ConvNet(facts.channels, widths=(4,)), facts)


def test_defaults_are_the_papers() -> None:
    method, _ = make(out=4096, hidden=1024, bottleneck=512)
    assert (method.momentum, method.final_momentum, method.centre.momentum) == (0.995, 0.9996, 0.9)
    assert [method.temperature(e) for e in (0, 9, 50)] == pytest.approx([0.04, 0.07, 0.07])
    assert not method.student.head.last_layer.weight_g.requires_grad
    assert (method.barlow_weight, method.off_diagonal) == (0.75, 0.95)
