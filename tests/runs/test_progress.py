"""The bar is for a terminal; elsewhere it says nothing."""

from __future__ import annotations

import pytest

from phenolens.runs.progress import Bar


def test_is_silent_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar("prepare") as bar:
        for done in range(3):
            bar(done, 3)
    assert capsys.readouterr() == ("", "")


def test_leaves_nothing_running_when_the_work_fails() -> None:
    bar = Bar("prepare")
    with pytest.raises(OSError, match="disk"), bar:
        raise OSError("disk")
    assert not bar._bar.live.is_started
