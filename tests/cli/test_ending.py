"""How a command ends: status and one line."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

import pytest

from phenolens.cli.ending import run_and_end
from phenolens.core.errors import InputError
from phenolens.core.interrupt import Interrupted


def _raises(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (SystemExit(), 0, ""),
        (SystemExit(1), 1, ""),
        (SystemExit("no"), 1, "error: no\n"),
        (InputError("no such file", where="a.csv"), 2, "error: a.csv: no such file\n"),
        (FloatingPointError("the loss is not finite"), 1, "error: the loss is not finite\n"),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_each_end_has_its_status(
    capsys: pytest.CaptureFixture[str], error: BaseException, status: int, line: str
) -> None:
    assert run_and_end(_raises(error), debug=False) == status
    assert capsys.readouterr().err == line


def test_a_signal_says_how_to_go_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["phenolens", "run", "my recipe.toml"])
    status = run_and_end(_raises(Interrupted(signal.SIGTERM)), debug=False)
    assert status == 128 + signal.SIGTERM
    err = capsys.readouterr().err
    assert err.endswith("resume: phenolens run 'my recipe.toml'\n")
    assert len(err.splitlines()) == 1


def test_debug_shows_the_trace_before_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_and_end(_raises(InputError("bad")), debug=True) == 2
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert err.endswith("error: bad\n")
