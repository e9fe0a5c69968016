"""How figures are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from phenolens.cli.ending import FIXABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def print_scores(rows: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
    """Print a table of scores.

    Args:
        rows: (of what, name, figures as `Score.summary` gives them).
    """
    from rich.console import Console
    from rich.table import Table

    table = Table("", "score", "value", "hits", "95 % interval", "chance")
    for who, name, s in rows:
        hits = f"{s['hits']}/{s['n']}" if s["hits"] is not None else ""
        interval = "" if s["low"] is None else f"{s['low']:.3f} .. {s['high']:.3f}"
        table.add_row(who, name, number(s["value"]), hits, interval, number(s["null"]))
    Console().print(table)


def print_details(scores: Mapping[str, Mapping[str, Any]]) -> None:
    """Print each score's further figures and notes."""
    for name, score in scores.items():
        figures = score.get("figures", {})
        if figures:
            text = ", ".join(f"{key} {number(value) or '-'}" for key, value in figures.items())
            typer.echo(f"{name}: {text}")
        for note in score["notes"]:
            typer.echo(f"{name}: {note}")


def print_failed(failed: Mapping[str, str]) -> int:
    """Print one line on stderr for each metric that could not be computed; return the exit status.

    Args:
        failed: Name of a metric -> why.
    """
    from phenolens.core.errors import one_line

    for name, error in failed.items():
        named = error.startswith((f"{name} ", f"{name}:"))  # as most messages begin
        who = "" if named else f"{one_line(name, 80)}: "
        typer.secho(f"error: {who}{one_line(error)}", fg="red", err=True)
    return FIXABLE if failed else 0


def number(value: float | None) -> str:
    """Return a figure with three decimals; an empty text for None.

    Example:
        >>> number(0.8155), number(20), number(None)
        ('0.816', '20', '')
    """
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) > 1 else f"{value:.3f}"
