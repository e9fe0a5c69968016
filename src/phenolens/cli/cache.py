"""Commands of the cache: list the stages that runs share, and clear them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from phenolens.cli.options import Json, say

CacheFolder = Annotated[
    Path, typer.Option("--cache", help="Folder of the cache, next to the folders of the runs.")
]
DEFAULT = Path("runs") / "phenolens-cache"

app = typer.Typer(rich_markup_mode="markdown")


@app.callback(invoke_without_command=True)
def list_cache(
    context: typer.Context, cache: CacheFolder = DEFAULT, *, as_json: Json = False
) -> None:
    """List the stages that runs share, with size, last use and contents; `clear` deletes some.

    Runs find prepared pixels, models, embeddings, profiles and scores here. Clearing a stage costs
    time, never a result: the folder of a run is complete on its own.

    Example: `phenolens cache` and `phenolens cache clear --stage prepare --older-than 30d`
    """
    if context.invoked_subcommand is not None:
        return
    from phenolens.core.counts import count_of
    from phenolens.runs.entries import entries

    listed = entries(cache)
    if as_json:
        typer.echo(json.dumps([_facts(entry) for entry in listed], indent=1))
        return
    for entry in listed:
        used = "in use" if entry.in_use() else f"{_age(time.time() - entry.used)} ago"
        typer.echo(f"{entry.name:26} {_size(entry.size):>9}  {used:>9}  {entry.about}")
    total = sum(entry.size for entry in listed)
    typer.echo(f"{count_of(len(listed), 'stage')}, {_size(total)} in {cache}")


@app.command("clear")
def clear(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="As listed: STAGE/KEY, or KEY.")
    ] = None,
    cache: CacheFolder = DEFAULT,
    stage: Annotated[
        str | None, typer.Option(help="This stage only: prepare, limits, train, embed, ...")
    ] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Not used for so long: 30d, 12h, 2w.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is not in use.")] = False,  # noqa: FBT002
) -> None:
    """Delete stages from the cache, by name, stage or age; never one that a process uses.

    Example: `phenolens cache clear --older-than 30d`
    """
    from phenolens.core.errors import InputError
    from phenolens.runs.entries import choose, entries
    from phenolens.runs.leftovers import clear_cache

    if not (names or stage or older_than or everything):
        raise InputError(
            "nothing says which stages to clear",
            where="cache clear",
            fix="give names, --stage, --older-than, or --all",
        )
    clear_cache(cache)  # of commands that were killed while they cleared
    freed = 0
    for entry in choose(entries(cache), names or (), stage, older_than):
        if entry.remove():
            freed += entry.size
            typer.echo(f"cleared {entry.name} ({_size(entry.size)}): {entry.about}")
        else:
            say(f"kept {entry.name}: in use")
    typer.echo(f"{_size(freed)} freed")


def _facts(entry: Any) -> dict[str, Any]:
    keys = ("stage", "key", "about", "size", "used", "finished")
    return {**{key: getattr(entry, key) for key in keys}, "in_use": entry.in_use()}


def _size(size: float) -> str:
    """Return a number of bytes as a person reads it.

    Example:
        >>> _size(512), _size(3_400_000)
        ('512 B', '3.4 MB')
    """
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _age(seconds: float) -> str:
    """Return a duration in its largest unit.

    Example:
        >>> _age(5), _age(200), _age(3 * 86400)
        ('5 s', '3 min', '3 d')
    """
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h")):
        if seconds < limit:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds // 86400:.0f} d"
