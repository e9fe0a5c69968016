"""Finding: one thing the audit found, how bad it is, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["leak", "warning", "fine"]
_WEIGHT = (
    "background", "code_in_features", "copies", "controls_in_test", "batch_tells_truth",
    "position_confounded", "chance", "drop", "random_features", "cell_count", "shared_place",
    "two_names",
)  # fmt: skip
SEVERITIES: tuple[Severity, ...] = ("leak", "warning", "fine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing the audit found.

    Attributes:
        key: What kind it is, for programs: `code_in_features`, `batch_tells_truth`, ...
        severity: `leak`: the score cannot be believed until it is fixed; `warning`: it must be
            read with this in mind; `fine`: looked for and not found.
        title: In a few words, as the verdict quotes it.
        evidence: The figures, in a sentence.
        fix: What to do.
        columns: Metadata columns concerned.
        features: Features concerned.
    """

    key: str
    severity: Severity
    title: str
    evidence: str
    fix: str = ""
    columns: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return the finding as JSON knows it."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, leaks first; within one severity, first those that explain most."""

    def rank(finding: Finding) -> tuple[int, int]:
        place = _WEIGHT.index(finding.key) if finding.key in _WEIGHT else len(_WEIGHT)
        return SEVERITIES.index(finding.severity), place

    return sorted(findings, key=rank)


def listed(names: Iterable[object], most: int = 5) -> str:
    """Return names as part of a sentence.

    Example:
        >>> listed(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    texts = [str(name) for name in names]
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")
