from __future__ import annotations

import html
import re

from phenolens.drawing.highlight import highlight

TOML = """# a comment with "quotes"
[method]
name = "sim#clr"  # why <b>
a.b = 'x = 1'
list = [1, 2]
"""


def test_the_text_is_unchanged_once_the_marks_are_taken_off() -> None:
    assert html.unescape(re.sub(r"</?span[^>]*>", "", highlight(TOML))) == TOML


def test_each_kind_of_token_is_marked() -> None:
    found = re.findall(r'<span class="(\w+)">(.*?)</span>', highlight(TOML))
    assert found == [
        ("comment", "# a comment with &quot;quotes&quot;"),
        ("table", "[method]"),
        ("key", "name"),
        ("string", "&quot;sim#clr&quot;"),
        ("comment", "# why &lt;b&gt;"),
        ("key", "a.b"),
        ("string", "&#x27;x = 1&#x27;"),
        ("key", "list"),
    ]
