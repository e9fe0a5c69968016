"""What all steps have in common: called, fitted on one table, applied to another."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from jaxtyping import Float

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.step_record import name_in_recipes
from phenolens.corrections.learned import Learned
from phenolens.grouping.groups import RowGroups, Words

S = TypeVar("S")
_NAMED = 20  # groups that the facts name


class BaseStep(ABC):
    """A step: a frozen dataclass of settings that is called with Profiles and returns Profiles.

    A step that only combines rows learns nothing: its `fit` returns the step itself. A step that
    learns from the table is a `FittableStep`. Any other is applied to all rows at once, and says
    in `instead` what to do with new rows.

    Attributes:
        instead: What to do with new rows, where the step cannot be applied to them.
        accepts_missing: Whether features may be missing (NaN).
        changes_rows: Whether it makes other rows, or leaves some out. Which rows these are must
            depend on the metadata alone: a rehearsal calls it before there are features.
        example_table: The table that the contract tests call the step with: `wells`, `curves`
            (one row per curve and time) or `trajectories` (one row per curve).
    """

    instead: ClassVar[str] = "apply it to all rows together"
    accepts_missing: ClassVar[bool] = False
    changes_rows: ClassVar[bool] = False
    example_table: ClassVar[str] = "wells"

    @abstractmethod
    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the profiles that this step makes of the given ones."""

    def fit(self, profiles: Profiles) -> Callable[[Profiles], Profiles]:
        """Return the step with all that it learns from these profiles, to be applied to others.

        Raises:
            InputError: The step cannot be applied to new rows: says what to do instead.
        """
        del profiles
        raise InputError(
            f"{name_in_recipes(self)} works on all rows at once and cannot be applied to new rows",
            fix=self.instead,
        )

    @property
    def adds(self) -> tuple[str, ...]:
        """The columns that it adds to the metadata, by what the features say; rows stay."""
        return ()

    @property
    def drops_by_features(self) -> bool:
        """Whether it leaves rows out by what their features are: then a rehearsal has too many."""
        return False

    def on_any_features(self) -> BaseStep:
        """Return what makes the same rows and metadata of any features, in little time."""
        return self

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return some settings of the step: the contract tests try them."""
        return (cls(),)


class FittableStep(BaseStep, Generic[S]):
    """A step that learns figures from a table and applies them to any rows.

    `step(profiles)` learns from the profiles and applies what it learned to them.
    `step.fit(profiles)` only learns; the fitted step is applied to any profiles with the same
    features, and `step.fit(x)(x)` has the same bits as `step(x)`.

    Steps that work group by group (`by`, as each plate) follow one rule: a group that was in the
    fit is scaled by the figures stored then, whatever its rows are now; a group that was not
    is fitted on its own rows (its own controls with `on = "controls"`), and the provenance names
    it. Which features come out is decided by the fit. With `by = []` the stored figures are used
    for every row.

    Attributes:
        state: The dataclass that holds what this step learns.
        accepts_missing: Whether features may hold values that are not finite.
    """

    state: ClassVar[type]
    accepts_missing: ClassVar[bool] = False

    @abstractmethod
    def learn(self, profiles: Profiles, base: S | None = None) -> Learned[S]:
        """Return what the step learns from these profiles, and what it makes of them.

        Args:
            profiles: The rows to learn from.
            base: What was learned from another table that has none of these groups. Whatever is
                common to all groups, such as the features that come out, is taken from it.
        """

    @abstractmethod
    def transform(self, profiles: Profiles, state: S) -> Float[np.ndarray, "n e"]:
        """Return the features made of rows whose groups are all among those learned from."""

    def stored_groups(self, state: S) -> tuple[tuple[str, ...], Words]:
        """Return the columns that make a group, and the groups learned from; one by default."""
        del state
        return (), ((),)

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return what the step makes of these profiles, learned from the same.

        Raises:
            InputError: The rows do not allow the fit: names the group or the feature.
        """
        learned = self.learn(profiles.not_empty(name_in_recipes(self)))
        return profiles.after(self, features=learned.features, names=learned.names, **learned.facts)

    def fit(self, profiles: Profiles) -> FittedStep[S]:
        """Return the step with what it learned from these profiles.

        Raises:
            InputError: As when the step is called.
        """
        learned = self.learn(profiles.not_empty(name_in_recipes(self)))
        return FittedStep(self, learned.state, profiles.names, learned.names, Origin.of(profiles))


