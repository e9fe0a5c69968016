from __future__ import annotations

import pandas as pd

from phenolens.neighbours.cell_lines import rows_by_line


def test_lines_are_matched_by_column_and_whole() -> None:
    """Cell line M14 collides with well M14 where names are searched for substrings."""
    meta = pd.DataFrame(
        {"cell_line": ["HT29", "M14", "M1", " M14"], "well": ["M14", "A01", "M14", "A02"]}
    )
    lines, notes = rows_by_line(meta)
    assert {k: v.tolist() for k, v in lines.items()} == {"HT29": [0], "M1": [2], "M14": [1, 3]}
    assert not notes


def test_no_column_is_one_line_and_a_missing_name_none() -> None:
    assert list(rows_by_line(pd.DataFrame({"well": ["A01", "A02"]}))[0]) == [""]
    lines, notes = rows_by_line(pd.DataFrame({"cell_line": ["x", None, " "]}))
    assert lines["x"].tolist() == [0]
    assert notes == ["rows without cell_line left out: 2"]


def test_times_have_one_name_whatever_their_type() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-02", "2024-01-03"]))
    for values in (days, days.astype(object)):
        lines, _ = rows_by_line(pd.DataFrame({"cell_line": values}))
        assert list(lines) == ["2024-01-02", "2024-01-03"]
