"""Messages, notes, docstrings, comments and pages use plain modern English."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "phenolens"

# What is scanned: rooms of the package (None: all), and pages and recipes by glob.
ROOMS: frozenset[str] | None = None
NOT_YET: frozenset[str] = frozenset()
PAGES = ("*.md", "docs/**/*.md", "recipes/*.toml", "benchmarks/RESULTS.md")

_NOUN = "(row|cell|image|site|field|well|plate|batch|profile|treatment|file|line|page|entry)"
# Pattern -> what to write instead. Each matches whole words, in any case.
WORDS = {
    r"mend(s|ed|ing)?": "fix",
    r"whom": "which rows, which treatments",
    r"beside": "next to, or compared with",
    r"hang(s|ing)? on|hangs?": "depend on",
    r"hang together": "are not independent",
    r"(un)?told(?! apart)": "given, named, reported",
    r"goes without": "set it to skip this check",
    # Archaic for `is`, `are`, `appears`; not understand, standard, standing, outlier, believe.
    r"stands?(?! (for|out)\b)": "is, appears",
    r"lies?": "is, are",
    rf"a {_NOUN} a {_NOUN}|(one|two|controls?|[0-9]+) a {_NOUN}": "one row per cell",
    r"(?<!there )(is|are) no(?= (?!(longer|more|less|better|worse|nearer|problem|reason)\b))": (
        "is not a"
    ),
}
# A line that may keep a word: (file, text of the line) -> why.
ALLOWED: dict[tuple[str, str], str] = {}

_FORBIDDEN = {
    re.compile(rf"(?<![\w-])({pattern})(?![\w-])", re.IGNORECASE): better
    for pattern, better in WORDS.items()
}
_F_STRING = re.compile("[rR]?[fF]")
_EXPRESSION = re.compile(r"\{[^{}]*(\{[^{}]*\}[^{}]*)*\}")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def prose_of_python(code: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text of every line of a comment or string, without code in it."""
    prose = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", -1)}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type in prose:
            text = token.string
            if _F_STRING.match(text):  # Python 3.11 gives an f-string as one token
                text = _EXPRESSION.sub(_blank, text)
            yield from enumerate(_without_code(text).splitlines(), start=token.start[0])


def prose_of_page(text: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text of every line of a page, without its code."""
    yield from enumerate(_without_code(text).splitlines(), start=1)


def prose_of_recipe(text: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text of every comment of a TOML file."""
    for number, line in enumerate(text.splitlines(), start=1):
        yield number, _without_code(line.partition("#")[2])


PROSE = {".py": prose_of_python, ".md": prose_of_page, ".toml": prose_of_recipe}


def _without_code(text: str) -> str:
    """Blank out code between backticks, keeping the line breaks."""
    return _CODE.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def complaints(prose: Iterator[tuple[int, str]]) -> list[tuple[int, str, str]]:
    """Return line number, word and what to write instead, for every forbidden word."""
    return sorted(
        (line, found[0], better)
        for line, text in prose
        for pattern, better in _FORBIDDEN.items()
        for found in pattern.finditer(text)
    )


def scanned() -> list[Path]:
    """Return the files of the rooms and pages that are scanned."""
    code = [
        path
        for path in sorted(SOURCE.rglob("*.py"))
        if (ROOMS is None or path.relative_to(SOURCE).parts[0] in ROOMS)
        and path.relative_to(SOURCE).as_posix() not in NOT_YET
    ]
    pages = {path for pattern in PAGES for path in ROOT.glob(pattern)}
    return code + sorted(pages)


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", scanned(), ids=_relative)
def test_no_file_uses_a_word_of_the_list(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    name = _relative(path)
    wrong = [
        f"{name}:{line}: '{word}': write {better}"
        for line, word, better in complaints(PROSE[path.suffix](text))
        if (name, lines[line - 1].strip()) not in ALLOWED
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_every_pattern_and_exemption_is_used() -> None:
    assert all(list(ROOT.glob(pattern)) for pattern in PAGES)
    assert all((SOURCE / name).is_file() for name in NOT_YET)
    unused = [
        (name, line)
        for name, line in ALLOWED
        if line not in map(str.strip, (ROOT / name).read_text("utf-8").splitlines())
    ]
    assert not unused


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Mend the value", "Mend"),
        ("whom it leaves out", "whom"),
        ("the chain in a file beside it", "beside"),
        ("the score hangs on the plate", "hangs on"),
        ("column 'x' stands twice", "stands"),
        ("would each stand twice", "stand"),
        ("how images lie on disk", "lie"),
        ("as told in the header", "told"),
        ("'x' is no key=value", "is no"),
        ("confounded goes without", "goes without"),
        ("metadata, a row a cell", "a row a cell"),
        ("ten wells, one a plate", "one a plate"),
        ("values that are no category", "are no"),
    ],
)
def test_a_forbidden_word_is_reported(text: str, word: str) -> None:
    assert [found for _, found, _ in complaints(iter([(1, text)]))] == [word]


@pytest.mark.parametrize(
    "text",
    [
        "We understand the standard deviation of outliers; it is outstanding.",
        "earlier figures, besides those of believers, relied on it",
        "amended, recommended, unchanged, hanging off a stand-in",
        "NSC stands for not-same-compound; two plates stand out",
        "the null of a normal distribution",
        "one row per cell, a plate per batch; the values a cell has",
        "there is no file; it is no longer there, and 0 is no better than 1",
    ],
)
def test_good_english_is_not(text: str) -> None:
    assert complaints(iter([(1, text)])) == []


def test_prose_is_found_and_code_is_not() -> None:
    code = (
        "mend = beside(told)  # we mend it\n"
        'def whom(x):\n    """First.\n\n    It stands `told` here."""\n'
        '    return (f"{mend}\\n lies in {beside:{told}} "\n        "whom")\n'
    )
    assert [(line, word) for line, word, _ in complaints(prose_of_python(code))] == [
        (1, "mend"),
        (5, "stands"),
        (6, "lies"),
        (7, "whom"),
    ]
    recipe = 'where = "moa in told"  # beside\n# they lie\n'
    assert [(line, word) for line, word, _ in complaints(prose_of_recipe(recipe))] == [
        (1, "beside"),
        (2, "lie"),
    ]
    page = "It `stands`.\n```\nmend\n```\nIt lies.\n"
    assert [(line, word) for line, word, _ in complaints(prose_of_page(page))] == [(5, "lies")]
