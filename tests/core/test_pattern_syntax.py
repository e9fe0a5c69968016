"""Every expression gets the answer of `re`, or is refused in words."""

from __future__ import annotations

import random
import re

import pytest

from phenolens.core.errors import InputError
from phenolens.core.pattern import Pattern

TWO_MEANINGS = (
    "[[:alpha:]]+",
    "[a[:digit:]]",
    "[[a-z]--[aeiou]]",
    "[a-z&&b]",
    "[a||b]",
    "[a~~b]",
    "(?:abc){e}",
    "(plate){e<=1}",
    "a{i<=1,d}",
    "a{s}",
    r"\B",
    "(?a:x)",
    "(?x) a # {e}",
    "(?x: a)",
    "(?i)\u0131",
    "{}",
)
NOT_PYTHON = (
    r"\p{L}",
    r"[\p{L}]",
    r"\L<names>",
    r"a\K",
    "(?|a|b)",
    r"\X",
    r"\G",
    r"\m",
    r"\h",
    "(?V1)a",
    "(?e)a",
    "(?b)a",
    "(?r)a",
    "(?R)",
    "(?&n)",
    "(?<n>a)",
    "(?(DEFINE)a)",
    "(*FAIL)",
    "(*PRUNE)",
    "(?P<a>x)|(?P<a>y)",
)


@pytest.mark.parametrize("text", [*TWO_MEANINGS, *NOT_PYTHON])
def test_what_they_read_otherwise_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"may be read in two ways|is not a regular expression"):
        Pattern.of(text, "pattern")


def test_the_message_says_how_to_write_it() -> None:
    with pytest.raises(InputError, match=r"^pattern: '\{' in 'a\{e\}' may be read in two ways; .*"):
        Pattern.of("a{e}", "pattern")
    assert Pattern.of(r"(a\{e\}[{:])", "pattern").search("a{e}:") == "a{e}:"
    with pytest.raises(InputError, match="Possible nested set"):
        Pattern.of("[[a]", "pattern")


@pytest.mark.parametrize("name", ["P²", "e\u0301", "\x1c"])
def test_signs_that_they_count_otherwise_are_refused(name: str) -> None:
    text = r"([\w\s]+)"
    with pytest.raises(InputError, match=r"has .* \(U\+.*as \[\^/\]\+ in place of"):
        Pattern.of(text, "pattern").search(name)
    assert Pattern.of(r"(\d)|", "pattern").search(f"{name}1") in {"1", None}
    assert Pattern.of("(?a)" + r"([\w\s]*)", "pattern").search(name) is not None
    assert Pattern.of("(.+)", "pattern").fullmatch(name) == {}


PARTS = r"""a b ab . \w \d \s \b ^ $ \A \Z [ab] [^a] [a-c_] [\d_] [\W] (a) (b|) (?:a|ab) (?=a) (?!b)
    (?<=a) (?<!b) \1 (?P<x>a) (?P=x) (?(1)a|b) (?i:A) (?-i:a) (?s:.) (?m:^) (?m:$) (?#c{) _ 1 é \n
    []a] [a\]{] [-a] | ( (?: ) * + ? *? +? ?? {2} {1,2} {,2} {1,} {0,1}? {e} [[:alpha:]] \B (?a:\w)
    \{ } (?i) { \\""".split()  # noqa: SIM905


def test_random_expressions_have_the_answers_of_re() -> None:
    draw = random.Random(0)
    tried = refused = 0
    for _ in range(1500):
        text = "".join(draw.choices(PARTS, k=draw.randint(1, 6)))
        try:
            made = Pattern.of(text, "pattern")
        except InputError:
            refused += 1
            continue
        plain = re.compile(text)
        tried += 1
        for name in ("", *("".join(draw.choices("aabb_1A é\n{", k=5)) for _ in range(2))):
            theirs = plain.fullmatch(name)
            assert made.fullmatch(name) == (theirs.groupdict() if theirs else None), (text, name)
            if made.groups:
                found = plain.search(name)
                assert made.search(name) == (found[1] if found else None), (text, name)
    assert tried > 200 < refused
