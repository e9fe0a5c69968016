"""Every command explains itself, and the page of the command line names it."""

from __future__ import annotations

from pathlib import Path

from phenolens.cli.commands import COMMANDS, GROUPS, NAMED

PAGE = Path(__file__).resolve().parents[2] / "docs" / "command_line.md"


def test_every_command_has_a_summary_and_an_example() -> None:
    for command in COMMANDS:
        about = command.__doc__ or ""
        assert about.splitlines()[0].endswith("."), command.__name__


def test_the_page_names_every_command() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("| command | what it does |")[1].split("\n\n")[0]
    names = [command.__name__ for command in COMMANDS] + [*NAMED, *GROUPS]
    assert len(names) == len(set(names))
    missing = [n for n in names if f"`phenolens {n}" not in table and f"`{n}`" not in table]
    assert missing == ["explain"]  # under `run`, whose folder it asks
