from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from jaxtyping import Float

from phenolens.losses.dino import dino_loss


def slow_twin(
    teacher: Float[np.ndarray, "g n k"],
    student: Float[np.ndarray, "v n k"],
    centre: Float[np.ndarray, "... k"],
    temperatures: tuple[float, float],
) -> float:
    """Caron et al. 2021, equations 1 to 3, term by term."""
    T_t, T_s = temperatures
    centre = np.broadcast_to(centre, teacher.shape)
    terms = []
    for i in range(len(teacher)):
        for j in range(len(student)):
            if i == j:
                continue
            for row in range(teacher.shape[1]):
                t = [
                    math.exp((x - c) / T_t)
                    for x, c in zip(teacher[i, row], centre[i, row], strict=True)
                ]
                s = [math.exp(x / T_s) for x in student[j, row]]
                terms.append(
                    -sum(a / sum(t) * math.log(b / sum(s)) for a, b in zip(t, s, strict=True))
                )
    return sum(terms) / len(terms)


@pytest.mark.parametrize("shape", [(7,), (3, 7), (2, 3, 7)])
def test_equals_the_equation_in_float64(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    teacher, student = rng.normal(size=(2, 3, 7)), rng.normal(size=(5, 3, 7))
    centre = rng.normal(size=shape)
    found = dino_loss(
        torch.tensor(teacher),
        torch.tensor(student),
        torch.tensor(centre),
        teacher_temperature=0.3,
        student_temperature=0.7,
    )
    assert found.dtype == torch.float64
    assert found.item() == pytest.approx(slow_twin(teacher, student, centre, (0.3, 0.7)), rel=1e-12)


def test_worked_by_hand() -> None:
    # One row, k = 2. Teacher logits (ln 3, 0) with centre (0, 0): p = (3/4, 1/4).
    # Student view 1 logits (0, 0): q = (1/2, 1/2), so the loss is ln 2.
    # Student view 2 logits (ln 3, 0): q = (3/4, 1/4): the loss is the entropy of p.
    teacher = torch.tensor([[[math.log(3), 0.0]]], dtype=torch.float64)
    student = torch.tensor([[[9.0, 9.0]], [[0.0, 0.0]], [[math.log(3), 0.0]]], dtype=torch.float64)
    found = dino_loss(
        teacher,
        student,
        torch.zeros(2, dtype=torch.float64),
        teacher_temperature=1.0,
        student_temperature=1.0,
    )
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert found.item() == pytest.approx((math.log(2) + entropy) / 2, rel=1e-12)


def test_a_collapsed_output_costs_ln_k() -> None:
    same = torch.full((2, 4, 16), 0.3)
    found = dino_loss(
        same, same, torch.zeros(16), teacher_temperature=0.04, student_temperature=0.1
    )
    assert found.item() == pytest.approx(math.log(16), rel=1e-6)


def test_centre_is_taken_off_the_teacher() -> None:
    teacher, student = torch.randn(2, 3, 5).double(), torch.randn(4, 3, 5).double()
    kwargs: dict[str, Any] = {"teacher_temperature": 0.5, "student_temperature": 0.5}
    offset = torch.randn(5).double()
    plain = dino_loss(teacher, student, torch.zeros(5).double(), **kwargs)
    moved = dino_loss(teacher + offset, student, offset, **kwargs)
    assert moved.item() == pytest.approx(plain.item(), rel=1e-12)


def test_given_pairs_only() -> None:
    teacher, student = torch.randn(2, 3, 5).double(), torch.randn(4, 3, 5).double()
    zero = torch.zeros(5).double()
    kwargs: dict[str, Any] = {"teacher_temperature": 0.5, "student_temperature": 0.5}
    pairs = [(0, 1), (0, 3), (1, 3)]
    found = dino_loss(teacher, student, zero, pairs=pairs, **kwargs)
    one_by_one = [dino_loss(teacher, student, zero, pairs=[p], **kwargs).item() for p in pairs]
    assert found.item() == pytest.approx(np.mean(one_by_one), rel=1e-12)


def test_its_gradient_is_right() -> None:
    teacher, centre = torch.randn(2, 3, 5).double(), torch.randn(5).double()
    student = torch.randn(3, 3, 5, dtype=torch.float64, requires_grad=True)
    kwargs: dict[str, Any] = {"teacher_temperature": 0.3, "student_temperature": 0.5}
    assert torch.autograd.gradcheck(lambda s: dino_loss(teacher, s, centre, **kwargs), (student,))


def test_equals_lightlys(judge: Callable[[str, str], Any]) -> None:
    theirs = judge("dino_loss", "DINOLoss")(
        output_dim=7, warmup_teacher_temp=0.04, teacher_temp=0.04, student_temp=0.1
    )
    teacher, student = torch.randn(2, 3, 7), torch.randn(4, 3, 7)
    found = dino_loss(
        teacher, student, torch.zeros(7), teacher_temperature=0.04, student_temperature=0.1
    )
    expected = theirs(list(teacher), list(student), epoch=5)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_gradient_reaches_the_student_alone() -> None:
    teacher = torch.randn(2, 3, 5, requires_grad=True)
    student = torch.randn(4, 3, 5, requires_grad=True)
    dino_loss(
        teacher, student, torch.zeros(5), teacher_temperature=0.1, student_temperature=0.1
    ).backward()  # type: ignore[no-untyped-call]
    assert teacher.grad is None
    assert student.grad is not None
    assert (student.grad.abs().sum(dim=(1, 2)) > 0).all()


def test_half_precision_inputs_are_worked_in_float32() -> None:
    teacher, student = torch.randn(2, 8, 32).bfloat16(), torch.randn(3, 8, 32).bfloat16()
    kwargs: dict[str, Any] = {"teacher_temperature": 0.04, "student_temperature": 0.1}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = dino_loss(teacher, student, torch.zeros(32), **kwargs)
    exact = dino_loss(teacher.double(), student.double(), torch.zeros(32).double(), **kwargs)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(exact.item(), rel=1e-5)


def test_refuses_views_without_a_pair() -> None:
    one = torch.zeros(1, 2, 3)
    with pytest.raises(ValueError, match="no teacher view"):
        dino_loss(one, one, torch.zeros(3), teacher_temperature=1.0, student_temperature=1.0)
