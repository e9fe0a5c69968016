r"""What the package `regex` reads otherwise than Python's `re`: it is refused, never answered.

`re` is the meaning of a recipe's expressions, `regex` the one that can be stopped. What `re` does
not know (`\p{L}`, `\K`, `(?|`, `\L<names>`) it refuses itself, and it warns of what may become set
operations. What is left means something to both, and not the same: `a{e}` is text for `re` and an
inexact match for `regex`. Found by trying random expressions on random names, and every character
of Unicode on every class; the tests repeat it.
"""

from __future__ import annotations

import re
from functools import cache

import regex

_TOKEN = re.compile(
    r"""(?P<escape>\\.)
    | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
    | \(\?\#[^)]*\)                             # a comment
    | (?P<flags>\(\?[aiLmsux-]+[:)])
    | \{(?:\d+,?\d*|,\d+)\}                     # how often
    | (?P<brace>\{)
    | .""",
    re.DOTALL | re.VERBOSE,
)
_CLASSES = re.compile(r"\\[wWdDsSb]")
_TURKISH = "\u0130\u0131"  # the I with a dot and the i without one: `re` pairs them with i


def read_otherwise(text: str, flags: int) -> tuple[str, str]:
    """Return the first part of an expression that the two read otherwise, and how to write it.

    Args:
        text: An expression that `re` compiles without a warning.
        flags: Of the compiled expression, with those that it is used with.

    Returns:
        The part and the fix; both empty where there is none.
    """
    for token in _TOKEN.finditer(text):
        found, kind = token.group(), token.lastgroup
        if kind == "brace":
            return found, r"for the sign itself write \{"
        if kind == "set" and re.search(r"\[:", found[1:]):
            return found, r"name the characters, as [A-Za-z]; for the sign [ itself write \["
        if found == r"\B":
            return found, r"write what is on both sides, as (?<=\w)(?=\w)"
        if kind == "flags" and ("x" in found or (found.endswith(":") and set("auL") & set(found))):
            return found, "write the expression without it"
    sign = next((sign for sign in text if sign in _TURKISH), "") if flags & re.IGNORECASE else ""
    return sign, "let small and capital letters differ" if sign else ""


def sign_read_otherwise(name: str, text: str, flags: int) -> str:
    r"""Return the first character of a name that the two count otherwise; empty if there is none.

    Of ASCII these are four control characters. Of other characters they are those that Unicode adds
    from one version to the next, raised digits, fractions, and accents apart from their letters
    (macOS writes names so), which are part of `\w` for `regex` alone.

    Args:
        name: What is searched.
        text: The expression.
        flags: As `read_otherwise`.
    """
    if name.isascii() and name.isprintable():
        return ""
    if flags & re.IGNORECASE and (sign := next((s for s in name if s in _TURKISH), "")):
        return sign
    if flags & re.ASCII:
        return ""
    used = {found.lower().replace("b", "w") for found in _CLASSES.findall(text)}
    return next((sign for sign in name if not all(_alike(sign, kind) for kind in used)), "")


@cache
def _alike(sign: str, kind: str) -> bool:
    one, other = re.fullmatch(kind, sign), regex.fullmatch(kind, sign, regex.VERSION0)
    return bool(one) == bool(other)
