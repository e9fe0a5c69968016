from __future__ import annotations

from phenolens.auto.choice import Choice


def test_it_is_a_line_with_its_reason() -> None:
    assert str(Choice("size", "as it is", "it is small")) == "size: as it is (it is small)"
