"""Audit of a finished run: its embeddings after its own steps, and its scores without cells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phenolens.audit.finding import Finding, Severity
from phenolens.cli.options import AgainOptions, ChainOptions, machine
from phenolens.cli.table_options import TableOptions
from phenolens.core.each_model import each_model
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles, Step
from phenolens.core.progress import Say
from phenolens.core.run_folder import RunFolder
from phenolens.runs.baselines import embeddings_of, models_of
from phenolens.runs.joined import per_image
from phenolens.runs.recipe import Recipe
from phenolens.runs.results import Results
from phenolens.runs.run import run

_NAME = "background"
_SCORED = "a score is above chance without a single cell"
_CLEAN = "scores need cells"


@dataclass(frozen=True, slots=True, eq=False)
class AuditedRun:
    """What an audit of a run is about.

    Attributes:
        profiles: The embeddings, several models next to each other.
        steps: Of the recipe, applied to each model as the run does.
        background: By model, the summary of the background audit; empty where the run began with
            a table.
        failed: Why the background could not be audited; empty where it could.
        joined: What is side by side with the models, and was not measured again without cells.
    """

    profiles: Profiles
    steps: Sequence[Step]
    background: Mapping[str, Mapping[str, Any]]
    failed: str = ""
    joined: tuple[str, ...] = ()

    def findings(self) -> list[Finding]:
        """Return what was found without cells, a finding for each model."""
        alone = f" (what was learned alone, without {' and '.join(self.joined)})"
        part = alone if self.joined else ""
        unknown = [
            Finding(
                key="background",
                severity="warning",
                title="the background could not be audited",
                evidence=self.failed,
                fix="correct it, then audit the run again",
            )
        ]
        return (unknown if self.failed else []) + [
            Finding(
                key="background",
                severity=_verdict(one["figures"])[0],
                title=f"{_verdict(one['figures'])[1]}{_of(model)}{part}",
                evidence=" ".join(f"{note[:1].upper()}{note[1:]}." for note in one["notes"]),
            )
            for model, one in self.background.items()
        ]


def _verdict(figures: Mapping[str, Any]) -> tuple[Severity, str]:
    """Return how grave it is, and what it is called; without cells a score may not be there."""
    leaks = figures.get("leaks")
    if leaks is None or math.isnan(leaks):
        return "warning", "it is not known whether scores need cells"
    return ("leak", _SCORED) if leaks else ("fine", _CLEAN)


def _of(model: str) -> str:
    return "" if model == "joint" else f": {model}"


def is_run(paths: Sequence[str]) -> bool:
    """Return whether what is to be audited is one folder of a run."""
    return len(paths) == 1 and RunFolder(Path(paths[0])).recipe.is_file()


def refuse_options(chain: ChainOptions, source: TableOptions) -> None:
    """Refuse the options that are about a table.

    Raises:
        InputError: One of them is given: names it.
    """
    given = {
        "--steps": chain.steps,
        "--set": chain.changes,
        "--column": source.columns,
        "--join": source.join,
        "--batch-of-plate": source.batch_of_plate,
        "--where": source.where,
        "--allow-unmatched": source.allow_unmatched,
        "--coordinates": source.coordinates,
        "--features": source.features != "refuse",
    }
    if named := [name for name, value in given.items() if value]:
        raise InputError(
            "is about a table, and the folder of a run is audited with its own steps",
            where=named[0],
            fix=f"leave it out, or audit a table in {source.profiles[0]}",
        )


def refuse_run_options(again: AgainOptions, source: TableOptions) -> None:
    """Refuse the options that are about the folder of a run.

    Raises:
        InputError: One of them is given: names it.
    """
    given = {"--root": again.root != Path(), "--cache": again.cache, "--machine": again.machine}
    if named := [name for name, value in given.items() if value]:
        raise InputError(
            f"is about the folder of a run, and {source.profiles[0]} is a table",
            where=named[0],
            fix="leave it out",
        )


def audited_run(folder: Path, again: AgainOptions, say: Say, *, outside: bool) -> AuditedRun:
    """Return what is audited of a run; the answers about its background join its folder.

    Args:
        folder: Of a finished run.
        again: Where its data are.
        say: Called with a short sentence per stage.
        outside: Whether paths in the recipe may lead anywhere.

    Raises:
        InputError: The run is not finished, or what it is made of does not fit.
    """
    paths, given, root = RunFolder(folder), Results.read(folder), again.root
    recipe = Recipe.load(paths.recipe, root=root, outside=outside)
    background: Mapping[str, Mapping[str, Any]] = {}
    failed = ""
    if "screen" in recipe.settings and not recipe.settings.get("features"):
        asked = Recipe.load(paths.recipe, root=root, outside=outside, explanations=[_NAME])
        given = run(asked, root, folder, say, again.cache, machine(again.machine))
        asked_for = f"explanations.{_NAME}"
        lost = [why for k, why in given.failed.items() if k.partition(" of ")[0] == asked_for]
        failed = "; ".join(lost)
        background = given.explanations.get(_NAME, {})
    if "screen" not in recipe.settings:
        raise InputError(
            "has no embeddings to audit", where=folder, fix="audit the table that it began with"
        )
    whole = embeddings_of(paths, recipe.settings)
    steps = each_model(recipe.profiling, models_of(paths, recipe.settings))
    joined = tuple(recipe.settings.get("joined", ()))
    if joined:  # the same figure on every tile of an image would pass for its code
        whole = per_image(whole)
    return AuditedRun(whole, steps, background, failed, joined)
