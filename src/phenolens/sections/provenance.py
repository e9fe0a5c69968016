"""The section of where the run came from: versions, platform, times, data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from phenolens.results.contents import RunContents
from phenolens.sections.base import Section


class Provenance(Section):
    """Versions, platform, times and data of the run."""

    title: ClassVar[str] = "Provenance"
    place: ClassVar[int] = 110

    @classmethod
    def of(cls, run: RunContents) -> Provenance | None:
        """Return the section, or None where nothing was recorded."""
        facts = provenance_facts(run.provenance)
        return cls.fill(facts=facts) if facts else None


def provenance_facts(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the provenance as (key, text), nested tables flattened to `key.inner`."""
    facts: list[tuple[str, str]] = []
    for key, value in provenance.items():
        if isinstance(value, Mapping):
            facts += [(f"{key}.{inner}", words) for inner, words in provenance_facts(value)]
        elif value is not None:
            facts.append((key, _listed(value)))
    return facts


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
