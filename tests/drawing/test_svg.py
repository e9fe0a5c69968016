from __future__ import annotations

import jinja2

from phenolens.drawing.svg import Markup, percent, tag


def test_plain_text_is_escaped_and_markup_is_not() -> None:
    inner = tag("b", "<i>")
    assert tag("p", inner, "a & b") == "<p><b>&lt;i&gt;</b>a &amp; b</p>"


def test_attributes_are_escaped_renamed_and_left_out() -> None:
    made = tag("rect", class_="x", stroke_width=2.50, title='"><script>', rx=None, hidden=False)
    assert made == ('<rect class="x" stroke-width="2.5" title="&quot;&gt;&lt;script&gt;"></rect>')


def test_jinja_trusts_markup_and_nothing_else() -> None:
    template = jinja2.Environment(autoescape=True).from_string("{{ a }}{{ b }}")
    assert template.render(a=Markup("<p>"), b="<p>") == "<p>&lt;p&gt;"


def test_percent_keeps_two_decimals() -> None:
    assert [percent(v) for v in (0, 50, 33.3333)] == ["0%", "50%", "33.33%"]
