"""DINO's loss: the student's views predict the teacher's global views."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

Pair = tuple[int, int]


def dino_loss(
    teacher: Float[Tensor, "g n k"],
    student: Float[Tensor, "v n k"],
    centre: Float[Tensor, "... k"],
    *,
    teacher_temperature: float,
    student_temperature: float,
    pairs: Sequence[Pair] | None = None,
) -> Float[Tensor, ""]:
    """Return the mean cross-entropy -softmax((t - c) / T_t) . log softmax(s / T_s) over view pairs.

    Caron et al. 2021, equations 1-3. Computed in float32, or in float64 where the inputs are.

    Args:
        teacher: Outputs t of the teacher's head, for each global view.
        student: Outputs s of the student's head, for each view; its first g views are the
            teacher's views, in the teacher's order.
        centre: c, one for all rows (k), or one per row, (n, k) or (g, n, k).
        teacher_temperature: T_t, smaller is sharper.
        student_temperature: T_s.
        pairs: (teacher view, student view) indices; by default all pairs of two different views.

    Raises:
        ValueError: There is no pair.
    """
    if pairs is None:
        pairs = [(i, j) for i in range(len(teacher)) for j in range(len(student)) if i != j]
    if not pairs:
        raise ValueError("no teacher view is paired with another student view")
    target = torch.softmax((_wide(teacher) - _wide(centre)) / teacher_temperature, dim=-1).detach()
    total = target.new_zeros(())
    for j in sorted({j for _, j in pairs}):  # one view at a time: k is large
        seen = [target[i] for i, other in pairs if other == j]
        log_q = torch.log_softmax(_wide(student[j]) / student_temperature, dim=-1)
        total = total - (sum(seen[1:], seen[0]) * log_q).sum(dim=-1).mean()
    return total / len(pairs)


def _wide(x: Tensor) -> Tensor:
    """Return x in float32, or unchanged where it is float64."""
    return x if x.dtype == torch.float64 else x.float()
