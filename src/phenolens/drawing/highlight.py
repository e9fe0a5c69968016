"""The recipe's TOML with its keys, tables, strings and comments marked."""

from __future__ import annotations

import re

from phenolens.drawing.svg import Markup, tag

_TOKEN = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
    r"""|(?P<comment>\#[^\n]*)"""
    r"""|(?P<table>^\[[^\n]*\])"""
    r"""|(?P<key>^[ \t]*[\w.-]+(?=[ \t]*=))""",
    re.MULTILINE,
)


def highlight(toml: str) -> Markup:
    """Return TOML as escaped HTML, each token in a span named by its kind.

    Example:
        >>> highlight('seed = 3 # <b>')
        '<span class="key">seed</span> = 3 <span class="comment"># &lt;b&gt;</span>'
    """
    parts: list[str] = []
    end = 0
    for token in _TOKEN.finditer(toml):
        parts += [toml[end : token.start()], tag("span", token[0], class_=token.lastgroup)]
        end = token.end()
    wrapped = tag("i", *parts, toml[end:])
    return Markup(wrapped[3:-4])
