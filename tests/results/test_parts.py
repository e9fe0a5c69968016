from __future__ import annotations

from phenolens.results.parts import Part


def test_a_value_is_made_when_it_is_asked_for() -> None:
    made = []

    def value() -> list[int]:
        made.append(1)
        return [2, 3]

    part = Part(value)
    assert not made
    assert part.value() == [2, 3]
    assert made == [1]
    assert not part.first
