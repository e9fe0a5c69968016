"""Tvn: typical variation normalization, in the three meanings that the papers give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.efaar import align_batches
from phenolens.profiling.coral import Coral
from phenolens.profiling.sphere import Sphere

_RIDGE = {"deep_profiler": 1.0, "efaar": 0.5}


@dataclass(frozen=True, kw_only=True)
class Tvn:
    """Typical variation normalization: whiten by the controls, and align batches or not.

    `ws_dino` (Cross-Zamirski et al. 2022): PCA whitening fitted on the controls, the components
    that they carry, no alignment. Meant for fields.

    `deep_profiler` (Ando et al. 2017 as coded in DeepProfiler's experiments, used by Perakis et
    al. 2021): ridge whitening with all components and no rotation back, then CORAL batch by batch,
    on second moments about the mean of all controls: a batch's own shift stays. Meant for wells.

    `efaar` (EFAAR_benchmarking since November 2024; Celik et al. 2024): z-scores by all controls,
    the controls' principal axes, z-scores by the controls of each batch, then an alignment of the
    batches' covariances. A batch's shift goes, and so does a difference in spread. Components
    that the controls do not carry (more features than controls) are left out; the original
    divides by the rounding error of their spread.

    All are fitted on the controls of every plate, those beside the test treatments too. What the
    parts check of themselves holds here and is in the provenance. With one batch the alignment
    is the identity.

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
        if self.regularization is not None and not self.regularization > 0:
            raise InputError("regularization must be above 0", where="regularization")

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the normalized profiles.

        Raises:
            InputError: As in `sphere` and `coral`: a batch has fewer than two controls, a feature
                is not finite, ...
        """
        by = ("batch",) if self.by is None else self.by
        ridge = _RIDGE.get(self.family, 0.0) if self.regularization is None else self.regularization
        if self.family == "efaar":
            x, figures = align_batches(profiles, by, ridge)
            return self._after(profiles, x, {"efaar": figures})
        steps: tuple[Sphere | Coral, ...] = (Sphere(),)
        if self.family == "deep_profiler":
            steps = (
                Sphere(regularization=ridge, components="all"),
                Coral(by=by, regularization=ridge),
            )
        made = profiles
        for step in steps:
            made = step(made)
        done = made.provenance[len(profiles.provenance) :]
        facts = {str(entry["step"]): entry["facts"] for entry in done}
        return self._after(profiles, made.features, facts)

    def _after(
        self, profiles: Profiles, x: Float[np.ndarray, "n e"], facts: dict[str, Any]
    ) -> Profiles:
        stem = "tvn" if self.family == "efaar" else "sphere"
        names = tuple(f"{stem}{i:04d}" for i in range(x.shape[1]))
        return profiles.after(self, features=x, names=names, **facts)
