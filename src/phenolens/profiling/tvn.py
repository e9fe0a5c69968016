"""Tvn: typical variation normalization, in the three meanings that the papers give it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np
from jaxtyping import Float

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import above
from phenolens.corrections.efaar import EfaarState, apply_efaar, learn_efaar
from phenolens.corrections.learned import Learned
from phenolens.grouping.groups import Words
from phenolens.profiling.base import BaseStep, FittableStep
from phenolens.profiling.coral import Alignment, Coral
from phenolens.profiling.sphere import Sphere, Whitening

T = TypeVar("T")
_RIDGE = {"deep_profiler": 1.0, "efaar": 0.5}


@dataclass(frozen=True, slots=True, eq=False)
class TvnState:
    """What a family has learned: `ws_dino` and `deep_profiler` share the whitening.

    Attributes:
        sphere: The whitening.
        coral: The alignment of `deep_profiler`.
        efaar: All of `efaar`.
    """

    sphere: Whitening | None = None
    coral: Alignment | None = None
    efaar: EfaarState | None = None


@dataclass(frozen=True, kw_only=True)
class Tvn(FittableStep[TvnState]):
    """Typical variation normalization: whiten by the controls, and align batches or not.

    `ws_dino` (Cross-Zamirski et al. 2022): PCA whitening fitted on the controls, the components
    that they carry, no alignment. Meant for fields.

    `deep_profiler` (Ando et al. 2017 as coded in DeepProfiler's experiments, used by Perakis et
    al. 2021): ridge whitening with all components and no rotation back, then CORAL batch by batch,
    on second moments about the mean of all controls: the shift of a batch stays. Meant for wells.

    `efaar` (EFAAR_benchmarking since November 2024; Celik et al. 2024): z-scores by all controls,
    the controls' principal axes, z-scores by the controls of each batch, then an alignment of the
    batches' covariances. The shift of a batch is removed, and so is a difference in spread.
    Components that the controls do not carry (more features than controls) are left out; the
    original divides by the rounding error of their spread.

    All are fitted on the controls of every plate, also those that hold the test treatments. What
    the parts check of themselves holds here and is in the provenance. With one batch the alignment
    is the identity. A batch that was not in the fit is aligned by its own controls, within the
    whitening of the fit.

    Attributes:
        family: Whose TVN.
        regularization: lambda of `deep_profiler`'s whitening and CORAL, 1 unless given; of
            `efaar`'s alignment, 0.5 unless given.
        by: Columns that make a batch for the alignment, `batch` unless given.
    """

    family: Literal["ws_dino", "deep_profiler", "efaar"]
    regularization: float | None = None
    by: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.family == "ws_dino" and not (self.regularization is None and self.by is None):
            raise InputError("ws_dino's TVN has neither `regularization` nor `by`")
        if self.regularization is not None:
            above(0, regularization=self.regularization)

    state: ClassVar[type] = TvnState

    def learn(self, profiles: Profiles, base: TvnState | None = None) -> Learned[TvnState]:
        """Return what the family learns, and the profiles normalized by it.

        Raises:
            InputError: As in `sphere` and `coral`: a batch has fewer than two controls, a feature
                is not finite, ...
        """
        if self.family == "efaar":
            efaar, features, figures = learn_efaar(
                profiles, self._batches, self._ridge, base.efaar if base else None
            )
            return self._learned(TvnState(efaar=efaar), features, {"efaar": figures})
        sphere, coral = self._parts()
        if base is None:
            white = sphere.learn(profiles)
            whitening, features, facts = white.state, white.features, {"sphere": dict(white.facts)}
        else:
            whitening = _part(base.sphere, "sphere")
            features = sphere.transform(profiles, whitening)
            facts = {}
        if coral is None:
            return self._learned(TvnState(sphere=whitening), features, facts)
        aligned = coral.learn(_with(profiles, features), base.coral if base else None)
        facts["coral"] = dict(aligned.facts)
        state = TvnState(sphere=whitening, coral=aligned.state)
        return self._learned(state, aligned.features, facts)

    def transform(self, profiles: Profiles, state: TvnState) -> Float[np.ndarray, "n e"]:
        """Return the rows normalized by what was learned."""
        if self.family == "efaar":
            return apply_efaar(profiles, self._batches, _part(state.efaar, "efaar"))
        sphere, coral = self._parts()
        features = sphere.transform(profiles, _part(state.sphere, "sphere"))
        if coral is None:
            return features
        return coral.transform(_with(profiles, features), _part(state.coral, "coral"))

    def stored_groups(self, state: TvnState) -> tuple[tuple[str, ...], Words]:
        """Return the batches learned from; `ws_dino` has none."""
        part = state.efaar or state.coral
        return ((), ((),)) if part is None else (self._batches, part.groups)

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the three families."""
        return cls(family="ws_dino"), cls(family="deep_profiler"), cls(family="efaar")

    @property
    def _batches(self) -> tuple[str, ...]:
        return ("batch",) if self.by is None else self.by

    @property
    def _ridge(self) -> float:
        if self.regularization is not None:
            return self.regularization
        return _RIDGE.get(self.family, 0.0)

    def _parts(self) -> tuple[Sphere, Coral | None]:
        """Return the steps that `ws_dino` and `deep_profiler` are made of."""
        if self.family == "ws_dino":
            return Sphere(), None
        return (
            Sphere(regularization=self._ridge, components="all"),
            Coral(by=self._batches, regularization=self._ridge),
        )

    def _learned(
        self, state: TvnState, x: Float[np.ndarray, "n e"], facts: dict[str, Any]
    ) -> Learned[TvnState]:
        stem = "tvn" if self.family == "efaar" else "sphere"
        names = tuple(f"{stem}{i:04d}" for i in range(x.shape[1]))
        return Learned(state, x, names, facts)


def _with(profiles: Profiles, features: Float[np.ndarray, "n e"]) -> Profiles:
    """Return the profiles with other features."""
    return replace(profiles, features=features, names=())


def _part(found: T | None, name: str) -> T:
    """Return a part of what was learned; a file of somebody else may lack it."""
    if found is None:
        raise InputError(f"the fitted tvn has no {name}", fix="fit and save the chain again")
    return found
