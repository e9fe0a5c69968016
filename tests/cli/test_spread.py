"""A dataclass of options stands on the command line field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from phenolens.cli.spread import spread


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is read."""

    files: Annotated[list[str], typer.Argument(help="What to read.")]
    where: Annotated[str, typer.Option(help="Which rows.")] = "all"


@spread
def show(*, out: Annotated[str, typer.Option()], source: Source, loud: bool = False) -> None:
    """Print what was asked for."""
    print(out, source, loud)


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(show)
    return made


def test_its_fields_are_options_and_arguments(app: typer.Typer) -> None:
    found = CliRunner().invoke(app, ["a", "b", "--out", "o", "--where", "x", "--loud"])
    assert found.output.strip() == "o Source(files=['a', 'b'], where='x') True"
    found = CliRunner().invoke(app, ["a", "--out", "o"])
    assert found.output.strip() == "o Source(files=['a'], where='all') False"


def test_help_is_that_of_the_fields_and_of_the_command(app: typer.Typer) -> None:
    told = CliRunner().invoke(app, ["--help"]).output
    assert all(text in told for text in ("Print what was asked for", "What to read", "Which rows"))


def test_what_is_absent_is_said(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["a"]).exit_code == 2
    assert CliRunner().invoke(app, ["--out", "o"]).exit_code == 2
