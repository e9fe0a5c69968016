"""The command that lists what there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_ALSO = {"steps": "profiling", "layouts": "screens"}  # what they are called by those who use them


def list_all(
    room: Annotated[str | None, typer.Argument(help="One kind of thing only.")] = None,
) -> None:
    """List layouts, encoders, methods, steps, metrics and shipped recipes, a line each.

    Example: `phenolens list metrics`
    """
    from phenolens.core.errors import InputError, nearest
    from phenolens.core.registry import ROOMS, catalogue
    from phenolens.runs.recipe import shipped_recipes

    room = _ALSO.get(room or "", room)
    if room and room not in (*ROOMS, "recipes"):
        raise InputError(
            "nothing of that kind", where=room, fix=nearest(room, (*ROOMS, "recipes", *_ALSO))
        )
    for name in (*ROOMS, "recipes"):
        if room in (None, name):
            typer.secho(name, bold=True)
            told = (
                {k: first_comment(p) for k, p in shipped_recipes().items()}
                if name == "recipes"
                else {k: entry.summary for k, entry in catalogue(name).items()}
            )
            for key, summary in told.items():
                typer.echo(f"  {key:22} {summary}")


def first_comment(path: Path) -> str:
    """Return the comment that a file begins with."""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return first.removeprefix("#").strip()
