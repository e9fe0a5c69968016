"""A section is its template, filled; plain text in it is escaped."""

from __future__ import annotations

from phenolens.overview.part import fill


def test_a_template_is_filled_and_escaped() -> None:
    part = fill("making", "How it was made", facts=[("Command", "a < b")])
    assert (part.id, part.title, part.label) == ("making", "How it was made", "How it was made")
    assert "<td>a &lt; b</td>" in part.html
