"""What a metric says about itself: the facts that the report, the audit, the docs and tests use."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, get_args

from phenolens.core.errors import InputError
from phenolens.core.registry import Entry, catalogue

Better = Literal["high", "low", "zero"]
NUISANCE = frozenset({"batch", "plate", "well", "site", "replicate", "row", "column"})
NEEDED = ("title", "better", "good", "chance", "blind")  # what every metric must state


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts of one metric, with its default settings.

    A metric is a frozen keyword dataclass with `__call__(profiles) -> Score`. It states these
    facts as ClassVars at the top of the class; `is_mean` and `chance_level` only where they
    differ from the defaults here. `example()`, a classmethod, returns the metric as the contract
    tests run it on a small table of wells; without one they run it with its defaults.

    Attributes:
        title: Name as shown on pages, such as `NSC`.
        about: What it measures: the first line of the class docstring.
        better: Which values are good: `high`, `low`, or those near `zero`.
        good: What a good value looks like, in a sentence.
        chance: What chance gives, in words.
        chance_level: The same as a number, NaN where it depends on the table.
        blind: What the metric cannot see.
        is_mean: Whether the value is the mean of the rows' values.
        accepts_missing: Whether features may be missing (NaN).
        example_table: The table that the contract tests score: `wells`, `curves` (one row per
            curve and time) or `trajectories` (one row per curve).
    """

    title: str
    about: str = ""
    better: Better = "high"
    good: str = ""
    chance: str = ""
    chance_level: float = math.nan
    blind: str = ""
    is_mean: bool = True
    accepts_missing: bool = False
    example_table: str = "wells"


def facts_of(name: str) -> Facts:
    """Return the facts of a metric by its name in the catalogue; defaults for what is not stated.

    A metric that states nothing, or a name that is not in the catalogue (a figure of another
    tool), has its name as title, and high values count as good.

    Example:
        >>> facts_of("nscb").title, facts_of("drug_likeness").title
        ('NSCB', 'Drug likeness')
    """
    entry = catalogue("metrics").get(name)
    maker = None if entry is None else entry.load()
    stated = {key: getattr(maker, key) for key in Facts.__slots__ if hasattr(maker, key)}
    about = "" if entry is None else entry.summary
    return Facts(**{"title": name.replace("_", " ").capitalize(), "about": about, **stated})


def better_with(name: str, settings: Mapping[str, Any]) -> Better:
    """Return which values of a metric are good with these settings.

    What a metric states holds for its default column. Where that is a nuisance (batch, plate ...)
    and the column asked about is biology, or the other way round, the other end is good: a batch
    should not be found, a mechanism should.

    Args:
        name: Of the metric, in the catalogue.
        settings: Of a recipe: `same` or `by` names the column, if the metric has one.

    Example:
        >>> better_with("silhouette", {}), better_with("silhouette", {"by": "moa"})
        ('low', 'high')
        >>> better_with("knn_accuracy", {"same": "batch"})
        'low'
    """
    better = facts_of(name).better
    entry = catalogue("metrics").get(name)
    if entry is None or better == "zero":
        return better
    defaults = {field.name: field.default for field in fields(entry.load())}
    key = "by" if "by" in defaults else "same"  # the groups, where a metric has both
    default = defaults.get(key)
    turned = default is not MISSING and _nuisance(settings.get(key, default)) != _nuisance(default)
    if not turned:
        return better
    return "low" if better == "high" else "high"


def _nuisance(columns: Any) -> bool:
    names = (columns,) if isinstance(columns, str) else tuple(columns or ())
    return bool(names) and set(names) <= NUISANCE


def require_facts(maker: type[Any]) -> None:
    """Check that a metric states its facts.

    Raises:
        InputError: A fact is missing or of the wrong type: names the class and the fact.
    """
    where = f"{maker.__module__}.{maker.__qualname__}"
    missing = [key for key in NEEDED if not isinstance(getattr(maker, key, None), str)]
    if missing:
        raise InputError(
            f"does not state {', '.join(missing)}",
            where=where,
            fix=f'add them to the class, such as {missing[0]}: ClassVar[str] = "..."',
        )
    if maker.better not in get_args(Better):
        raise InputError(
            f"better is {maker.better!r}", where=where, fix=f"one of {', '.join(get_args(Better))}"
        )


def example_of(maker: Callable[..., Any]) -> Any:
    """Return the metric that the contract tests run: its `example()`, or its defaults."""
    return getattr(maker, "example", maker)()


def columns(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """Return the columns of the documentation's table of metrics beyond name and summary."""
    facts = [facts_of(entry.name) for entry in entries]
    return {
        "good": [fact.good for fact in facts],
        "chance": [fact.chance for fact in facts],
        "cannot see": [fact.blind for fact in facts],
    }
