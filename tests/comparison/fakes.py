"""Processes that stand in for `phenolens run`, and finished cells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from phenolens.chains.settings import hashed, read_toml
from phenolens.comparison.child import Child
from phenolens.comparison.folder import ComparisonFolder
from phenolens.core.run_folder import RunFolder
from phenolens.runs.manifest import manifest
from phenolens.runs.record import Record, write_record

COST = {"train_seconds": None, "total_seconds": 2.5, "process_memory_mb": 120, "device": "cpu"}


def finish(
    run: RunFolder,
    recipe: Path,
    values: Mapping[str, float],
    baselines: Mapping[str, float] | None = None,
) -> None:
    """Write what a finished run has, as far as a comparison reads it: one score, `nsc`."""
    run.scores.mkdir(parents=True, exist_ok=True)
    run.recipe.write_bytes(recipe.read_bytes())
    rows = pd.DataFrame({"treatment": list(values), "compound": list(values)})
    rows["value"] = list(values.values())
    rows.to_parquet(run.score("nsc"))
    score: dict[str, Any] = {"value": float(rows["value"].mean()), "low": 0.1, "high": 0.9}
    score |= {"null": None, "n": len(rows), "hits": 3, "null_high": None, "p": None, "notes": []}
    content = {
        "recipe": "x",
        "recipe_hash": hashed(read_toml(recipe)),
        "seed": 0,
        "version": "0",
        "scores": {"nsc": score},
        "baselines": {t: {"nsc": {**score, "value": v}} for t, v in (baselines or {}).items()},
        "cost": COST,
        "notes": [],
    }
    run.results.write_text(json.dumps(content))
    seal(run)


def seal(run: RunFolder) -> None:
    """Note the checksums of the results and of the rows, as a run does at its end."""
    rows = [*run.scores.glob("*.parquet"), *run.baseline_scores.glob("*/*.parquet")]
    stages = {
        f"score {path.relative_to(run.root).as_posix()}": {
            "key": "x",
            "seconds": 1.0,
            "files": manifest(run.root, [path]),
        }
        for path in rows
    }
    finished = {"slots": sorted(stages), "files": manifest(run.root, [run.results])}
    write_record(run, Record(early="x", stages=stages, finished=finished))


class FakeChild(Child):
    """A process that has ended at its second look; what it did was done when it was started."""

    def __init__(self, work: Callable[[], str]) -> None:
        self.stopped: list[int] = []
        self._looks, self._why = 0, work()

    @property
    def seconds(self) -> float:
        return 1.0

    def has_ended(self) -> bool:
        self._looks += 1
        return self._looks > 1 or bool(self.stopped)

    def stop(self, number: int) -> None:
        self.stopped.append(number)

    def failure(self) -> str:
        return self._why


class FakeCrew:
    """Starts fake processes; counts them.

    Args:
        folder: Of the comparison.
        fails: Cells that fail.
    """

    def __init__(self, folder: ComparisonFolder, fails: Sequence[str] = ()) -> None:
        self.folder, self.fails, self.writes = folder, fails, True
        self.started: list[str] = []
        self.environments: list[Mapping[str, str]] = []
        self.children: list[FakeChild] = []

    def __call__(self, arguments: Sequence[str], _log: Path, environment: Any) -> FakeChild:
        recipe = Path(next(text for text in arguments if text.endswith(".toml")))
        self.started.append(recipe.stem)
        self.environments.append(environment)
        self.children.append(FakeChild(lambda: self._work(recipe)))
        return self.children[-1]

    def _work(self, recipe: Path) -> str:
        if recipe.stem in self.fails:
            return "profiling.0: no such column"
        values = {f"t{k}": float(k % 3) / 2 for k in range(6)}
        if self.writes:
            finish(self.folder.run(recipe.stem), recipe, values)
        return ""
