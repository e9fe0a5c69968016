"""The bar is for a terminal; elsewhere long work says a line now and then."""

from __future__ import annotations

import time

import pytest

from phenolens.runs.progress import Bar


def test_short_work_is_silent_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Bar("prepare") as bar:
        for done in range(3):
            bar(done, 3)
    assert capsys.readouterr() == ("", "")


def test_long_work_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 10.0, 31.0, 40.0, 62.0])  # made, then four calls
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    bar = Bar("prepare")
    for done in range(1, 5):
        bar(done, 9)
    assert capsys.readouterr().err == "prepare 2/9\nprepare 4/9\n"


def test_work_without_a_known_end_says_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 10.0, 31.0, 40.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    bar = Bar("copy")
    for folders in range(1, 4):
        bar.words(f"listed {folders} folders")
    assert capsys.readouterr().err == "listed 2 folders\n"


def test_leaves_nothing_running_when_the_work_fails() -> None:
    bar = Bar("prepare")
    with pytest.raises(OSError, match="disk"), bar:
        raise OSError("disk")
    assert not bar.live.is_started
