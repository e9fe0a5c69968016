"""Tvn: typical variation normalization, in the two meanings that the papers give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.coral import Coral
from phenolens.profiling.sphere import Sphere


@dataclass(frozen=True, kw_only=True)
class Tvn:
    """Typical variation normalization: whiten by the controls, and align batches or not.

    `ws_dino` (Cross-Zamirski et al. 2022): PCA whitening fitted on the controls, the components
    that they carry, no alignment. Meant for fields. `deep_profiler` (Ando et al. 2017 as coded in
    DeepProfiler's experiments, used by Perakis et al. 2021): ridge whitening with all components
    and no rotation back, then CORAL batch by batch. Meant for wells. Both are fitted on the
    controls of every plate, those beside the test treatments too. What `sphere` and `coral`
    check of themselves holds here and is in the provenance.

    Attributes:
        family: Whose TVN.
        regularization: lambda of `deep_profiler`'s whitening and CORAL, 1 unless given.
        by: Columns that make a batch for `deep_profiler`'s CORAL, `batch` unless given.
    """

    family: Literal["ws_dino", "deep_profiler"]
    regularization: float | None = None
    by: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.family == "ws_dino" and not (self.regularization is None and self.by is None):
            raise InputError("ws_dino's TVN has neither `regularization` nor `by`")

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the normalized profiles.

        Raises:
            InputError: As in `sphere` and `coral`.
        """
        made = profiles
        for step in self._steps():
            made = step(made)
        done = made.provenance[len(profiles.provenance) :]
        facts = {str(entry["step"]): entry["facts"] for entry in done}
        return profiles.after(self, features=made.features, names=made.names, **facts)

    def _steps(self) -> tuple[Sphere | Coral, ...]:
        if self.family == "ws_dino":
            return (Sphere(),)
        ridge = 1.0 if self.regularization is None else self.regularization
        return (
            Sphere(regularization=ridge, components="all"),
            Coral(by=self.by or ("batch",), regularization=ridge),
        )
