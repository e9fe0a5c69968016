from __future__ import annotations

from phenolens.screens.simulator.brightfield.appearance import SHARES
from phenolens.screens.simulator.brightfield.lines import HABITS, lines


def test_lines_have_names_of_their_own_and_differ_within_a_habit() -> None:
    found = lines(0, 21)
    assert len({line.name for line in found}) == 21
    assert [line.name for line in found[:7]] == [*(f"{h}-1" for h in HABITS), "islands-2"]
    assert found[0].appearance != found[6].appearance
    for line in found:
        values = line.appearance.as_dict()
        assert all(value > 0 for value in values.values())
        assert all(values[name] <= 0.95 for name in SHARES)


def test_a_line_does_not_depend_on_how_many_others_there_are() -> None:
    assert lines(4, 3) == lines(4, 9)[:3]
    assert lines(5, 3) != lines(4, 3)


def test_habits_are_what_they_are_called() -> None:
    by = dict(zip(HABITS, (line.appearance for line in lines(1, len(HABITS))), strict=True))
    assert max(by, key=lambda h: by[h].elongation) == "spindle"
    assert max(by, key=lambda h: by[h].cell_area) == "spread"
    assert max(by, key=lambda h: by[h].rounded) == "round"
    assert max(by, key=lambda h: by[h].density) == "cobblestone"
    assert max(by, key=lambda h: by[h].protrusion) == "stellate"
