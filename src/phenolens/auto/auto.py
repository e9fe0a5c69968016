"""From a prepared screen to a finished run, every setting decided here with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phenolens.auto import judging, model, pixels, training
from phenolens.auto.choice import Choice
from phenolens.auto.facts import Facts
from phenolens.auto.minutes import epochs_for
from phenolens.auto.state import State
from phenolens.auto.tuned import choose
from phenolens.chains.settings import changed
from phenolens.core.files import write_text
from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Say
from phenolens.core.run_folder import RunFolder
from phenolens.runs.recipe import Recipe
from phenolens.runs.results import Results
from phenolens.runs.run import run

STORE, RUN, RECIPE = "pixels", "run", "recipe.toml"  # in the folder of the answer
BASELINES = ("untrained", "plain", "intensity", "cell_count")

Table = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user asked for.

    Attributes:
        model: An encoder to use; empty: one is trained.
        minutes: For the training.
        seed: Of every draw.
        changes: `KEY=VALUE` of the recipe, which win over what is decided.
    """

    model: str = ""
    minutes: float = 30.0
    seed: int = 0
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished run, and why it is what it is.

    Attributes:
        results: Of the run.
        facts: Of the screen.
        choices: In the order in which they were made.
        metrics: Tables of the recipe.
    """

    results: Results
    facts: Facts
    choices: tuple[Choice, ...]
    metrics: Table

    @property
    def folder(self) -> RunFolder:
        """The folder of the run."""
        return RunFolder(self.results.folder)

    @property
    def embeddings(self) -> Profiles:
        """One row per tile."""
        return Profiles.load(self.folder.embedding("joint"))


def first_choices(facts: Facts, asked: Asked, names: tuple[str, ...]) -> list[Choice]:
    """Return what is decided from the table alone, before any pixel is read.

    Args:
        facts: Of the screen.
        asked: By the user.
        names: Of the channels.
    """
    _, made = pixels.steps(facts)
    if asked.model:
        made.append(Choice("model", asked.model, "it was given"))
    else:
        made += training.learning(facts, 2)[1]
        value = f"{asked.minutes:g} minutes"
        made.append(Choice("training", value, "as asked; how many epochs that is, is timed later"))
    return [
        *made,
        *judging.metrics(facts)[1],
        Choice("channels", ", ".join(names), "all there are"),
    ]


def answer(
    facts: Facts,
    names: tuple[str, ...],
    folder: Path,
    asked: Asked,
    machine: Machine,
    say: Say,
) -> Answer:
    """Return the finished run of a screen whose pixels are prepared in `folder / STORE`.

    Args:
        facts: Of the screen.
        names: Of its channels.
        folder: Of the answer; what is there of it is used.
        asked: By the user.
        machine: Device and threads.
        say: Called with short sentences.

    Raises:
        InputError: The folder answers another question, or the screen cannot be learned from.
    """
    state = State.open(folder, {k: _plain(getattr(asked, k)) for k in Asked.__slots__})
    table, choices = _learned(facts, names, folder, asked, machine, say, state)
    recipe = Recipe.from_table(table)
    run(recipe, folder, folder / RUN, say, machine=machine, page=False)
    known = state.known("chain")
    if known is None:
        say("choosing the chain of steps by replicates")
        embeddings = Profiles.load(RunFolder(folder / RUN).embedding("joint"))
        chosen = choose(embeddings, facts, asked.seed)
        known = {"steps": chosen.steps, "nested": chosen.nested}, [chosen.choice]
        state.keep("chain", *known)
    chain, chained = known
    table = {**table, "profiling": judging.profiling(facts, chain["steps"])}
    final = Recipe.from_table(changed(table, asked.changes))
    write_text(folder / RECIPE, final.to_toml())
    results = run(final, folder, folder / RUN, say, machine=machine, page=False)
    return Answer(
        results=results,
        facts=facts,
        choices=(*choices, *chained),
        metrics=dict(table["metrics"]),
    )


def _learned(  # noqa: PLR0913  # what is known, what was asked, and how
    facts: Facts,
    names: tuple[str, ...],
    folder: Path,
    asked: Asked,
    machine: Machine,
    say: Say,
    state: State,
) -> tuple[Table, list[Choice]]:
    """Return the recipe up to its embeddings, with wells as they are, and why."""
    if known := state.known("learned"):
        return known
    steps, choices = pixels.steps(facts)
    metrics, scored = judging.metrics(facts)
    table: Table = {
        "name": "answer",
        "seed": asked.seed,
        "screen": {"layout": "prepared", "store": STORE},
        "pixels": steps,
        "profiling": judging.profiling(facts, []),
        "metrics": metrics,
        "baselines": list(BASELINES),
    }
    if asked.model:
        more, own, named = model.given(asked.model, facts, folder, names)
        table |= more | ({"pixels": [{"step": "flag_quality"}, *own]} if own is not None else {})
        if own is None:
            table["pixels"] = [_unstandardized(step) for step in steps]
        choices += named
        table = changed(table, _early(asked.changes))
    else:
        table |= training.learning(facts, 2)[0]
        table = changed(table, _early(asked.changes))
        choices += training.learning(facts, 2)[1]
        if not any(change.startswith("training.epochs") for change in asked.changes):
            epochs, timed = epochs_for(asked.minutes, table, folder, machine, say)
            table["training"] = training.learning(facts, epochs)[0]["training"]
            table = changed(table, _early(asked.changes))
            choices.append(timed)
    choices += scored
    state.keep("learned", table, choices)
    return table, choices


def _early(changes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the changes that are not about the chain, which comes later."""
    return tuple(change for change in changes if not change.startswith("profiling"))


def _unstandardized(step: Mapping[str, Any]) -> Table:
    """Return a pixel step for a frozen network, whose pixels are in [0, 1]."""
    return {**step, "standardize": False} if step["step"] == "rescale" else dict(step)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
