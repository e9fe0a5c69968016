"""Pixel steps that a command puts between a folder and its store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phenolens.intake.prepare import Planned

_WHERE = "--pixels"


def with_pixel_steps(planned: Planned, text: str, controls: str = "") -> Planned:
    """Return what is planned, with pixel steps on the way.

    Args:
        planned: What is to be prepared.
        text: Steps, as `illumination, resize(factor=0.5)`; empty: none.
        controls: The condition that marks controls, where one is given.

    Raises:
        InputError: An unknown step, one that does not fit, or one of a recipe alone.
    """
    from phenolens.chains.chain import read_chain
    from phenolens.core.errors import InputError
    from phenolens.pixels.base import apply_chain, build_chain

    if not text:
        return planned
    if ".toml" in text:
        fix = "name the steps here; a recipe's own are applied by `phenolens run`"
        raise InputError("is not the name of a file", where=_WHERE, fix=fix)
    try:
        tables = read_chain(text)
    except InputError as error:  # it names --steps, the same text of other commands
        raise InputError(error.what, where=_WHERE, fix=error.fix) from error
    *steps, _ = build_chain(tables, _WHERE)
    if controls and any(table["step"] == "mark_controls" for table in tables):
        what = "mark_controls would replace the controls that --controls marks"
        raise InputError(what, where=_WHERE, fix="leave one of the two out")
    if len(steps) < len(tables):
        fix = "leave it out here: a store keeps counts, and a recipe says how they are scaled"
        raise InputError(f"'{tables[-1]['step']}' is a step of a recipe", where=_WHERE, fix=fix)
    return replace(planned, screen=apply_chain(steps, planned.screen, _WHERE))
