"""Results: what a run found, and how it was made."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from phenolens.chains.settings import hashed, read_toml
from phenolens.core.errors import InputError
from phenolens.core.progress import Say, silent
from phenolens.core.run_folder import RunFolder
from phenolens.core.small_files import read_small
from phenolens.runs.folder import finish, fits, is_whole, keys_of
from phenolens.runs.recipe import Recipe
from phenolens.runs.results_shape import check_failed, check_results
from phenolens.runs.stages import version

PACKAGES = ("phenolens", "numpy", "scipy", "pandas", "scikit-learn", "torch", "lightning-fabric")


@dataclass(frozen=True, slots=True)
class Results:
    """What a run found.

    Attributes:
        recipe: Its name.
        scores: Score by name, each {value, hits, n, low, high, null, null_high, p, notes}.
        baselines: The same by baseline, each with `ahead`.
        cost: Seconds, images per second, memory, device.
        notes: What a reader must know: what was left out, who had no partner.
        folder: The folder of the run.
        failed: Why a metric could not be computed, by its name; it has no score.
        training: By model, what looks at its encoder found while it was trained: figures of the
            `untrained`, `last` and `best` state, and of the `kept` one where the best is kept;
            empty where `training.watch` is off.
        explanations: By name and model: figures, whether it is trusted, notes.
    """

    recipe: str
    scores: Mapping[str, Mapping[str, Any]]
    baselines: Mapping[str, Mapping[str, Mapping[str, Any]]]
    cost: Mapping[str, Any]
    notes: tuple[str, ...]
    folder: Path
    failed: Mapping[str, str] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    explanations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Results:
        """Return the results of a finished run.

        Raises:
            InputError: There are none, the file is damaged, or it is of another recipe than the
                `recipe.toml` next to it.
        """
        path = RunFolder(folder).results
        if not path.exists():
            raise InputError("no finished run (no results.json)", where=folder, fix=_begun(folder))
        try:
            found = json.loads(read_small(path))
            results = cls(
                recipe=found["recipe"],
                scores=found["scores"],
                baselines=found["baselines"],
                cost=found["cost"],
                notes=tuple(found["notes"]),
                folder=folder,
                failed=found.get("failed", {}),
                training=found.get("training", {}),
                explanations=found.get("explanations", {}),
            )
            made_of = found["recipe_hash"]
            check_results(results.scores, results.baselines, results.cost)
            check_failed(results.failed)
        except (
            InputError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            RecursionError,
        ) as error:
            raise InputError(
                f"is damaged: {type(error).__name__}: {error}",
                where=path,
                fix="give the same run again: it will be made again",
            ) from error
        recipe = RunFolder(folder).recipe
        if recipe.is_file() and hashed(read_toml(recipe)) != made_of:
            raise InputError(
                f"holds the results of another recipe than {recipe.name} next to it",
                where=path,
                fix="give the run again, with the recipe that you mean",
            )
        return results

    def write(
        self, recipe: Recipe, started: str, data: Mapping[str, Any], slots: Iterable[str] = ()
    ) -> None:
        """Write `provenance.json`, then `results.json`.

        Args:
            recipe: That was run.
            started: When, as `now` says it.
            data: What was read.
            slots: The stages of the folder that the results rest on.
        """
        folder = RunFolder(self.folder)
        provenance = {
            "versions": versions(),
            "platform": platform.platform(),
            "started": started,
            "finished": now(),
            "recipe_hash": recipe.identity,
            "data": dict(data),
            "stages": keys_of(folder),
        }
        content = {
            "recipe": self.recipe,
            "recipe_hash": recipe.identity,
            "seed": recipe.seed,
            "version": version(),
            "scores": self.scores,
            **({"failed": dict(self.failed)} if self.failed else {}),
            "baselines": self.baselines,
            "cost": self.cost,
            "notes": list(self.notes),
            **({"training": self.training} if self.training else {}),
            **({"explanations": self.explanations} if self.explanations else {}),
        }
        texts = (json.dumps(table, indent=1, default=str) for table in (provenance, content))
        finish(folder, slots, *texts)

    @property
    def not_computed(self) -> str:
        """Which metrics could not be computed and why, in one line; empty: all could."""
        reasons = self.failed.items()
        return "; ".join(f"{name} could not be computed: {why}" for name, why in reasons)

    def table(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Return (who, score, figures), the result before its baselines."""
        rows = [(self.recipe, name, score) for name, score in self.scores.items()]
        for who, scores in self.baselines.items():
            rows += [(who, name, score) for name, score in scores.items()]
        return rows


def is_done(
    folder: RunFolder, recipe: Recipe, inputs: Mapping[str, Any], say: Say = silent
) -> bool:
    """Return whether the folder holds the results of this recipe on these inputs, all of them.

    Where a metric could not be computed it does not: what was missing may be there now.

    Args:
        folder: Of the run.
        recipe: What is asked for.
        inputs: As `has_ended`.
        say: As `has_ended`.

    Raises:
        InputError: As `has_ended`.
    """
    ended = has_ended(folder, recipe, inputs, say)
    return ended and not json.loads(read_small(folder.results)).get("failed")


def has_ended(
    folder: RunFolder, recipe: Recipe, inputs: Mapping[str, Any], say: Say = silent
) -> bool:
    """Return whether the folder holds what this recipe found on these inputs.

    Results of another version of phenolens are not: scores are then made again.

    Args:
        folder: Of the run.
        recipe: What is asked for.
        inputs: What it is given: fingerprints of the data and the weights, foreign code.
        say: Called with one line about what is damaged or of another version.

    Raises:
        InputError: It holds the run of a recipe that differs in an early stage, or of other data:
            says what differs.
    """
    if not (fits(folder, recipe, inputs, say) and folder.results.exists()):
        return False
    if not is_whole(folder, say):
        return False
    found = json.loads(read_small(folder.results))
    if found["version"] != version():
        say(f"{folder.root}: scored by phenolens {found['version']}, which is not {version()}")
        return False
    return bool(found["recipe_hash"] == recipe.identity)


def _begun(folder: Path) -> str:
    """Return how a run that was begun, and stopped, is completed; empty where there is none."""
    paths = RunFolder(folder)
    if not (paths.recipe.is_file() and paths.stages.is_file()):
        return ""
    return (
        f"complete it: phenolens run {paths.recipe} --out {folder} (what is finished in it is "
        "found; delete the table of an explanation from the recipe to do without it)"
    )


def now() -> str:
    """Return the time, UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Return the versions of what computed the result."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "absent"
    return found
