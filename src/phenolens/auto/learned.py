"""The recipe of an answer up to its embeddings: each setting with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from phenolens.auto import judging, model, pixels, training
from phenolens.auto.asked import Asked
from phenolens.auto.changes import recipe_with, with_changes
from phenolens.auto.choice import Choice
from phenolens.auto.facts import Facts
from phenolens.auto.minutes import epochs_for
from phenolens.auto.state import State
from phenolens.core.counts import count_of
from phenolens.core.machine import Machine
from phenolens.core.progress import Say
from phenolens.core.screen import Screen

STORE = "pixels"  # in the folder of the answer
BASELINES = ("untrained", "plain", "intensity", "cell_count")

Table = dict[str, Any]


def first_choices(screen: Screen, asked: Asked) -> list[Choice]:
    """Return what is decided from the table alone, before any pixel is read.

    Args:
        screen: As its layout reads it.
        asked: By the user.

    Raises:
        InputError: The screen cannot be answered, or a change of the recipe is wrong.
    """
    facts = Facts.of(screen)
    table, made = _begun(facts, asked)
    if asked.model:
        made.append(Choice("model", asked.model, "it was given"))
    else:
        more, choices = training.learning(facts, 2)
        recipe_with({**table, **more}, asked.changes)  # a mistake is named before pixels are read
        made += choices
        if not _epochs_given(asked):
            value = count_of(asked.minutes, "minute")
            why = "as asked; how many epochs that is, is timed later"
            made.append(Choice("training", value, why))
    return [*made, *judging.metrics(facts)[1], *judging.unnamed(facts)]


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
    table, choices = _begun(facts, asked)
    if asked.model:
        more, own, named = model.given(asked.model, facts, folder, names)
        table |= more | ({"pixels": [*pixels.quality(facts)[0], *own]} if own is not None else {})
        choices += named
        table = with_changes(table, _early(asked.changes))
    else:
        more, named = training.learning(facts, 2)
        table = with_changes(table | more, _early(asked.changes))
        choices += named
        if not _epochs_given(asked):
            epochs, timed = epochs_for(asked.minutes, table, folder, machine, say)
            table["training"] = training.learning(facts, epochs)[0]["training"]
            table = with_changes(table, _early(asked.changes))
            choices.append(timed)
    choices += [*judging.metrics(facts)[1], *judging.unnamed(facts)]
    recipe_with(table, asked.changes)  # a mistake is refused before it is kept
    state.keep("learned", table, choices)
    return table, choices


def _begun(facts: Facts, asked: Asked) -> tuple[Table, list[Choice]]:
    """Return the recipe without its encoder, and why its pixel steps are as they are."""
    steps, choices = pixels.steps(facts)
    if asked.model and model.has_pixel_steps(asked.model):  # its own, in the place of these
        choices = [one for one in choices if one.name == "quality"]
    elif asked.model:
        steps = [_unstandardized(step) for step in steps]
        why = "plates and channels then have one range, 0 to 1, as the network takes it"
        choices = [replace(one, reason=why) if one.name == "intensity" else one for one in choices]
    table: Table = {
        "name": "answer",
        "seed": asked.seed,
        "screen": {"layout": "prepared", "store": STORE},
        "pixels": steps,
        "profiling": judging.profiling(facts, []),
        "metrics": judging.metrics(facts)[0],
        "baselines": list(BASELINES),
    }
    return table, choices


def _epochs_given(asked: Asked) -> bool:
    return any(change.startswith("training.epochs") for change in asked.changes)


def _early(changes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the changes that are not about the chain, which comes later."""
    return tuple(change for change in changes if not change.startswith("profiling"))


def _unstandardized(step: Mapping[str, Any]) -> Table:
    """Return a pixel step for a frozen network, whose pixels are in [0, 1]."""
    return {**step, "standardize": False} if step["step"] == "rescale" else dict(step)
