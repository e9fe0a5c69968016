"""What a pixel step is, and chains of them: built from tables, applied, replayed for a saved model.

A pixel step turns a Screen into a Screen, as a profiling step turns Profiles into Profiles. A chain
of them is written in a recipe under [[pixels]]; the pixel store writes what comes out at its end.

Each is a frozen dataclass with keyword fields, one file in this room. Its call returns
`screen.after(self, result, ...)` (or `screen.keep(self, mask)` where it only drops images), which
writes the history. It changes pixels by wrapping `screen.read`, so nothing is read before the
store asks for it; the wrapped reader is a `functools.partial` of a module's function, so that it
pickles. A row's pixels depend on that row only, never on which rows are read together: by this the
pixels of unchanged images are taken from an earlier store (`store/earlier.py`). Where they depend
on more (`illumination`: on the plate), the step puts the files of those images into `identify`, and
what it estimates into `learned`: the store keeps it in a file.

A step may change the rows (cells found in fields) or drop some. Where the rows depend on pixels it
must read them when it is called: it says `lazy = False`.

Class attributes that say more about a step:
    replayed: ClassVar[bool] = True. Whether the step is applied again when a saved model embeds
        another screen. False for a step that selects images of the training screen (`where`).
    last: ClassVar[bool] = False. True for the step that sets the intensity rule (`rescale`).
    lazy: ClassVar[bool] = True. False where the call reads pixels.
    example(screen): classmethod, returns the step with settings that suit any given screen; the
        contract test uses it.

z is a column `z` (one row per plane), which `project` reduces to one row per field; time is a
column `time` (one row per time point), which no other step needs to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from phenolens.core.errors import InputError
from phenolens.core.registry import build
from phenolens.core.screen import Screen

Tables = Sequence[Mapping[str, Any]]
_MOST = 100  # each wraps the reader of the one before


@runtime_checkable
class PixelStep(Protocol):
    """Screen in, Screen out; the input is not changed."""

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen that this step makes of the given one."""
        ...


def build_chain(tables: Tables, where: str = "pixels") -> tuple[PixelStep, ...]:
    """Return the steps that plain tables describe, all checked before any runs.

    A chain without a step that sets the intensity rule gets `rescale` with its defaults appended,
    so it may have one step more than there are tables.

    Raises:
        InputError: An unknown step or setting, a step after the one that sets the rule, or more
            than 100 steps.
    """
    if len(tables) > _MOST:
        raise InputError(f"has {len(tables)} steps, and {_MOST} are the most", where=where)
    steps = [build("pixels", table, f"{where}.{i}") for i, table in enumerate(tables)]
    for i, step in enumerate(steps[:-1]):
        if _is_last(step):
            raise InputError(
                f"'{tables[i]['step']}' must be the last pixel step",
                where=f"{where}.{i}",
                fix="move it to the end, and use one such step only",
            )
    if not steps or not _is_last(steps[-1]):
        steps.append(build("pixels", {"step": "rescale"}, f"{where}.{len(steps)}"))
    return tuple(steps)


def apply_chain(steps: Sequence[PixelStep], screen: Screen, where: str = "pixels") -> Screen:
    """Return what a chain makes of a screen: each step is called on what the last one made.

    Raises:
        InputError: As the steps do; names the place of the step in the chain.
    """
    for i, step in enumerate(steps):
        screen = _apply(step, screen, f"{where}.{i}")
    return screen


def replay(tables: Tables, screen: Screen, where: str = "pixels") -> Screen:
    """Return another screen, prepared as the training screen of a saved model was.

    Applies the chain of the model's card, except `where`, `flag_quality` and
    `mark_controls`, which concern the training screen only (`replayed = False`): every image of the
    given screen is embedded.

    Args:
        tables: The chain as plain tables, as the card holds it.
        screen: The screen to prepare.
        where: Place of the tables, for messages.

    Raises:
        InputError: A table or step does not fit the screen: names its place in the chain.
    """
    for i, step in enumerate(build_chain(tables, where)):
        if getattr(step, "replayed", True):
            screen = _apply(step, screen, f"{where}.{i}")
    return screen


def _apply(step: PixelStep, screen: Screen, where: str) -> Screen:
    try:
        return step(screen)
    except InputError as error:
        raise error.at(where) from error


def _is_last(step: PixelStep) -> bool:
    return bool(getattr(step, "last", False))
