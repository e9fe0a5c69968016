"""From a prepared screen to a finished run, every setting decided here with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phenolens.auto import judging
from phenolens.auto.asked import Asked
from phenolens.auto.changes import recipe_with
from phenolens.auto.choice import Choice
from phenolens.auto.facts import Facts
from phenolens.auto.learned import learned
from phenolens.auto.state import RECIPE, RUN, State
from phenolens.auto.tuned import choose_of_run
from phenolens.core.files import write_text
from phenolens.core.inside import looked_for
from phenolens.core.machine import Machine
from phenolens.core.progress import Say
from phenolens.core.run_folder import RunFolder
from phenolens.core.screen import Screen
from phenolens.runs.recipe import Recipe
from phenolens.runs.results import Results
from phenolens.runs.run import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished run, and why it is what it is.

    Attributes:
        results: Of the run.
        facts: Of the screen.
        choices: In the order in which they were made.
        settings: Of the recipe, defaults spelled out.
        metrics: Tables of the recipe.
        taught: Whether treatments were the labels of the training; None where the user gave a model
            and it is not known.
    """

    results: Results
    facts: Facts
    choices: tuple[Choice, ...]
    settings: Mapping[str, Any]
    metrics: dict[str, Any]
    taught: bool | None

    @property
    def folder(self) -> RunFolder:
        """The folder of the run."""
        return RunFolder(self.results.folder)


def answer(
    store: Screen,
    folder: Path,
    asked: Asked,
    machine: Machine,
    say: Say,
) -> Answer:
    """Return the finished run of a screen whose pixels are prepared in the folder of the answer.

    Args:
        store: The prepared pixels.
        folder: Of the answer; what is there of it is used.
        asked: By the user.
        machine: Device and threads.
        say: Called with short sentences.

    Raises:
        InputError: The folder answers another question, or the screen cannot be learned from.
    """
    with looked_for(folder):  # a file that was given is copied there
        return _answered(store, folder, asked, machine, say)


def _answered(store: Screen, folder: Path, asked: Asked, machine: Machine, say: Say) -> Answer:
    state, facts = State.open(folder, asked.plain), Facts.of(store)
    table, choices = learned(facts, store.channels, folder, asked, machine, say, state)
    recipe = Recipe.from_table(table)
    run(recipe, folder, folder / RUN, say, machine=machine, page=False)
    known = state.known("chain")
    if known is None:
        say("choosing the chain of steps by replicates")
        chosen = choose_of_run(RunFolder(folder / RUN), recipe.settings, facts, asked.seed)
        known = {"steps": chosen.steps, "nested": chosen.nested}, [chosen.choice]
        state.keep("chain", *known)
    chain, chained = known
    unit = bool(recipe.settings.get("joined"))
    table = {**table, "profiling": judging.profiling(facts, chain["steps"], unit=unit)}
    final = recipe_with(table, asked.changes)
    write_text(folder / RECIPE, final.to_toml())
    results = run(final, folder, folder / RUN, say, machine=machine, page=False)
    return Answer(
        results=results,
        facts=facts,
        choices=(*choices, *chained),
        settings=final.settings,
        metrics=dict(table["metrics"]),
        taught=_taught(table, asked),
    )


def _taught(table: Mapping[str, Any], asked: Asked) -> bool | None:
    """Return whether the network learned with treatments as labels; None: not known."""
    if "method" in table:
        return bool(table["views"]["pairs"]["same"] != ["image"])
    public = asked.model.startswith(("timm:", "transformers:"))
    return False if public else None
