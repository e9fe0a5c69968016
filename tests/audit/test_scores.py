from __future__ import annotations

from collections.abc import Callable

from phenolens.audit.clock import Clock
from phenolens.audit.levels import Levels
from phenolens.audit.protocols import PROTOCOLS, keys
from phenolens.audit.scores import score_all
from phenolens.core.profiles import Profiles
from phenolens.core.progress import silent


def test_every_protocol_is_answered_and_compared(clean: Callable[[int], Profiles]) -> None:
    scores = score_all(Levels.of(clean(0)), 0, Clock(silent))
    assert list(scores.answers) == [protocol.key for protocol in PROTOCOLS]
    counted, drawn = scores.baselines
    assert "no cell count" in counted.why_not
    assert set(drawn.scores) == set(keys("compared"))
    assert {(f.key, f.severity) for f in scores.findings} == {("chance", "fine")}
