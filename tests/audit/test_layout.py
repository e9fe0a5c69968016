from __future__ import annotations

from collections.abc import Callable

from phenolens.audit.clock import Clock
from phenolens.audit.layout import look_at_layout
from phenolens.audit.levels import Levels
from phenolens.audit.protocols import PROTOCOLS, ask
from phenolens.core.profiles import Profiles
from phenolens.core.progress import silent


def test_positions_of_all_rows_are_not_predicted_where_compounds_keep_theirs(
    position_leak: Callable[[int, float], Profiles],
) -> None:
    levels = Levels.of(position_leak(0, 1.5))
    answers = {p.key: ask(p, levels, 0) for p in PROTOCOLS if p.key in {"nsc", "nscb_strict"}}
    clock = Clock(silent)
    layout = look_at_layout(levels, answers, 0, clock)
    clock.stop()
    assert layout.confounds.position.confounded
    reasons = {(row.column, row.on): row.why_not for row in layout.probes}
    assert "would predict compounds" in reasons["row", "all"]
    assert ("leak", "position_confounded") in {(f.severity, f.key) for f in layout.findings}
    assert layout.confounds.rows.controls == 72
    assert {share.place for share in layout.neighbours} == {"plate", "batch", "well position"}
    assert list(clock.seconds) == ["probes", "neighbours", "confounds"]
