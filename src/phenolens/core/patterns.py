"""Regular expressions of users and of files: matched within a limit of time.

An expression such as `(a+)+b` takes longer than a life for a text of 40 letters. `re` has no limit
of its own, so it is stopped from outside: by a timer of the system, or, where there is none
(Windows, a thread), by ending the process that matches.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError, shown

How = Literal["search", "fullmatch"]
Groups = tuple[str | None, ...]
SECONDS = 5.0  # for a block of texts, which usually takes a thousandth of one
_BLOCK = 1000  # texts
_FIX = "write it without a repeat in a repeat, as (a+)+, and with few .*"
_CHILD = """
import json, re, sys
pattern, flags, texts, how = json.load(sys.stdin)
found = [getattr(re.compile(pattern, flags), how)(text) for text in texts]
json.dump([None if one is None else one.groups() for one in found], sys.stdout)
"""


class _TooLongError(Exception):
    """The time is over."""


def expression(pattern: str) -> re.Pattern[str]:
    """Return a compiled regular expression.

    Raises:
        InputError: It is none: says where it goes wrong.

    Example:
        >>> expression("(?P<week>[0-9]+)_").groupindex["week"]
        1
    """
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise InputError(f"{shown(pattern)} is not a regular expression: {error}") from error


def one_group(pattern: str) -> re.Pattern[str]:
    """Return a compiled regular expression that has one group.

    Raises:
        InputError: It is not an expression, or has another number of groups.
    """
    try:
        compiled = expression(pattern)
    except InputError as error:
        what = error.what.replace("expression:", "expression with one group:")
        raise InputError(what) from error
    if compiled.groups != 1:
        raise InputError(
            f"{shown(pattern)} is not a regular expression with one group: it has "
            f"{compiled.groups}",
            fix=r"put the batch in brackets, as '^(Week\d+)_', and (?:...) around the rest",
        )
    return compiled


def groups_in(
    compiled: re.Pattern[str], texts: Sequence[str], how: How, seconds: float = SECONDS
) -> list[Groups | None]:
    """Return the groups that an expression finds in each text, as `re` does; None: no match.

    Args:
        compiled: The expression.
        texts: What it is matched with.
        how: As the functions of `re` are called.
        seconds: Computing time that a thousand texts may take.

    Raises:
        InputError: It takes longer.

    Example:
        >>> groups_in(expression("w([0-9])"), ["w1_a", "x"], "search")
        [('1',), None]
    """
    in_main = threading.current_thread() is threading.main_thread()
    match = _timed if hasattr(signal, "setitimer") and in_main else _in_a_process
    found: list[Groups | None] = []
    for start in range(0, len(texts), _BLOCK):
        block = texts[start : start + _BLOCK]
        try:
            found += match(compiled, block, how, seconds)
        except (_TooLongError, subprocess.TimeoutExpired):
            raise InputError(
                f"{shown(compiled.pattern)} takes more than {seconds:g} seconds to match such "
                f"names as {shown(block[0])}",
                fix=_FIX,
            ) from None
    return found


def first_group(values: pd.Series, pattern: str) -> pd.Series:
    """Return what the one group of an expression finds in each value; NaN where it finds nothing.

    Args:
        values: (n,) text; a missing value gives NaN.
        pattern: As `one_group` takes it.

    Raises:
        InputError: As `one_group` and `groups_in`.
    """
    distinct = [str(value) for value in values.dropna().unique()]
    found = groups_in(one_group(pattern), distinct, "search")
    groups = {name: one[0] for name, one in zip(distinct, found, strict=True) if one}
    made = values.astype(object).map(groups, na_action="ignore").astype(object)
    return made.where(made.notna(), np.nan)


def _timed(
    compiled: re.Pattern[str], texts: Sequence[str], how: How, seconds: float
) -> list[Groups | None]:
    """Match until the timer rings; `re` looks for signals while it searches."""
    match = compiled.search if how == "search" else compiled.fullmatch
    with _timer(seconds):
        return [None if (one := match(text)) is None else one.groups() for text in texts]


def _ring(*_: Any) -> None:
    raise _TooLongError


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    """Raise `_TooLongError` in the block after some seconds of computing."""
    before = signal.signal(signal.SIGVTALRM, _ring)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)


def _in_a_process(
    compiled: re.Pattern[str], texts: Sequence[str], how: How, seconds: float
) -> list[Groups | None]:
    """Match in a process of its own, which is ended when the time is over."""
    child = subprocess.run(  # noqa: S603  # Python itself, with a program of ours
        [sys.executable, "-I", "-S", "-c", _CHILD],
        input=json.dumps([compiled.pattern, compiled.flags, list(texts), how]),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=True,
    )
    return [None if one is None else tuple(one) for one in json.loads(child.stdout)]
