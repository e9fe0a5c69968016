"""What the JSON files of a run must hold, so that a page can be made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_FIGURES = ("value", "low", "high", "hits", "n", "null", "null_high", "p")
_LARGEST = 1e300  # of a number that can be drawn
_WORDS = ("device", "found")  # costs that are not numbers


def wrong_results(results: Mapping[str, Any]) -> str:
    """Return the first value of `results.json` that is of another kind, in words; empty: none."""
    return next(_of_results(results), "")


def wrong_log_facts(facts: Mapping[str, Any]) -> str:
    """Return the first value of the facts of a log that is of another kind; empty: none."""
    return next(_numbers(facts, "", ("collapsed_loss", "dim")), "")


def _of_results(results: Mapping[str, Any]) -> Iterator[str]:
    yield from _numbers(results, "", ("seed",))
    for key in ("recipe", "version"):
        if not isinstance(results.get(key), str | None):
            yield f"'{key}' is not text"
    yield from _texts(results, "")
    yield from _table(results, "", "cost")
    cost = results.get("cost") or {}
    yield from _numbers(cost, "cost.", tuple(key for key in cost if key not in _WORDS))
    yield from _scores(results, "", "scores")
    yield from _explanations(results)
    yield from _table(results, "", "failed")
    for name, why in (results.get("failed") or {}).items():
        if not isinstance(why, str):
            yield f"'failed.{name}' is not text"
    yield from _table(results, "", "baselines")
    for name in results.get("baselines") or {}:
        yield from _scores(results["baselines"], "baselines.", name)


def _explanations(results: Mapping[str, Any]) -> Iterator[str]:
    yield from _table(results, "", "explanations")
    named = results.get("explanations") or {}
    for name, models in named.items() if isinstance(named, Mapping) else ():
        yield from _table(named, "explanations.", name)
        for model in models if isinstance(models, Mapping) else ():
            yield from _table(models, f"explanations.{name}.", model)


def _scores(tables: Mapping[str, Any], above: str, key: str) -> Iterator[str]:
    """Yield what is wrong with a table of scores by name."""
    yield from _table(tables, above, key)
    scores, above = tables.get(key) or {}, f"{above}{key}."
    for name in scores:
        yield from _table(scores, above, name)
        score, inner = scores[name] or {}, f"{above}{name}."
        yield from _numbers(score, inner, _FIGURES)
        yield from _texts(score, inner)
        yield from _table(score, inner, "ahead")
        yield from _numbers(score.get("ahead") or {}, f"{inner}ahead.", _FIGURES)


def _table(within: Mapping[str, Any], above: str, key: str) -> Iterator[str]:
    if not isinstance(within.get(key), Mapping | None):
        yield f"'{above}{key}' is not a table"


def _texts(within: Mapping[str, Any], above: str) -> Iterator[str]:
    notes = within.get("notes") or []
    if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
        yield f"'{above}notes' is not a list of text"


def _numbers(within: Mapping[str, Any], above: str, keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        value = within.get(key)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and abs(value) <= _LARGEST):
            yield f"'{above}{key}' is not a number"
