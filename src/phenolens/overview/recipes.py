"""The recipes' differences: of each cell the keys that others have otherwise, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from phenolens.overview.compared import Compared
from phenolens.overview.part import Part, fill

NEVER = frozenset({"name", "seed"})  # they differ between any two runs
ABSENT = "not set"
_NAMES = ("step", "metric", "name", "layout")  # the key that says what a table is
_MOST = 3  # other values that are listed


@dataclass(frozen=True, slots=True)
class Own:
    """One key of one cell that others have otherwise.

    Attributes:
        key: Dotted, as `--set` takes it.
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

    Args:
        settings: Cell -> its whole recipe, as nested tables. A list of tables, such as the steps
            of a chain, is one value.

    Example:
        >>> crops = {"one": {"views": {"local_views": 0}}, "multi": {"views": {"local_views": 4}}}
        >>> str(recipe_differences(crops)["multi"][0])
        'views.local_views: 4, others 0'
    """
    flat = {cell: dict(_flat(table)) for cell, table in settings.items()}
    keys = dict.fromkeys(key for values in flat.values() for key in values)
    found: dict[str, list[Own]] = {cell: [] for cell in flat}
    for key in keys:
        values = {cell: values.get(key, ABSENT) for cell, values in flat.items()}
        counts = Counter(values.values())
        if len(counts) > 1:
            for cell, value in values.items():
                others = counts - Counter({value: counts[value]})
                found[cell].append(Own(key, value, _listed(others)))
    return {cell: tuple(owns) for cell, owns in found.items()}


def _listed(others: Counter[str]) -> str:
    names = [name for name, _ in others.most_common()]
    more = f" or {len(names) - _MOST} more" if len(names) > _MOST else ""
    return " or ".join(names[:_MOST]) + more


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        name = f"{before}{key}"
        if name in NEVER:
            continue
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{name}.")
        else:
            yield name, plain_words(value)


def plain_words(value: Any) -> str:
    """Return a value of a recipe in words.

    Example:
        >>> plain_words([{"step": "pca", "components": 64}, {"step": "sphere"}])
        'pca (components 64), then sphere'
        >>> plain_words(True), plain_words(["batch", "plate"]), plain_words([])
        ('yes', 'batch and plate', 'none')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        named = next((key for key in _NAMES if isinstance(value.get(key), str)), "")
        rest = [f"{key} {plain_words(inner)}" for key, inner in value.items() if key != named]
        words = ", ".join(rest)
        if not named:
            return words or "none"
        return f"{value[named]} ({words})" if words else str(value[named])
    if isinstance(value, list | tuple):
        each = [plain_words(inner) for inner in value]
        if any(isinstance(inner, Mapping) for inner in value):
            return ", then ".join(each)
        return " and ".join(filter(None, (", ".join(each[:-1]), *each[-1:]))) or "none"
    return "empty" if value == "" else f"{value:g}" if isinstance(value, float) else str(value)
