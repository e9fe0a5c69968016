"""Which scores make sense for what the table says, and which steps make profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from phenolens.auto.choice import Choice
from phenolens.auto.facts import Facts

Table = dict[str, Any]
WELLS: Table = {"step": "aggregate", "by": ["plate", "well"], "how": "mean"}
_TREATMENTS: Table = {"step": "aggregate", "by": ["treatment"], "how": "mean", "missing": "drop"}
_LEAST = 2  # control wells of a plate from which z-scores are taken


def metrics(facts: Facts) -> tuple[Table, list[Choice]]:
    """Return the metrics, and why."""
    found: Table = {}
    choices = []
    if facts.mechanisms > 1:
        found["nsc"] = {}
        why = f"{facts.mechanisms} mechanisms have two compounds or more"
        choices.append(Choice("score", "NSC", why))
        if facts.batches > 1:
            found |= {"nscb": {}, "drop": {}}
            why = f"{facts.batches} batches: a neighbour may not be of the same one"
            choices.append(Choice("score", "NSCB and drop", why))
    if facts.has_replicates:
        found["replicate_retrieval"] = {"before": "aggregate"}
        why = "replicates should find each other; where treatments were labels it shows nothing"
        choices.append(Choice("score", "replicate retrieval", why))
    if not found:
        found["same_group_neighbours"] = {"same": "plate", "before": "aggregate"}
        why = "the table names no mechanisms and no replicates: only effects of plates can be seen"
        value = "neighbours on the same plate (low is good)"
        if facts.plates == 1:
            value = "none that can be computed"
            why = "the table names no mechanisms and no replicates, and there is one plate only"
        choices.append(Choice("score", value, why))
    return found, choices


def unnamed(facts: Facts) -> list[Choice]:
    """Return what becomes of wells whose treatment the table does not name, and why."""
    if not facts.unnamed:
        return []
    value = f"{facts.unnamed} are in no score"
    return [Choice("wells without a treatment", value, "the table does not say what is in them")]


def without_a_search(facts: Facts) -> tuple[list[Table], Choice]:
    """Return the steps on wells where no chain can be chosen by replicates, and why."""
    if facts.controls >= _LEAST:
        why = f"no replicates to choose by; each plate has {facts.controls} control wells or more"
        step = {"step": "standardize", "by": ["plate"], "on": "controls"}
        return [step], Choice("chain", "z-scores by the controls of each plate", why)
    why = "neither replicates nor two control wells on each plate"
    step = {"step": "standardize", "by": ["plate"], "on": "all"}
    return [step], Choice("chain", "z-scores by all wells of each plate", why)


def profiling(facts: Facts, chain: Sequence[Table], *, unit: bool = False) -> list[Table]:
    """Return the steps from tiles to profiles: wells, the chain, and treatments where known.

    Args:
        facts: Of the screen.
        chain: Steps on wells.
        unit: Whether wells then have length 1, so that models side by side have one weight.
    """
    whole = [WELLS, *chain, *([{"step": "unit_length"}] if unit else [])]
    return [*whole, _TREATMENTS] if facts.treatments else whole
