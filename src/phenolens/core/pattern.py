"""Regular expressions of a recipe: Python's, but none of them runs for ever."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

import regex

from phenolens.core.errors import InputError, shown
from phenolens.core.pattern_syntax import read_otherwise, sign_read_otherwise

_SECONDS = 2.0  # for one name: a sound expression takes microseconds
_LONGEST = 1000  # characters of an expression: a longer one may take the memory of the computer


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""A regular expression with a time limit.

    Some expressions, such as `(a|aa)+$`, take longer than the age of the universe for a name of 40
    letters. Python's own `re` cannot be stopped. The package `regex` takes a time limit and gives
    the same answers; where it would not, the expression is refused, or the name.

    Attributes:
        text: The expression.
        names: Of its named groups, in order.
        groups: How many groups it has.

    Example:
        >>> Pattern.of(r"(?P<plate>P\d)_(?P<well>\w+)", "pattern").fullmatch("P1_A01")
        {'plate': 'P1', 'well': 'A01'}
    """

    text: str
    names: tuple[str, ...]
    groups: int
    _compiled: Any = field(repr=False)
    _flags: int = field(repr=False)
    _where: str = field(repr=False)

    @classmethod
    def of(cls, text: str, where: str, *, small_and_capital: bool = False) -> Pattern:
        """Return the expression of a setting.

        Args:
            text: What the setting says.
            where: The setting, for the message.
            small_and_capital: Whether small and capital letters are one.

        Raises:
            InputError: It is not a regular expression, too long, or has a part that `re` and
                `regex` read otherwise.
        """
        if len(text) > _LONGEST:
            what = f"a regular expression of {len(text)} characters, at most {_LONGEST} are read"
            raise InputError(what, where=where)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", FutureWarning)  # of what may become set operations
                plain = re.compile(text, re.IGNORECASE if small_and_capital else 0)
            compiled = regex.compile(text, plain.flags & re.IGNORECASE | regex.VERSION0)
        except FutureWarning as warning:
            what = f"{shown(text)} may be read in two ways: {warning}"
            fix = r"write \ before a sign that is meant as itself, as \[ or \&"
            raise InputError(what, where=where, fix=fix) from warning
        except (re.error, regex.error, OverflowError, RecursionError) as error:
            what = f"{shown(text)} is not a regular expression: {error}"
            raise InputError(what, where=where) from error
        part, fix = read_otherwise(text, plain.flags)
        if part:
            what = f"{shown(part)} in {shown(text)} may be read in two ways"
            raise InputError(what, where=where, fix=fix)
        return cls(text, tuple(plain.groupindex), plain.groups, compiled, plain.flags, where)

    @classmethod
    def with_one_group(cls, text: str, where: str) -> Pattern:
        """Return the expression of a setting that finds one part of a name.

        Raises:
            InputError: As `of`, or it has no group, or several.
        """
        made = cls.of(text, where)
        if made.groups != 1:
            raise InputError(
                f"{shown(text)} is not a regular expression with one group: it has {made.groups}",
                where=where,
                fix="put the part in brackets, as '^(Week\\d+)_', and (?:...) around the rest",
            )
        return made

    def fullmatch(self, name: str) -> dict[str, str | None] | None:
        """Return the named groups if the expression matches the whole of a name, else None.

        Raises:
            InputError: It takes too long, or the name has a character that is read otherwise.
        """
        found = self._run(self._compiled.fullmatch, name)
        return None if found is None else {group: found[group] for group in self.names}

    def search(self, name: str) -> str | None:
        """Return the first group where the expression is found in a name; None if it is not.

        Raises:
            InputError: It takes too long, or the name has a character that is read otherwise.
        """
        found = self._run(self._compiled.search, name)
        return None if found is None else found[1]

    def _run(self, find: Any, name: str) -> Any:
        sign = sign_read_otherwise(name, self.text, self._flags)
        if sign:
            raise InputError(
                f"{shown(name)} has {shown(sign)} (U+{ord(sign):04X}), which {shown(self.text)} "
                "may or may not count as a letter, a digit or a blank",
                where=self._where,
                fix=r"name the characters, as [^/]+ in place of \w+, or rename it",
            )
        try:
            return find(name, timeout=_SECONDS)
        except TimeoutError as error:
            raise InputError(
                f"{shown(self.text)} takes more than {_SECONDS:.0f} s to search {shown(name)}",
                where=self._where,
                fix="write it so that each part of a name can match in one way only",
            ) from error
