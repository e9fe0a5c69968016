from __future__ import annotations

from dataclasses import replace

from phenolens.audit.evidence import Evidence
from phenolens.audit.text import write_audit


def test_the_text_leads_with_the_verdict_and_fits_a_terminal(evidence: Evidence) -> None:
    text = write_audit(evidence)
    lines = text.splitlines()
    assert lines[0] == "Not believable: a <leak>."
    assert max(map(len, lines)) <= 110
    assert "LEAK    column 'x' is in" in text
    assert "Fix: `drop`" in text
    assert "NSCB, strict: not computed: no `batch`" in text
    assert "random features 0.10" in text
    assert "NSC 0.80 (+0.30 [+0.10, +0.40])" in text
    assert text.endswith("\n")


def test_without_a_chain_there_is_nothing_step_by_step(evidence: Evidence) -> None:
    assert "step by step" not in write_audit(replace(evidence, waterfall=()))
