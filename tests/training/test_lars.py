"""LARS against its equations, worked by hand in float64."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from phenolens.training.lars import Lars


def parameter(*values: float) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values, dtype=torch.float64))


def test_two_steps_by_hand() -> None:
    """Lengths by Pythagoras: |w| 5, |g| 13, then the same equations once more."""
    w = parameter(3.0, 4.0)
    optimizer = Lars([w], 0.5, momentum=0.9, weight_decay=0.1, trust=0.02)
    w.grad = torch.tensor([5.0, 12.0], dtype=torch.float64)
    optimizer.step()
    # r = 0.02 * 5 / (13 + 0.1 * 5) = 0.1 / 13.5; v = 0.5 r (5 + 0.3, 12 + 0.4)
    r = 0.1 / 13.5
    v = [0.5 * r * 5.3, 0.5 * r * 12.4]
    first = [3 - v[0], 4 - v[1]]
    assert w.tolist() == pytest.approx(first, rel=1e-14)
    optimizer.param_groups[0]["lr"] = 0.25
    w.grad = torch.tensor([-8.0, 6.0], dtype=torch.float64)  # |g| 10
    optimizer.step()
    size = math.hypot(*first)
    r = 0.02 * size / (10 + 0.1 * size)
    v = [
        0.9 * v[0] + 0.25 * r * (-8 + 0.1 * first[0]),
        0.9 * v[1] + 0.25 * r * (6 + 0.1 * first[1]),
    ]
    assert w.tolist() == pytest.approx([first[0] - v[0], first[1] - v[1]], rel=1e-14)


def test_a_step_is_as_large_for_any_scale_of_the_gradient() -> None:
    moved = []
    for scale in (1e-6, 1.0, 1e6):
        w = parameter(3.0, 4.0)
        w.grad = scale * torch.tensor([5.0, 12.0], dtype=torch.float64)
        Lars([w], 0.5, momentum=0.0, trust=0.02).step()
        moved.append((w.detach() - torch.tensor([3.0, 4.0])).norm().item())
    assert moved == pytest.approx([0.5 * 0.02 * 5] * 3, rel=1e-12)


def test_a_group_that_is_not_adapted_is_plain_gradient_descent_with_momentum() -> None:
    ours, theirs = parameter(1.0, -2.0), parameter(1.0, -2.0)
    lars = Lars([{"params": [ours], "adapted": False}], lr=0.1, momentum=0.9)
    sgd = torch.optim.SGD([theirs], lr=0.1, momentum=0.9)
    for step in range(4):
        for w, optimizer in ((ours, lars), (theirs, sgd)):
            w.grad = torch.tensor([1.0, 0.5], dtype=torch.float64) * (step + 1)
            optimizer.step()
    # torch multiplies by lr when it moves, we when we add: the same while lr is constant.
    assert ours.tolist() == pytest.approx(theirs.tolist(), rel=1e-12)


def test_zeros_give_a_plain_step_and_no_nan() -> None:
    zero, still = parameter(0.0, 0.0), parameter(3.0, 4.0)
    zero.grad = torch.tensor([3.0, 4.0], dtype=torch.float64)
    still.grad = torch.zeros(2, dtype=torch.float64)
    Lars([zero, still], 0.1, momentum=0.0, trust=0.02).step()
    assert zero.tolist() == pytest.approx([-0.3, -0.4])
    assert still.tolist() == [3.0, 4.0]


def test_each_tensor_has_a_ratio_of_its_own_and_those_without_gradient_stay() -> None:
    a, b, c = parameter(3.0, 4.0), parameter(30.0, 40.0), parameter(1.0)
    a.grad = b.grad = torch.tensor([0.0, 1.0], dtype=torch.float64)
    Lars([a, b, c], 1.0, momentum=0.0, trust=0.01).step()
    assert a.tolist() == pytest.approx([3.0, 4.0 - 0.05])
    assert b.tolist() == pytest.approx([30.0, 40.0 - 0.5])
    assert c.tolist() == [1.0]


def test_its_state_goes_through_a_checkpoint() -> None:
    def steps(optimizer: Lars, w: nn.Parameter, count: int) -> None:
        for _ in range(count):
            w.grad = 2 * w.detach()
            optimizer.step()

    straight, first = parameter(3.0, 4.0), parameter(3.0, 4.0)
    steps(Lars([straight], 0.5, trust=0.1), straight, 4)
    before = Lars([first], 0.5, trust=0.1)
    steps(before, first, 2)
    second = nn.Parameter(first.detach().clone())
    after = Lars([second], 0.5, trust=0.1)
    after.load_state_dict(before.state_dict())
    steps(after, second, 2)
    assert torch.equal(straight, second)


def test_a_closure_is_called_with_gradients() -> None:
    w = parameter(2.0)

    def closure() -> torch.Tensor:
        loss = (w**2).sum()
        w.grad = None
        torch.autograd.backward(loss)
        return loss

    assert Lars([w], 0.1, trust=0.5).step(closure).item() == 4.0
    assert w.item() == pytest.approx(2 - 0.1 * 0.5 * 2)
