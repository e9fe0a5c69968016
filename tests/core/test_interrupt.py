"""A signal waits until a loop has finished its step; the second one does not wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from phenolens.core.interrupt import SIGNALS, Interrupted, as_interrupts, deferred


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Let signals raise, as the command line does, in this test only."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    as_interrupts()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.usefixtures("interrupts")
def test_a_signal_raises_and_says_which(number: signal.Signals) -> None:
    with pytest.raises(Interrupted, match=number.name) as caught:
        os.kill(os.getpid(), number)
    assert caught.value.signal == number


@pytest.mark.usefixtures("interrupts")
def test_what_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    as_interrupts()
    os.kill(os.getpid(), signal.SIGHUP)
    with deferred() as asked:
        os.kill(os.getpid(), signal.SIGHUP)
    assert asked.by == 0


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.usefixtures("interrupts")
def test_a_deferred_signal_waits_for_the_step(number: signal.Signals) -> None:
    done = []
    with pytest.raises(Interrupted) as caught, deferred() as asked:  # noqa: PT012
        for step in range(9):
            if step == 3:
                os.kill(os.getpid(), number)
            done.append(step)
            if asked.by:
                done.append(-1)
                asked.stop()
    assert caught.value.signal == number
    assert done == [0, 1, 2, 3, -1]


@pytest.mark.usefixtures("interrupts")
def test_a_second_signal_raises_at_once() -> None:
    with pytest.raises(Interrupted, match="SIGTERM"), deferred():  # noqa: PT012
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("was kept back")


@pytest.mark.usefixtures("interrupts")
def test_a_signal_in_the_last_step_is_not_lost() -> None:
    done = []
    with pytest.raises(Interrupted), deferred():  # noqa: PT012
        os.kill(os.getpid(), signal.SIGINT)
        done.append("last")
    assert done == ["last"]


@pytest.mark.usefixtures("interrupts")
def test_a_signal_of_another_process_of_the_run() -> None:
    with pytest.raises(Interrupted, match="SIGTERM"), deferred() as asked:
        asked.stop(signal.SIGTERM)


def test_in_python_it_is_what_python_makes_of_it() -> None:
    with pytest.raises(KeyboardInterrupt), deferred() as asked:  # noqa: PT012
        os.kill(os.getpid(), signal.SIGINT)
        asked.stop()


def test_without_a_handler_the_process_ends_by_the_signal() -> None:
    code = """
import os, signal
from phenolens.core.interrupt import deferred
with deferred() as asked:
    os.kill(os.getpid(), signal.SIGTERM)
    print("step", flush=True)
    asked.stop()
print("never")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "step\n"), done.stderr


def test_other_threads_are_left_alone() -> None:
    asked = []

    def work() -> None:
        with deferred() as one:
            asked.append(one.by)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert asked == [0]


def test_once_all_is_done_a_signal_ends_with_its_status() -> None:
    """Without a trace, and without the status of a process that was stopped."""
    code = """
import os, signal
from phenolens.core.interrupt import as_exits, as_interrupts
signal.signal(signal.SIGHUP, signal.SIG_IGN)
as_interrupts()
as_exits(3)
os.kill(os.getpid(), signal.SIGHUP)
os.kill(os.getpid(), signal.SIGTERM)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (3, b"")
