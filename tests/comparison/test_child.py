"""A process of its own: what it prints, how it ends, and how it is asked to stop."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from phenolens.comparison.child import PROGRAM, Child, failure_in

PYTHON = (sys.executable, "-S", "-c")


def ended(child: Child) -> Child:
    while not child.has_ended():
        time.sleep(0.01)
    return child


def test_what_it_prints_is_kept_and_the_last_error_is_its_reason(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "a.log"
    code = "import os,sys; print('at work'); print('error: ' + os.environ['WHY']); sys.exit(2)"
    child = ended(Child([code], log, {"WHY": "no such column"}, PYTHON))
    assert child.failure() == "no such column"
    assert log.read_text().splitlines() == ["at work", "error: no such column"]
    child = ended(Child(["print('done')"], log, {}, PYTHON))
    assert child.failure() == ""
    assert log.read_text() == "done\n"
    assert 0 < child.seconds < 60


def test_one_that_says_nothing_has_a_status(tmp_path: Path) -> None:
    child = ended(Child(["import os; os._exit(7)"], tmp_path / "log", {}, PYTHON))
    assert child.failure() == "ended with status 7"


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_a_signal_is_passed_on_to_it_alone(tmp_path: Path) -> None:
    child = Child(["import time; time.sleep(60)"], tmp_path / "log", {}, PYTHON)
    assert not child.has_ended()
    child.stop(signal.SIGTERM)
    assert ended(child).failure() == "was ended by SIGTERM"
    child.stop(signal.SIGTERM)  # it is no longer there: nothing happens
    child = Child(["import time; time.sleep(60)"], tmp_path / "log", {}, PYTHON)
    child.stop(signal.SIGKILL)
    assert ended(child).failure() == "was ended by SIGKILL (is there enough memory?)"


def test_the_program_is_our_own_and_imports_nothing_from_where_we_are() -> None:
    assert PROGRAM[:2] == (sys.executable, "-P")


def test_a_log_has_the_last_error(tmp_path: Path) -> None:
    log, link = tmp_path / "a.log", tmp_path / "b.log"
    assert failure_in(log) == ""
    log.write_text("at work\nerror: one\nerror: two\nat work again\n")
    assert failure_in(log) == "two"
    log.write_text("the error: none\n")
    assert failure_in(log) == ""
    log.write_text("error: one\n")
    link.symlink_to(log)
    assert failure_in(link) == ""  # it may lead to a file of somebody else
