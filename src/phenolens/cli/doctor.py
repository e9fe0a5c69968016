"""The command that looks whether all is well: versions, devices, folders, and a self-test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from phenolens.cli.cache import DEFAULT, CacheFolder
from phenolens.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Mapping


def doctor(cache: CacheFolder = DEFAULT, *, as_json: Json = False) -> None:
    """Show versions, devices, folders and settings, and test that phenolens computes right.

    Takes about ten seconds. What is wrong is listed with its fix, and the status is then 1.

    Example: `phenolens doctor`, and `phenolens doctor --json` for a report of a fault
    """
    from phenolens.cli.diagnosis import examine, has_extra
    from phenolens.cli.self_test import self_test

    found = examine(cache)
    if not as_json:
        for section, facts in found.facts.items():
            _print(section, facts)
        typer.secho("self-test", bold=True)
    checks = []
    for check in self_test(pixels=has_extra("train")):
        checks.append(check)
        if check.problem:
            found.blame(f"{check.name}: {check.problem}", check.fix)
        if not as_json:
            result = "WRONG" if check.problem else "right"
            typer.echo(f"  {check.name:42} {result}, {check.seconds:.1f} s")
    if as_json:
        report = {
            "ok": not found.problems,
            "facts": found.facts,
            "self_test": [check.facts() for check in checks],
            "problems": found.problems,
        }
        typer.echo(json.dumps(report, indent=1))
    else:
        _conclude(found.problems)
    raise typer.Exit(1 if found.problems else 0)


def _print(section: str, facts: Mapping[str, Any]) -> None:
    typer.secho(section, bold=True)
    for name, value in facts.items() or [("none", "")]:
        typer.echo(f"  {name:24} {value}".rstrip())


def _conclude(problems: list[dict[str, str]]) -> None:
    if not problems:
        typer.echo("all is well")
    for problem in problems:
        typer.secho(f"problem: {problem['what']}; {problem['fix']}", fg="red")
