"""Coral: align the second moments of every batch's controls with those of all controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Float64

from phenolens.core.float32 import in_float32
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import above
from phenolens.corrections.align import Target, refuse_few
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.learned import Learned
from phenolens.grouping.groups import RowGroups, Words
from phenolens.profiling.base import FittableStep

_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The alignment learned.

    Attributes:
        groups: The batches.
        maps: A of each batch, applied to rows as x A.
        C_t: The moment of all controls, to which every batch is brought.
    """

    groups: Words
    maps: Float64[np.ndarray, "g e e"]
    C_t: Float64[np.ndarray, "e e"]


@dataclass(frozen=True, kw_only=True)
class Coral(FittableStep[Alignment]):
    """Batch correction: x (C_s + lambda I)^-1/2 (C_t + lambda I)^1/2, batch by batch.

    C_t is the second moment X'X / n (not re-centred) of all negative controls, C_s that of the
    batch's own (Sun et al. 2016; as in Perakis et al. 2021, lambda = 1). Meant for features
    centred on the controls, after `sphere`.

    With A the matrix above, the controls' second moment afterwards is C' = A' C_s A, and so
    C' + lambda A'A = C_t + lambda I: checked on the result. Since C_s + lambda I >= lambda I,
    C' is never farther (Frobenius) from C_t than C_s was: checked too.

    A single batch is its own target: A = I, and the features stay as they are. Where a batch has
    fewer controls than features, part of its moment is unknown, and lambda alone decides there.

    Attributes:
        by: Columns that make a batch.
        regularization: lambda.
    """

    by: tuple[str, ...] = ("batch",)
    regularization: float = 1.0

    def __post_init__(self) -> None:
        above(0, regularization=self.regularization)

    state: ClassVar[type] = Alignment

    def learn(self, profiles: Profiles, base: Alignment | None = None) -> Learned[Alignment]:
        """Return the alignment, and the profiles aligned by it.

        A batch that was not in the fit is brought to the moment of the fit (`base`).

        Raises:
            InputError: A batch has fewer than two controls (names it), a row is in no batch or
                in several (apply it before aggregating to treatments), or a feature is not finite.
        """
        x = profiles.finite("coral")
        controls = profiles.controls("coral")
        groups = RowGroups.of(profiles, self.by, "coral").every_row_in_one("coral")
        C_t = _moment(x[controls]) if base is None else base.C_t
        target = Target.of(C_t, self.regularization)
        maps = np.empty((len(groups), *C_t.shape))
        identity, before, after = 0.0, 0.0, 0.0
        for k, rows in enumerate(groups):
            own = rows[controls[rows]]
            C_s = _moment(refuse_few(x[own], groups.name(k), "coral"))
            A = maps[k] = target.map_from(C_s)
            x[rows] = in_float32(x[rows] @ A, "coral")
            made = _moment(x[own])
            identity = max(identity, target.miss(made, A))
            far, near = _distance(C_s, target.C_t), _distance(made, target.C_t)
            what = f"coral: distance of {groups.name(k)} to all controls"
            check_invariant(what, near - far, _TOLERANCE)
            before, after = max(before, far), max(after, near)
        facts = {
            "batches": len(groups),
            "identity_error": check_invariant("C' + lambda A'A after coral", identity, _TOLERANCE),
            "farthest_before": before,
            "farthest_after": after,
        }
        return Learned(Alignment(groups.words, maps, C_t), x, profiles.names, facts)

    def transform(self, profiles: Profiles, state: Alignment) -> Float[np.ndarray, "n e"]:
        """Return the rows aligned by the maps of their batches."""
        x = profiles.finite("coral")
        place = RowGroups.of(profiles, self.by, "coral").places(state.groups)
        for k in np.unique(place):
            x[place == k] = x[place == k] @ state.maps[k]
        return x

    def stored_groups(self, state: Alignment) -> tuple[tuple[str, ...], Words]:
        """Return `by` and the batches learned from."""
        return self.by, state.groups


def _distance(C: Float[np.ndarray, "d d"], D: Float[np.ndarray, "d d"]) -> float:
    return float(np.linalg.norm(C - D))


def _moment(x: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "d d"]:
    """Return X'X / n, not centred."""
    return x.T @ x / len(x)
