"""The command is shown as one would type it."""

from __future__ import annotations

import sys

import pytest

from phenolens.core.command import command_line


@pytest.mark.parametrize("program", ["/usr/bin/phenolens", "phenolens", "-c", "", "a/__main__.py"])
def test_the_command_can_be_pasted_into_a_shell(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys, "argv", [program, "run", "my recipe.toml", "--set", "a=[1, 2]"])
    assert command_line() == "phenolens run 'my recipe.toml' --set 'a=[1, 2]'"


def test_under_torchrun_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["phenolens", "run", "x"])
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert command_line() == "torchrun ... phenolens run x"


def test_another_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bin/train.py", "x"])
    assert command_line("--wait") == "train.py x --wait"
