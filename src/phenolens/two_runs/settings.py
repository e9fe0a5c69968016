"""Settings: the keys of two recipes that differ."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

ABSENT = "\u2013"
_OF_NO_SCORE = ("explanations",)  # what was asked after all scores were made


def differing(one: str, other: str) -> list[tuple[str, str, str]]:
    """Return key, value in the first recipe and value in the second of each key that differs.

    Args:
        one: The first resolved recipe, as TOML.
        other: The second one.

    Example:
        >>> differing("a.b = 2", "a.b = 3")
        [('a.b', '2', '3')]
    """
    before, after = (dict(_flat(_scored(text))) for text in (one, other))
    keys = list(dict.fromkeys([*before, *after]))
    found = ((key, before.get(key, ABSENT), after.get(key, ABSENT)) for key in keys)
    return [line for line in found if line[1] != line[2]]


def _scored(text: str) -> dict[str, Any]:
    """Return the tables of a recipe that shape its scores."""
    return {key: value for key, value in tomllib.loads(text).items() if key not in _OF_NO_SCORE}


def _flat(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from _flat(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list) and any(isinstance(one, Mapping) for one in node):
        for place, value in enumerate(node, start=1):
            yield from _flat(value, f"{path}[{place}]")
    else:
        yield path, _written(node)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return str(value)
