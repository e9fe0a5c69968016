"""The folder of one run: what lies where, and how it is written."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phenolens.chains.settings import hashed, read_toml
from phenolens.core.errors import InputError
from phenolens.runs.recipe import Recipe

if TYPE_CHECKING:
    from phenolens.core.score import Score

# What may change without training or embedding again.
LATE = frozenset({"name", "profiling", "metrics", "baselines"})
PACKAGES = ("phenolens", "numpy", "scipy", "pandas", "scikit-learn", "torch", "lightning-fabric")


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies where in the folder of a run."""

    root: Path

    @property
    def recipe(self) -> Path:
        """The resolved recipe."""
        return self.root / "recipe.toml"

    @property
    def results(self) -> Path:
        """Every score; its presence says that the run is done."""
        return self.root / "results.json"

    def model(self, name: str) -> Path:
        """Folder of a trained encoder: config.json and model.safetensors."""
        return self.root / "models" / name

    def checkpoint(self, name: str) -> Path:
        """What a killed training resumes from."""
        return self.root / "checkpoints" / f"{name}.pt"

    def log(self, name: str) -> Path:
        """A training's figures."""
        return self.root / "logs" / f"{name}.csv"

    def embedding(self, name: str) -> Path:
        """A model's embeddings, one row a tile."""
        return self.root / "embeddings" / f"{name}.parquet"

    def begin(self, recipe: Recipe) -> bool:
        """Make the folder this recipe's; return whether its results are there already.

        Raises:
            InputError: It holds the run of a recipe with other pixels, model or training.
        """
        if self.recipe.exists():
            before = read_toml(self.recipe)
            keys = set(before) | set(recipe.settings)
            changed = {k for k in keys if before.get(k) != recipe.settings.get(k)}
            if changed - LATE:
                raise InputError(
                    f"holds a run of another recipe ({', '.join(sorted(changed - LATE))} differ)",
                    where=self.root,
                    fix="choose another --out",
                )
            if not changed and self.results.exists():
                return True
        self.root.mkdir(parents=True, exist_ok=True)
        self.results.unlink(missing_ok=True)
        write_text(self.recipe, recipe.to_toml())
        return False


@dataclass(frozen=True, slots=True)
class Results:
    """What a run found.

    Attributes:
        recipe: Its name.
        scores: Score by name, each {value, hits, n, low, high, null, null_high, p, notes}.
        baselines: The same by baseline.
        cost: Seconds, images a second, memory, device.
        notes: What a reader must know: what was left out, who had no partner.
        folder: Where all of it lies.
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
            InputError: There are none.
        """
        path = Folder(folder).results
        if not path.exists():
            raise InputError("no finished run (no results.json)", where=folder)
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            recipe=found["recipe"],
            scores=found["scores"],
            baselines=found["baselines"],
            cost=found["cost"],
            notes=tuple(found["notes"]),
            folder=folder,
        )

    def write(self, recipe: Recipe, started: str, data: Mapping[str, Any]) -> None:
        """Write `provenance.json`, then `results.json`."""
        provenance = {
            "versions": versions(),
            "platform": platform.platform(),
            "started": started,
            "finished": now(),
            "recipe_hash": recipe.identity,
            "data": dict(data),
        }
        write_json(self.folder / "provenance.json", provenance)
        content = {
            "recipe": self.recipe,
            "seed": recipe.seed,
            "version": version(),
            "scores": self.scores,
            "baselines": self.baselines,
            "cost": self.cost,
            "notes": list(self.notes),
        }
        write_json(Folder(self.folder).results, content)

    def table(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Return (who, score, figures), the result before its baselines."""
        rows = [(self.recipe, name, score) for name, score in self.scores.items()]
        for who, scores in self.baselines.items():
            rows += [(who, name, score) for name, score in scores.items()]
        return rows


def training_identity(recipe: Recipe, name: str) -> str:
    """Return a hash of all that shapes a training."""
    return hashed({"model": name, **{k: v for k, v in recipe.settings.items() if k not in LATE}})


def write_scores(folder: Path, scores: Mapping[str, Score]) -> None:
    """Write every score's rows to `scores/<name>.parquet`; those of an earlier recipe go."""
    (folder / "scores").mkdir(exist_ok=True)
    for old in (folder / "scores").glob("*.parquet"):
        old.unlink()
    for name, score in scores.items():
        score.rows.to_parquet(folder / "scores" / f"{name}.parquet")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON: beside, then renamed."""
    write_text(path, json.dumps(content, indent=1, default=str))


def write_text(path: Path, text: str) -> None:
    """Write text: beside, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def now() -> str:
    """Return the time, UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def version() -> str:
    """Return the version of phenolens."""
    return metadata.version("phenolens")


def versions() -> dict[str, str]:
    """Return the versions of what computed the result."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "absent"
    return found