@dataclass(frozen=True, slots=True)
class Origin:
    """The table that a step was fitted on.

    Attributes:
        table: Names of the files it came from; empty for one made in Python.
        where: The queries by which its rows were chosen.
        rows: Rows of the table.
        features: Its features.
        sha256: Of the feature names and the features (float32, row by row).
    """

    table: str
    where: str
    rows: int
    features: int
    sha256: str

    @classmethod
    def of(cls, profiles: Profiles) -> Origin:
        """Return the origin of these profiles."""
        digest = hashlib.sha256("\n".join(profiles.names).encode())
        digest.update(profiles.features.data)
        files: list[str] = []
        queries: list[str] = []
        for entry in profiles.provenance:
            if entry.get("step") == "load":
                files.append(str(entry["file"]))
            elif entry.get("step") == "stack":
                files += map(str, entry["parts"])
            elif entry.get("step") == "where":
                # Of a table that was read so, or of the step of that name.
                queries.append(str({**entry.get("parameters", {}), **entry}["query"]))
        return cls(
            table=", ".join(files),
            where=" and ".join(f"({query})" for query in queries if query),
            rows=len(profiles),
            features=len(profiles.names),
            sha256=digest.hexdigest(),
        )


@dataclass(frozen=True, slots=True, eq=False)
class FittedStep(Generic[S]):
    """A step with what it learned; called with profiles, it returns them transformed.

    Attributes:
        step: The step and its settings.
        state: What it learned.
        names: Features that go in, in the order of the fit.
        names_out: Features that come out.
        origin: The table it was fitted on.
    """

    step: FittableStep[S]
    state: S
    names: tuple[str, ...]
    names_out: tuple[str, ...]
    origin: Origin

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the profiles transformed by what was learned.

        Features are found by name, in any order; others are left out and counted. Groups that
        were not in the fit are fitted on their own rows (see `FittableStep`).

        Raises:
            InputError: A feature is missing or not finite, or a new group does not allow a fit.
        """
        name = name_in_recipes(self.step)
        given = self._aligned(profiles, name)
        if not (self.step.accepts_missing or np.isfinite(given.features).all()):
            given.finite(name)
        by, stored = self.step.stored_groups(self.state)
        groups = RowGroups.of(given, by, name).every_row_in_one(name)
        new = groups.places(stored) < 0
        features, facts = self._transformed(given, new)
        facts |= {"fit": asdict(self.origin)}
        ignored = len(profiles.names) - len(self.names)
        if ignored:
            facts["features_ignored"] = ignored
        if by:
            own = sorted(set(groups.codes[new].tolist()))
            facts["groups_stored"] = len(groups) - len(own)
            facts["groups_fitted_here"] = [groups.name(k) for k in own[:_NAMED]]
        return given.after(self.step, features=features, names=self.names_out, **facts)

    def _aligned(self, profiles: Profiles, name: str) -> Profiles:
        """Return the profiles with the features of the fit, in its order."""
        if profiles.names == self.names:
            return profiles
        place = {feature: i for i, feature in enumerate(profiles.names)}
        missing = [feature for feature in self.names if feature not in place]
        if missing:
            raise InputError(
                f"{name} was fitted on the feature '{missing[0]}', which this table does not have "
                f"({len(missing)} of {len(self.names)} are missing)",
                fix="measure the same features, or fit on a table without them",
            )
        order = [place[feature] for feature in self.names]
        return replace(profiles, features=profiles.features[:, order], names=self.names)

    def _transformed(
        self, given: Profiles, new: np.ndarray
    ) -> tuple[Float[np.ndarray, "n e"], dict[str, Any]]:
        """Return the features, and the facts of the groups that are fitted on their own rows."""
        if not new.any():
            return self.step.transform(given, self.state), {}
        learned = self.step.learn(given.take(new), self.state)
        features = np.empty((len(given), len(self.names_out)), dtype=np.float32)
        features[new] = learned.features
        if not new.all():
            features[~new] = self.step.transform(given.take(~new), self.state)
        return features, {"fitted_here": dict(learned.facts)}
