from __future__ import annotations

import time

import pytest

from phenolens.audit.clock import Clock


def test_sections_are_reported_and_timed_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = iter([1.0, 3.5, 3.5, 4.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    reported: list[str] = []
    clock = Clock(reported.append)
    clock.start("codes")
    clock.start("probes")
    clock.stop()
    assert reported == ["codes", "probes"]
    assert clock.seconds == {"codes": 2.5, "probes": 0.5}
