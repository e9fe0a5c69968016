"""Results: what a run found, and how it was made."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.files import write_text
from phenolens.core.run_folder import RunFolder
from phenolens.runs.folder import keys_of
from phenolens.runs.recipe import Recipe
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
    """

    recipe: str
    scores: Mapping[str, Mapping[str, Any]]
    baselines: Mapping[str, Mapping[str, Mapping[str, Any]]]
    cost: Mapping[str, Any]
    notes: tuple[str, ...]
    folder: Path

    @classmethod
    def read(cls, folder: Path) -> Results:
        """Return the results of a finished run.

        Raises:
            InputError: There are none, or the file is damaged.
        """
        path = RunFolder(folder).results
        if not path.exists():
            raise InputError("no finished run (no results.json)", where=folder)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                recipe=found["recipe"],
                scores=found["scores"],
                baselines=found["baselines"],
                cost=found["cost"],
                notes=tuple(found["notes"]),
                folder=folder,
            )
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(
                f"is damaged: {error}", where=path, fix="delete it, and give the run again"
            ) from error

    def write(self, recipe: Recipe, started: str, data: Mapping[str, Any]) -> None:
        """Write `provenance.json`, then `results.json`."""
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
            "seed": recipe.seed,
            "version": version(),
            "scores": self.scores,
            "baselines": self.baselines,
            "cost": self.cost,
            "notes": list(self.notes),
        }
        for path, table in ((folder.provenance, provenance), (folder.results, content)):
            write_text(path, json.dumps(table, indent=1, default=str))

    def table(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Return (who, score, figures), the result before its baselines."""
        rows = [(self.recipe, name, score) for name, score in self.scores.items()]
        for who, scores in self.baselines.items():
            rows += [(who, name, score) for name, score in scores.items()]
        return rows


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
