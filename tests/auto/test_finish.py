"""The end of the way is tested on a whole answer in `test_auto.py` and by the command."""

from __future__ import annotations

from phenolens.auto.finish import AUDIT


def test_the_audit_is_a_page() -> None:
    assert AUDIT.endswith(".html")
