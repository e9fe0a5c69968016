"""Settings: the keys of two recipes that differ."""

from __future__ import annotations

import tomllib
from typing import Any

from phenolens.overview.recipes import ABSENT, plain_words, recipe_differences

_OF_NO_SCORE = ("explanations",)  # what was asked after all scores were made


def differing(one: str, other: str) -> list[tuple[str, str, str]]:
    """Return key, value in the first recipe and value in the second of each key that differs.

    Settings of an entry are compared where both have it: of another method they say nothing.

    Args:
        one: The first resolved recipe, as TOML.
        other: The second one.

    Example:
        >>> differing("a.b = 2", "a.b = 3")
        [('a.b', '2', '3')]
    """
    before, after = _scored(one), _scored(other)
    found = recipe_differences({"one": before, "other": after})
    here, there = ({own.key: own.value for own in found[name]} for name in ("one", "other"))
    keys = dict.fromkeys([*here, *there])
    lines = [(key, here.get(key, ABSENT), there.get(key, ABSENT)) for key in keys]
    seeds = plain_words(before.get("seed", ABSENT)), plain_words(after.get("seed", ABSENT))
    return [("seed", *seeds), *lines] if seeds[0] != seeds[1] else lines


def _scored(text: str) -> dict[str, Any]:
    """Return the tables of a recipe that shape its scores."""
    return {key: value for key, value in tomllib.loads(text).items() if key not in _OF_NO_SCORE}
