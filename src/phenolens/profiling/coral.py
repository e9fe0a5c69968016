"""Coral: align the second moments of every batch's controls with those of all controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.align import Target, refuse_few
from phenolens.corrections.invariant import check_invariant
from phenolens.grouping.groups import RowGroups

_TOLERANCE = 1e-3


@dataclass(frozen=True, kw_only=True)
class Coral:
    """Batch correction: x (C_s + lambda I)^-1/2 (C_t + lambda I)^1/2, batch by batch.

    C_t is the second moment X'X / n (not re-centred) of all negative controls, C_s that of the
    batch's own (Sun et al. 2016; as in Perakis et al. 2021, lambda = 1). Meant for features
    centred on the controls, after `sphere`.

    With A the matrix above, the controls' second moment afterwards is C' = A' C_s A, and so
    C' + lambda A'A = C_t + lambda I: checked on the result. Since C_s + lambda I >= lambda I,
    C' is never farther (Frobenius) from C_t than C_s was: checked too.

    One batch alone is its own target: A = I, and the features stay as they were. What a batch
    has fewer controls than features is not known of its moment; there lambda alone decides.

    Attributes:
        by: Columns that make a batch.
        regularization: lambda.
    """

    by: tuple[str, ...] = ("batch",)
    regularization: float = 1.0

    def __post_init__(self) -> None:
        if not self.regularization > 0:
            raise InputError("regularization must be above 0", where="regularization")

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the aligned profiles.

        Raises:
            InputError: A batch has fewer than two controls (names it), a row lies in no batch or
                in several (apply it before aggregating to treatments), or a feature is not finite.
        """
        x = profiles.finite("coral")
        controls = profiles.controls("coral")
        groups = RowGroups.of(profiles, self.by, "coral").every_row_in_one("coral")
        target = Target.of(_moment(x[controls]), self.regularization)
        identity, before, after = 0.0, 0.0, 0.0
        for k, rows in enumerate(groups):
            own = rows[controls[rows]]
            C_s = _moment(refuse_few(x[own], groups.name(k), "coral"))
            A = target.map_from(C_s)
            x[rows] = (x[rows] @ A).astype(np.float32)
            made = _moment(x[own])
            identity = max(identity, target.miss(made, A))
            far, near = _distance(C_s, target.C_t), _distance(made, target.C_t)
            check_invariant(
                f"coral: distance of {groups.name(k)} to all controls", near - far, _TOLERANCE
            )
            before, after = max(before, far), max(after, near)
        return profiles.after(
            self,
            features=x,
            batches=len(groups),
            identity_error=check_invariant("C' + lambda A'A after coral", identity, _TOLERANCE),
            farthest_before=before,
            farthest_after=after,
        )


def _distance(C: Float[np.ndarray, "d d"], D: Float[np.ndarray, "d d"]) -> float:
    return float(np.linalg.norm(C - D))


def _moment(x: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "d d"]:
    """Return X'X / n, not centred."""
    return x.T @ x / len(x)
