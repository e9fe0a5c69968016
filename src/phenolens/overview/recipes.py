"""The recipes' differences: of each cell the keys that others have otherwise, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from phenolens.overview.compared import Compared
from phenolens.overview.part import Part, fill

NEVER = frozenset({"name", "seed"})  # they differ between any two runs
ABSENT = "not set"
_NAMES = ("step", "metric", "name", "layout")  # the key that says what a table is
_MOST = 3  # other values that are listed
Key = tuple[str, str]  # dotted, and the entries that it belongs to


@dataclass(frozen=True, slots=True)
class Own:
    """One key of one cell that others have otherwise.

    Attributes:
        key: Dotted; a table that names its entry (a method, a step) is one key, and a chain of
            steps is one too.
        value: Of this cell, as text.
        others: What the others have, as text, the most frequent first.
    """

    key: str
    value: str
    others: str

    def __str__(self) -> str:
        return f"{self.key}: {self.value}, others {self.others}"


def recipes(compared: Compared) -> Part | None:
    """Return the section, or None where no recipe differs from another."""
    found = recipe_differences(compared.recipes)
    if not any(found.values()):
        return None
    return fill("recipes", "How the recipes differ", "Recipes", recipes=found)


def recipe_differences(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Own, ...]]:
    """Return of each cell the keys whose values differ between cells, with what others have.

    Settings of an entry, such as the momentum of BYOL, are compared between the cells that have
    this entry: that another method has no such setting says nothing.

    Args:
        settings: Cell -> its whole recipe, as nested tables.

    Example:
        >>> crops = {"one": {"views": {"local_views": 0}}, "multi": {"views": {"local_views": 4}}}
        >>> str(recipe_differences(crops)["multi"][0])
        'views.local_views: 4, others 0'
    """
    flat = {cell: dict(_flat(table)) for cell, table in settings.items()}
    keys = dict.fromkeys(key for values in flat.values() for key in values)
    found: dict[str, list[Own]] = {cell: [] for cell in flat}
    for key in keys:
        name, entry = key
        having = [cell for cell in flat if key in flat[cell]] if entry else list(flat)
        values = {cell: flat[cell].get(key, ABSENT) for cell in having}
        counts = Counter(values.values())
        if len(counts) > 1:
            for cell, value in values.items():
                others = counts - Counter({value: counts[value]})
                found[cell].append(Own(name, value, _listed(others)))
    return {cell: tuple(owns) for cell, owns in found.items()}


def _listed(others: Counter[str]) -> str:
    names = [name for name, _ in others.most_common()]
    more = f" or {len(names) - _MOST} more" if len(names) > _MOST else ""
    return " or ".join(names[:_MOST]) + more


def _flat(table: Mapping[str, Any], before: str = "", entry: str = "") -> Iterator[tuple[Key, str]]:
    for key, value in table.items():
        name = f"{before}{key}"
        if name in NEVER:
            continue
        if isinstance(value, Mapping) and value:
            named = _name_of(value)
            if named:
                yield (name, entry), named
            inner = f"{entry}/{name}={named}" if named else entry
            yield from _flat(_without_name(value), f"{name}.", inner)
        elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
            yield from _chain(value, name, entry)
        else:
            yield (name, entry), plain_words(value)


def _chain(steps: Sequence[Any], name: str, entry: str) -> Iterator[tuple[Key, str]]:
    """Yield the names of the steps of a chain as one value, then the settings of each step."""
    names = [(_name_of(step) if isinstance(step, Mapping) else "") or "step" for step in steps]
    yield (name, entry), ", then ".join(names)
    seen: Counter[str] = Counter()
    for step, called in zip(steps, names, strict=True):
        seen[called] += 1
        place = called if seen[called] == 1 else f"{called} {seen[called]}"
        if isinstance(step, Mapping):
            yield from _flat(_without_name(step), f"{name}.{place}.", f"{entry}/{name}={place}")


def _name_of(table: Mapping[str, Any]) -> str:
    return next((table[key] for key in _NAMES if isinstance(table.get(key), str)), "")


def _without_name(table: Mapping[str, Any]) -> dict[str, Any]:
    named = next((key for key in _NAMES if isinstance(table.get(key), str)), None)
    return {key: value for key, value in table.items() if key != named}


def plain_words(value: Any) -> str:
    """Return a value of a recipe in words.

    Example:
        >>> plain_words(True), plain_words(["batch", "plate"]), plain_words([]), plain_words(0.5)
        ('yes', 'batch and plate', 'none', '0.5')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        each = [plain_words(inner) for inner in value]
        return " and ".join(filter(None, (", ".join(each[:-1]), *each[-1:]))) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {plain_words(inner)}" for key, inner in value.items()) or "none"
    return "empty" if value == "" else f"{value:g}" if isinstance(value, float) else str(value)
