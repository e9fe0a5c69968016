"""A chain of steps fitted on one table: called with other tables, saved and loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from phenolens.chains.chain import build_steps, check_chain, read_chain
from phenolens.chains.chain_folder import read_steps, write_steps
from phenolens.core.errors import InputError
from phenolens.core.inside import Fence, fenced, path_of
from phenolens.core.profiles import Profiles, Step
from phenolens.core.query import matching
from phenolens.core.step_record import name_in_recipes


@dataclass(frozen=True, slots=True, eq=False)
class FittedChain:
    """Steps that were fitted one after the other; called with Profiles, they are applied to these.

    Attributes:
        steps: Fitted steps, and steps that only combine rows.

    Example:
        >>> import numpy as np, pandas as pd
        >>> meta = pd.DataFrame({"plate": ["a", "a", "b", "b"], "control": True})
        >>> wells = Profiles(meta=meta, features=np.array([[1.0], [3.0], [5.0], [5.5]]))
        >>> chain = fit_chain(wells, "standardize(by=[])", where="plate == 'a'")
        >>> [round(value, 2) for value in chain(wells).features[:, 0].tolist()]
        [-0.71, 0.71, 2.12, 2.47]
    """

    steps: tuple[Step, ...]

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return what the fitted steps make of these profiles.

        Raises:
            InputError: As the steps do: a feature is missing, a new group does not allow a fit.
        """
        for step in self.steps:
            profiles = step(profiles)
        return profiles

    def save(self, folder: Path | str) -> Path:
        """Write the chain to a folder: `chain.toml`, and the arrays in one `.npz`.

        An older chain in the folder is replaced at once, when all of the new one is written.

        Raises:
            InputError: A step is of no catalogue, so that its name would not find it again.
        """
        return write_steps(self.steps, path_of(folder, "save"))

    @classmethod
    def load(cls, folder: Path | str) -> FittedChain:
        """Read a chain that `save` has written.

        Raises:
            InputError: No such chain, a file of another version, damaged or changed: names the
                file, and the step and value where one does not fit.
        """
        folder = path_of(folder, "load")
        with fenced(Fence((folder,))):  # no step in it reads a file from elsewhere
            return cls(read_steps(folder))


def fit_chain(profiles: Profiles, steps: Sequence[Step] | str, where: str = "") -> FittedChain:
    """Return the chain fitted on these profiles: each step on what the fitted ones before made.

    Args:
        profiles: Not changed.
        steps: Steps in order, or a chain as the command line takes it.
        where: A query on the metadata: only the rows it keeps are fitted on. It is asked once, of
            the profiles as given; a step that combines rows combines the rows of the fit only.

    Raises:
        InputError: A step cannot be applied to new rows, or cannot be fitted on these: names it.
    """
    check_chain(profiles, steps)
    if where:
        profiles = rows_where(profiles, where)
    fitted: list[Step] = []
    for i, step in enumerate(build_steps(read_chain(steps)) if isinstance(steps, str) else steps):
        if fitted:
            profiles = fitted[-1](profiles)
        fitted.append(_fitted(step, profiles, i))
    return FittedChain(tuple(fitted))


def rows_where(profiles: Profiles, query: str) -> Profiles:
    """Return the rows that a query keeps, with an entry `where` in the provenance.

    Raises:
        InputError: The query cannot be read, or keeps no row.
    """
    kept = profiles.take(matching(profiles.meta, query))
    entry = {"step": "where", "query": query, "rows_in": len(profiles), "rows_out": len(kept)}
    return replace(kept, provenance=(*kept.provenance, entry))


def _fitted(step: Step, profiles: Profiles, place: int) -> Step:
    name = name_in_recipes(step)
    fit = getattr(step, "fit", None)
    if fit is None:
        raise InputError(
            f"step {place} ({name}) has no method `fit`: it cannot be applied to new rows",
            fix="write one: see phenolens.profiling.base",
        )
    try:
        fitted: Step = fit(profiles)
    except InputError as error:
        raise error.at(f"step {place} ({name})") from error
    return fitted
