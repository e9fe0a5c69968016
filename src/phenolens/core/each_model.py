"""Steps applied to each of several models side by side, as a run applies them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles, Step


@dataclass(frozen=True, slots=True)
class EachModel:
    """One step, applied to the features of each model by themselves.

    Attributes:
        step: The step.
        models: Their names: each begins the names of its features (`Profiles.concatenate`).
    """

    step: Step
    models: tuple[str, ...]

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return what the step makes of each model, side by side again.

        Raises:
            InputError: As the step does; or a feature is of no model.
        """
        owners = np.array([self._owner(name) for name in profiles.names], dtype=object)
        parts = {}
        for model in self.models:
            own = np.flatnonzero(owners == model)
            names = tuple(profiles.names[i].removeprefix(f"{model}_") for i in own)
            parts[model] = replace(profiles, features=profiles.features[:, own], names=names)
        made = Profiles.concatenate({model: self.step(part) for model, part in parts.items()})
        return replace(made, source=profiles.source if len(made) == len(profiles) else None)

    def _owner(self, name: str) -> str:
        """Return the model of a feature: the longest name that it begins with."""
        fits = [model for model in self.models if name.startswith(f"{model}_")]
        if not fits:
            raise InputError(f"the feature {name} is of none of {', '.join(self.models)}")
        return max(fits, key=len)


def each_model(steps: Sequence[Step], models: Sequence[str]) -> tuple[Step, ...]:
    """Return steps for profiles of several models side by side; as they are for one model.

    Args:
        steps: Of a recipe: a run applies them to each model.
        models: Names of the models.
    """
    if len(models) < 2:
        return tuple(steps)
    return tuple(EachModel(step, tuple(models)) for step in steps)
