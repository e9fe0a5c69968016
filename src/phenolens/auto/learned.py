"""The recipe of an answer up to its embeddings: each setting with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phenolens.auto import judging, model, pixels, training
from phenolens.auto.asked import Asked
from phenolens.auto.choice import Choice
from phenolens.auto.facts import Facts
from phenolens.auto.minutes import epochs_for
from phenolens.auto.state import State
from phenolens.chains.settings import changed
from phenolens.core.machine import Machine
from phenolens.core.progress import Say
from phenolens.core.screen import Screen
from phenolens.runs.recipe import Recipe

STORE = "pixels"  # in the folder of the answer
BASELINES = ("untrained", "plain", "intensity", "cell_count")

Table = dict[str, Any]


def first_choices(screen: Screen, asked: Asked) -> list[Choice]:
    """Return what is decided from the table alone, before any pixel is read.

    Args:
        screen: As its layout reads it.
        asked: By the user.
    """
    facts = Facts.of(screen)
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
        *judging.unnamed(facts),
        Choice("channels", ", ".join(screen.channels), "all there are"),
    ]


def learned(  # noqa: PLR0913  # what is known, what was asked, and how
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
    choices += [*scored, *judging.unnamed(facts)]
    Recipe.from_table(changed(table, asked.changes))  # a mistake is refused before it is kept
    state.keep("learned", table, choices)
    return table, choices


def _early(changes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the changes that are not about the chain, which comes later."""
    return tuple(change for change in changes if not change.startswith("profiling"))


def _unstandardized(step: Mapping[str, Any]) -> Table:
    """Return a pixel step for a frozen network, whose pixels are in [0, 1]."""
    return {**step, "standardize": False} if step["step"] == "rescale" else dict(step)
