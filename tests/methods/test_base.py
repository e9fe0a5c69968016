"""A method is given facts and gives a loss, groups and parts: shown by three small methods."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.conv_net import ConvNet
from phenolens.methods.base import Clock, Method, Outcome, ParameterGroup, example_views
from phenolens.methods.teacher import Centre
from phenolens.models.card import Card
from phenolens.models.folder import Part, load, save
from phenolens.networks.gradient_scale import GradientScale
from phenolens.networks.projection import Projection
from phenolens.training.optimizer import make_optimizer
from phenolens.training.settings import Training

CLOCK = Clock(step=1, steps=4, epoch=0, epochs=1)
FACTS = ViewFacts(
    ("DNA", "Actin"),
    {"global": 16},
    {"batch": ("w0", "w1", "w2"), "compound": ("a", "b")},
)


def encoder_of(facts: ViewFacts) -> ConvNet:
    return ConvNet(facts.channels, widths=(4, 8))


class Mean(Method):
    """Pulls the embedding's mean to 0; the least a method may be."""

    def __init__(self, encoder: ConvNet, facts: ViewFacts) -> None:
        super().__init__(facts)
        self.encoder = encoder
        self.frozen = nn.Linear(2, 2).requires_grad_(False)

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        return cls(encoder_of(FACTS), FACTS), example_views(FACTS)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        embedding = self.encoder(views.images[0])
        return Outcome({"mean": embedding.mean() ** 2 + clock.progress}, embedding.detach())


