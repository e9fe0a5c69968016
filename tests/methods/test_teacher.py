"""What methods with a teacher share, each by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.conv_net import ConvNet
from phenolens.methods.base import Clock, Method, Outcome, example_views
from phenolens.methods.teacher import (
    Centre,
    Tower,
    each_alone,
    follow,
    leave_statistics,
    make_teacher,
    rising_momentum,
)
from phenolens.networks.projection import Projection
from phenolens.training.optimizer import make_optimizer
from phenolens.training.settings import Training


class Counting(Encoder):
    """Three numbers of each image, and the shapes that it was given."""

    def __init__(self, channels: tuple[str, ...] = ("DNA",)) -> None:
        super().__init__(channels)
        self.dim = 3
        self.calls: list[tuple[int, ...]] = []

    def forward(self, x: Tensor) -> Tensor:
        self.calls.append(tuple(x.shape))
        return x.mean(dim=(2, 3)).repeat(1, 3)

    @classmethod
    def example(cls) -> tuple[Encoder, Tensor]:
        return cls(), torch.rand(2, 1, 4, 4)


def test_views_of_one_size_share_a_pass() -> None:
    backbone = Counting()
    tower = Tower(backbone, nn.Linear(3, 5))
    views = [torch.randn(2, 1, side, side) for side in (8, 4, 8, 4, 4)]
    embedding, outputs = tower(views)
    assert backbone.calls == [(4, 1, 8, 8), (6, 1, 4, 4)]
    assert torch.allclose(embedding[:, :, 0], torch.stack([v.mean(dim=(1, 2, 3)) for v in views]))
    assert outputs.shape == (5, 2, 5)
    assert torch.allclose(outputs[3], tower.head(embedding[3]))


def test_a_teacher_is_a_copy_without_gradients() -> None:
    student = nn.Linear(2, 2)
    teacher = make_teacher(student)
    for theirs, ours in zip(teacher.parameters(), student.parameters(), strict=True):
        assert torch.equal(theirs, ours)
        assert theirs is not ours
        assert not theirs.requires_grad
        assert ours.requires_grad


@pytest.mark.parametrize(("average", "mean"), [(False, 7.0), (True, 0.75 * 3 + 0.25 * 7)])
def test_teacher_follows_by_hand(*, average: bool, mean: float) -> None:
    """Buffers are copied for DINO and averaged for BYOL; a counter is copied for both."""
    teacher, student = nn.BatchNorm1d(1), nn.BatchNorm1d(1)
    with torch.no_grad():
        teacher.weight.fill_(2.0)
        student.weight.fill_(4.0)
    teacher.running_mean, student.running_mean = torch.tensor([3.0]), torch.tensor([7.0])
    student.num_batches_tracked = torch.tensor(9)
    follow(teacher, student, momentum=0.75, average_buffers=average)
    assert teacher.weight.item() == pytest.approx(2.5)
    assert teacher.running_mean is not None
    assert teacher.running_mean.item() == pytest.approx(mean)
    assert teacher.num_batches_tracked == 9


@pytest.mark.parametrize(
    ("progress", "momentum"),
    # 1 - (1 - 0.9) (1 + cos(pi progress)) / 2
    [(0, 0.9), (0.25, 1 - 0.1 * (1 + 0.5**0.5) / 2), (0.5, 0.95), (1, 1.0)],
)
def test_momentum_rises_by_a_cosine(progress: float, momentum: float) -> None:
    assert rising_momentum(0.9, progress) == pytest.approx(momentum, rel=1e-12)


class Byol(Method):
    """BYOL (Grill et al. 2020) from the parts above: a predictor, and an average of buffers too."""

    def __init__(self, encoder: Encoder, facts: ViewFacts, *, momentum: float = 0.99) -> None:
        super().__init__(facts)
        self.encoder, self.momentum = encoder, momentum
        self.head = Projection(encoder.dim, (16, 8), last_bias=False)
        self.predictor = Projection(8, (16, 8), last_bias=False)
        self.target = make_teacher(self.online)

    @property
    def online(self) -> Tower[Projection]:
        return Tower(self.encoder, self.head)

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        facts = ViewFacts(("DNA", "Actin"), {"global": 16})
        return cls(ConvNet(facts.channels, widths=(8, 8)), facts), example_views(facts)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        del clock
        with torch.no_grad():
            _, target = self.target(views.images)
        embedding, online = self.online(views.images)
        predicted = torch.stack([self.predictor(x) for x in online])
        cosine = nn.functional.cosine_similarity(predicted, target.flip(0), dim=-1)
        return Outcome({"byol": (2 - 2 * cosine).mean()}, embedding[0].detach())

    def after_step(self, clock: Clock) -> None:
        momentum = rising_momentum(self.momentum, clock.progress)
        follow(self.target, self.online, momentum=momentum, average_buffers=True)


def test_byol_is_built_from_the_same_parts() -> None:
    torch.manual_seed(0)
    method, views = Byol.example()
    assert isinstance(method, Byol)
    state, clock = method.state_dict(), Clock(step=0, steps=10, epoch=0, epochs=1)
    assert not [name for name in state if name.startswith("online")]  # stored once
    optimizer = make_optimizer(method.groups(), Training(optimizer="lars", lr=0.1, trust=0.02))
    before = {name: value.clone() for name, value in method.target.state_dict().items()}
    losses = []
    for _ in range(20):
        (term,) = method.train()(views, clock)[0].values()
        optimizer.zero_grad()
        torch.autograd.backward(term)
        assert all(p.grad is not None for p in method.trainable())
        optimizer.step()
        method.after_step(clock)
        losses.append(term.item())
    assert losses[-1] < 0.7 * losses[0]
    moved = method.target.state_dict()
    assert not torch.equal(moved["head.1.running_mean"], before["head.1.running_mean"])
    assert not torch.equal(
        moved["backbone.blocks.0.0.weight"], before["backbone.blocks.0.0.weight"]
    )


def test_centre_by_hand() -> None:
    centre = Centre(2, momentum=0.8)
    centre.value.copy_(torch.tensor([1.0, -1.0]))
    centre.see(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))  # mean (2, 3)
    centre.see(torch.tensor([[[5.0, 6.0]]]))  # of all three rows: (3, 4)
    centre.move()  # 0.8 (1, -1) + 0.2 (3, 4)
    assert centre.value.tolist() == pytest.approx([1.4, 0.0], abs=1e-6)
    centre.move()  # nothing seen since: stays
    assert centre.value.tolist() == pytest.approx([1.4, 0.0], abs=1e-6)
    assert centre.of() is centre.value


def test_each_domain_has_a_centre_by_hand() -> None:
    centre = Centre(2, momentum=0.5, domains=3)
    start = torch.tensor([[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]])
    centre.value.copy_(start)
    outputs = torch.tensor([[[1.0, 2.0], [8.0, 6.0]], [[3.0, 4.0], [5.0, 6.0]]])
    domains = (torch.tensor([0, 2]), torch.tensor([0, 0]))  # of each view's two images
    of = centre.of(domains)
    assert of.shape == (2, 2, 2)
    assert of.tolist() == [[[0, 0], [4, 4]], [[0, 0], [0, 0]]]
    centre.see(outputs, domains)
    centre.move()
    # Domain 0 saw (1, 2), (3, 4), (5, 6): mean (3, 4). Domain 1 saw nothing. Domain 2 saw (8, 6).
    assert centre.value.tolist() == [[1.5, 2.0], [2.0, 2.0], [6.0, 5.0]]


def test_domains_together_are_as_many_centres_alone() -> None:
    generator = torch.Generator().manual_seed(0)
    together, alone = Centre(5, 0.9, domains=2), [Centre(5, 0.9) for _ in range(2)]
    for _ in range(4):
        outputs = torch.randn(2, 6, 5, generator=generator)
        codes = tuple(torch.randint(0, 2, (6,), generator=generator) for _ in range(2))
        together.see(outputs, codes)
        together.move()
        for domain, centre in enumerate(alone):
            mask = torch.stack(codes) == domain
            centre.see(outputs[mask][None])
            centre.move()
    assert torch.allclose(together.value, torch.stack([c.value for c in alone]), atol=1e-6)


def test_a_missing_domain_is_not_the_last_one() -> None:
    with pytest.raises(IndexError):
        Centre(2, 0.9, domains=3).of((torch.tensor([0, -1]),))


def test_momentum_may_end_below_1() -> None:
    found = [rising_momentum(0.9, share, 0.98) for share in (0.0, 0.5, 1.0)]
    assert found == pytest.approx([0.9, 0.94, 0.98], rel=1e-12)


@torch.no_grad()
def test_each_view_alone_is_normalised_alone() -> None:
    torch.manual_seed(0)
    tower = Tower(Counting(), nn.BatchNorm1d(3, affine=False))
    views = [torch.rand(4, 1, 4, 4), 5 + torch.rand(4, 1, 4, 4)]
    embedding, out = each_alone(tower, views)
    assert (embedding.shape, out.shape) == ((2, 4, 3), (2, 4, 3))
    assert out.mean(dim=1).abs().max() < 1e-5
    assert tower(views)[1].mean(dim=1).abs().max() > 0.5  # together they are not


def test_a_pass_moves_no_statistics_that_are_left() -> None:
    net = nn.Sequential(nn.BatchNorm1d(2))
    leave_statistics(net)
    x = torch.randn(6, 2)
    assert torch.allclose(net(x).mean(0), torch.zeros(2), atol=1e-6)  # of the step, still
    assert not net.state_dict()["0.running_mean"].any()


def test_centre_is_the_mean_over_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def add_another_process(seen: Tensor) -> None:
        seen += torch.tensor([4.0, 8.0, 2.0])  # two rows that sum to (4, 8), for each domain

    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    monkeypatch.setattr("torch.distributed.all_reduce", add_another_process)
    centre = Centre(2, momentum=0.0)
    centre.see(torch.tensor([[[2.0, 1.0]]]))
    centre.move()
    assert centre.value.tolist() == pytest.approx([2.0, 3.0])
    two = Centre(2, momentum=0.0, domains=2)
    two.see(torch.tensor([[[2.0, 1.0]]]), (torch.tensor([1]),))
    two.move()
    assert two.value.tolist() == [[2.0, 4.0], [2.0, 3.0]]


def test_a_resumed_centre_goes_on_in_the_same_bits() -> None:
    first, second = (Centre(3, 0.7, domains=2) for _ in range(2))
    domains = (torch.tensor([0, 1, 1, 0]),)
    outputs = [torch.randn(1, 4, 3) for _ in range(4)]
    for x in outputs:
        first.see(x, domains)
        first.move()
    for x in outputs[:2]:
        second.see(x, domains)
        second.move()
    resumed = Centre(3, 0.7, domains=2)
    resumed.load_state_dict(second.state_dict())
    for x in outputs[2:]:
        resumed.see(x, domains)
        resumed.move()
    assert torch.equal(resumed.value, first.value)


@pytest.mark.parametrize(("momentum", "domains"), [(1.5, 1), (-0.1, 1), (0.5, 0)])
def test_what_is_no_centre_is_refused(momentum: float, domains: int) -> None:
    with pytest.raises(InputError, match="a momentum in"):
        Centre(2, momentum, domains)
