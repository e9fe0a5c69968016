"""The frame: sections in order with their anchors, and nothing from outside."""

from __future__ import annotations

from phenolens.overview.frame import framed
from phenolens.overview.part import fill


def test_sections_have_headings_and_anchors() -> None:
    head = fill("making", "", facts=[("x", "head")])
    part = fill("making", "How it was made", facts=[("x", "body")])
    html = framed("<name>", head, [part], {"n": "</script>"})
    assert "<title>&lt;name&gt;" in html
    assert '<section id="making">' in html
    assert '<a href="#making">How it was made</a>' in html
    assert html.index("head") < html.index("body")
    assert html.count("</script>") == 2