class Labels(Mean):
    """Weak labels: tells compounds apart, and by a reversed gradient not the batches."""

    def __init__(self, encoder: ConvNet, facts: ViewFacts, *, column: str = "compound") -> None:
        super().__init__(encoder, facts)
        self.column = column
        self.labels = Projection(encoder.dim, (len(facts.values[column]),))
        self.batches = nn.Sequential(
            GradientScale(-0.5), Projection(encoder.dim, (len(facts.values["batch"]),))
        )

    @classmethod
    def columns(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        return (settings["column"], "batch")

    def loss(self, views: Views, clock: Clock) -> Outcome:
        del clock
        embedding = self.encoder(views.images[0])
        entropy = nn.functional.cross_entropy
        terms = {
            "labels": entropy(self.labels(embedding), views.codes_of(self.column)[0]),
            "batches": entropy(self.batches(embedding), views.codes_of("batch")[0]),
        }
        return Outcome(terms, embedding.detach())

    def groups(self) -> list[ParameterGroup]:
        encoder = tuple(self.encoder.parameters())
        heads = (*self.labels.parameters(), *self.batches.parameters())
        return [ParameterGroup(encoder), ParameterGroup(heads, lr=10.0, decay=0.0)]

    def parts(self) -> Mapping[str, Part]:
        settings = {"dim": self.encoder.dim, "widths": (self.labels.out,)}
        return {"labels": Part("projection", settings, self.labels)}


class Centred(Mean):
    """One centre per batch, as CDCL has."""

    def __init__(self, encoder: ConvNet, facts: ViewFacts) -> None:
        super().__init__(encoder, facts)
        self.centre = Centre(encoder.dim, 0.5, domains=len(facts.values["batch"]))

    @classmethod
    def columns(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        del settings
        return ("batch",)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        del clock
        embedding = torch.stack([self.encoder(x) for x in views.images])
        domains = views.codes_of("batch")
        self.centre.see(embedding, domains)
        off = embedding - self.centre.of(domains)
        return Outcome({"off": off.square().mean()}, embedding[0].detach())

    def after_step(self, clock: Clock) -> None:
        del clock
        self.centre.move()


class Decoding(Mean):
    """An autoencoder of masked images: its pass is not the one that is kept."""

    accepts_missing = True

    def __init__(self, encoder: ConvNet, facts: ViewFacts) -> None:
        super().__init__(encoder, facts)
        self.shape = (len(facts.channels), facts.sizes["global"], facts.sizes["global"])
        self.widths = (12, self.shape[0] * self.shape[1] * self.shape[2])
        self.decoder = Projection(encoder.dim, self.widths)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        del clock
        image = views.images[0]
        masked = image * (torch.rand_like(image[:, :1]) < 0.75)
        embedding = self.encoder(masked)
        made = self.decoder(embedding).reshape(-1, *self.shape)
        return Outcome({"off": (made - image).square().mean()}, embedding.detach())

    def parts(self) -> Mapping[str, Part]:
        settings = {"dim": self.encoder.dim, "widths": self.widths}
        return {"decoder": Part("projection", settings, self.decoder)}


DUMMIES: tuple[type[Mean], ...] = (Labels, Centred, Decoding)


def make(kind: type[Mean]) -> tuple[Mean, Views]:
    torch.manual_seed(0)
    return kind(encoder_of(FACTS), FACTS), example_views(FACTS)


def test_calling_a_method_is_its_loss() -> None:
    method, views = make(Mean)
    terms, embedding = method(views, CLOCK)
    direct = method.loss(views, CLOCK)
    assert torch.equal(terms["mean"], direct.terms["mean"])
    assert torch.equal(embedding, direct.embedding)


@pytest.mark.parametrize("kind", DUMMIES)
def test_a_method_built_from_facts_learns_with_one_optimizer(kind: type[Mean]) -> None:
    method, views = make(kind)
    optimizer = make_optimizer(method.groups(), Training(lr=1e-2))
    losses = []
    for _ in range(40):
        terms, _ = method.train()(views, CLOCK)
        optimizer.zero_grad()
        torch.autograd.backward(torch.stack(list(terms.values())).sum())
        optimizer.step()
        method.after_step(CLOCK)
        losses.append(next(iter(terms.values())).item())
    assert losses[-1] < 0.7 * losses[0]


def test_a_head_of_classes_has_as_many_as_the_column_has_values() -> None:
    assert Labels.columns({"column": "moa"}) == ("moa", "batch")
    method, _ = make(Labels)
    assert isinstance(method, Labels)
    assert method.labels.out == 2
    plenty = ViewFacts(FACTS.channels, FACTS.sizes, {"compound": tuple("abcde"), "batch": ("w",)})
    assert Labels(encoder_of(plenty), plenty).labels.out == 5


def test_a_head_may_have_a_learning_rate_of_its_own() -> None:
    method, _ = make(Labels)
    rates = {
        id(p): group["lr"]
        for group in make_optimizer(method.groups(), Training(lr=0.1)).param_groups
        for p in group["params"]
    }
    assert rates.keys() == {id(p) for p in method.trainable()}
    encoder = {id(p) for p in method.encoder.parameters()}
    assert all(rate == pytest.approx(0.1 if p in encoder else 1.0) for p, rate in rates.items())


def test_a_reversed_head_pulls_the_encoder_the_other_way() -> None:
    method, views = make(Labels)
    assert isinstance(method, Labels)
    weight = method.encoder.get_parameter("blocks.0.0.weight")

    def gradient(factor: float) -> Tensor:
        layer = method.batches[0]
        assert isinstance(layer, GradientScale)
        layer.factor = factor
        (found,) = torch.autograd.grad(method.loss(views, CLOCK).terms["batches"], weight)
        return found

    torch.testing.assert_close(gradient(-0.5), -0.5 * gradient(1.0))


def test_there_is_one_centre_per_batch() -> None:
    method, views = make(Centred)
    assert isinstance(method, Centred)
    with torch.no_grad():
        by_view = [method.encoder(x) for x in views.images]
        method.loss(views, CLOCK)
        method.after_step(CLOCK)
        batch = views.codes["batch"]
        for code in range(3):
            rows = [x[batch[:, source] == code] for x, source in zip(by_view, (0, 1), strict=True)]
            expected = 0.5 * torch.cat(rows).mean(0)
            assert torch.allclose(method.centre.value[code], expected, atol=1e-6)


def test_a_decoder_is_kept_with_the_encoder(tmp_path: Path) -> None:
    method, views = make(Decoding)
    card = Card(encoder={"name": "conv_net", "widths": [4, 8]}, channels=FACTS.channels)
    save(tmp_path, card, method.encoder, method.parts())
    model = load(tmp_path, FACTS.channels)
    method.eval()
    with torch.no_grad():
        made = model.parts["decoder"](model.encoder(views.images[0]))
        expected = method.parts()["decoder"].network(method.encoder(views.images[0]))
    assert made.shape == (6, 2 * 16 * 16)
    assert torch.equal(made, expected)


def test_missing_values_are_refused_unless_the_method_takes_them() -> None:
    where = "2 of 9 images have no 'batch'; the first is on plate p1, well A03"
    facts = ViewFacts(FACTS.channels, FACTS.sizes, FACTS.values, {"batch": where})
    with pytest.raises(InputError, match=f"values that are missing: {where}; fill them in"):
        Centred(encoder_of(facts), facts)
    assert Decoding(encoder_of(facts), facts).facts.missing == {"batch": where}


def test_what_needs_a_gradient_is_one_group_by_default() -> None:
    method, _ = make(Mean)
    (group,) = method.groups()
    assert [id(p) for p in group.parameters] == [id(p) for p in method.encoder.parameters()]
    assert (group.lr, group.decay) == (1, 1)
    assert method.parts() == {}
    assert method.columns({}) == ()


def test_progress_runs_from_zero_and_bears_no_steps() -> None:
    assert [Clock(s, 4, 0, 1).progress for s in (0, 2, 3)] == pytest.approx([0, 0.5, 0.75])
    assert Clock(0, 0, 0, 1).progress == 0


def test_hooks_do_nothing_unless_a_method_says_so() -> None:
    method, _ = make(Mean)
    before = [p.clone() for p in method.parameters()]
    method.after_backward(CLOCK)
    method.after_step(CLOCK)
    assert all(torch.equal(a, b) for a, b in zip(before, method.parameters(), strict=True))
    assert method.collapsed_loss is None


def test_a_method_must_have_a_loss_and_an_example() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Method(FACTS)  # type: ignore[abstract]


def test_example_views_show_anchor_and_partner_in_turn() -> None:
    facts = ViewFacts(("DNA",), {"global": 8, "local": 4}, {"batch": ("a", "b")})
    views = example_views(facts, n=5)
    assert views.kinds == ("global", "global", "local", "local")
    assert views.sources == (0, 1, 0, 1)
    assert [tuple(x.shape) for x in views.images] == [(5, 1, 8, 8)] * 2 + [(5, 1, 4, 4)] * 2
    assert views.codes["batch"].tolist() == [[0, 0], [1, 0], [0, 1], [1, 0], [0, 1]]
    assert all(map(torch.equal, views.images, example_views(facts, n=5).images))
