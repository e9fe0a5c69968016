"""How many epochs fit into the minutes that are given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phenolens.auto.choice import Choice
from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.progress import Say
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import CACHE, Cache
from phenolens.runs.job import Job
from phenolens.runs.recipe import Recipe
from phenolens.runs.source import inputs_of
from phenolens.runs.timed import timed_steps

_MOST = 200  # epochs: longer trainings are for a recipe of the user's own


def epochs_for(
    minutes: float, table: Mapping[str, Any], root: Path, machine: Machine, say: Say
) -> tuple[int, Choice]:
    """Return the epochs of a training that take this long on this machine, and why.

    A few steps of the training are taken; pixels are prepared in the cache for it, where the run
    finds them.

    Args:
        minutes: For the training alone; preparing, embedding and scoring come on top.
        table: The recipe, with one epoch or more.
        root: The folder of the answer.
        machine: Device and threads.
        say: Called with one line.

    Raises:
        InputError: Less time than one epoch takes.
    """
    recipe = Recipe.from_table(table)
    opened = recipe.open(root)
    say("taking a few steps of the training, to see how many fit")
    with Cache(root / CACHE, say) as cache:
        job = Job(
            recipe, RunFolder(root / "run"), cache, machine, say, inputs_of(opened, recipe.makers)
        )
        (pace,) = timed_steps(job, opened, {}).values()
    each = pace.seconds / recipe.settings["training"]["epochs"]
    epochs = min(_MOST, int(60 * minutes / each))
    if epochs < 2:
        raise InputError(
            f"{count_of(minutes, 'minute is', 'minutes are')} too few: an epoch takes {each:.0f} s "
            "on this machine",
            where="--minutes",
            fix=f"give {2 * each / 60 + 0.1:.1f} or more",
        )
    rate = f"{pace.seconds_per_step:.3f} s per step, {each:.1f} s per epoch"
    why = f"{count_of(minutes, 'minute')} at {rate}, on this machine"
    if epochs == _MOST:
        why += f"; more than {_MOST} are for a recipe of your own"
    return epochs, Choice("training", f"{epochs} epochs", why)
