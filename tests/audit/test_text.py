from __future__ import annotations

import importlib.util
from pathlib import Path

from phenolens.audit.text import write_audit

_SPEC = importlib.util.spec_from_file_location(
    "audit_page_summary", Path(__file__).with_name("test_audit_page.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
_PAGE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_PAGE)


def test_the_text_leads_with_the_verdict_and_fits_a_terminal() -> None:
    text = write_audit(_PAGE.SUMMARY)
    lines = text.splitlines()
    assert lines[0] == "Not believable: a <leak>."
    assert max(map(len, lines)) <= 110
    assert "LEAK    column 'x' is in" in text
    assert "Mend: `drop`" in text
    assert "NSCB, strict: not asked: no `batch`" in text
    assert "random features 0.10" in text
    assert "NSC 0.80 (+0.30 [+0.10, +0.40])" in text
    assert text.endswith("\n")
