"""What of an answer can be believed, and what cannot: from its scores, audit and quality flags."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from phenolens.audit.finding import Finding
from phenolens.auto.facts import Facts
from phenolens.core.counts import count_of
from phenolens.core.score import Score
from phenolens.metrics.base import facts_of

Gaps = Mapping[str, Mapping[str, "Mapping[str, float] | None"]]  # baseline -> score -> difference


_REPLICATES = "replicate_retrieval"
_OF_MECHANISMS = ("random_features", "cell_count", "drop", "batch_tells_truth")
_LEAK = "it is above chance without a single cell, so it may not come from cells"
_LEAST = 2  # mechanisms with two compounds: with fewer a score of them is 0 by construction


@dataclass(frozen=True, slots=True)
class Believed:
    """Sentences for the head of the page.

    Attributes:
        can: What the data show.
        cannot: What they do not show, and what must be kept in mind.
        doubts: Name of a score -> why nothing that it shows can be believed.
    """

    can: tuple[str, ...]
    cannot: tuple[str, ...]
    doubts: Mapping[str, str] = field(default_factory=dict)


def believed(
    scores: Mapping[str, Score],
    gaps: Gaps,
    findings: Sequence[Finding],
    images: tuple[Mapping[str, int], Mapping[str, Sequence[str]]],
    facts: Facts,
    *,
    taught: bool | None = False,
) -> Believed:
    """Return what can and what cannot be believed.

    Args:
        scores: Of the result, by name.
        gaps: By how much it is ahead of each baseline under the baseline's own chain.
        findings: Of the audit.
        images: How many have each quality flag; and what else is odd: kind -> sentences.
        facts: Of the screen.
        taught: Whether treatments were the labels of the training, on these very images: that
            replicates find each other is then what it was trained for, and shows nothing. None: it
            is not known, as of a model that the user gave.
    """
    can: list[str] = []
    cannot: list[str] = [] if scores else ["No score could be computed, so none says what is real."]
    doubts = {}
    for name in scores:
        if why := _doubt(name, taught=taught, leak=_leaks(name, findings)):
            doubts[name] = why
    for clear, words in (
        *_of_scores(scores, gaps, doubts, taught=taught),
        *_of_audit(findings, facts),
        *_of_images(*images, facts),
    ):
        (can if clear else cannot).append(f"{words}.")
    return Believed(tuple(can), tuple(cannot), doubts)


def _doubt(name: str, *, taught: bool | None, leak: bool) -> str:
    """Return why a score and what it is better than cannot be believed; empty where they can."""
    if name == _REPLICATES and taught:
        return "the network was trained to bring the replicates of these very images together"
    unknown = "it shows nothing if the model was trained with these treatments as labels"
    why = [_LEAK] if leak else []
    why += [unknown] if name == _REPLICATES and taught is None else []
    return "; ".join(why)


def _leaks(name: str, findings: Sequence[Finding]) -> bool:
    """Return whether a score is above chance without cells: the finding names those that are.

    Each score is tested by itself: replicates that find each other by their background do not make
    mechanisms that do not.
    """
    of_background = (one for one in findings if one.key == "background" and one.severity == "leak")
    return any(re.search(rf"\b{re.escape(name)}\b", one.evidence) for one in of_background)


def _of_scores(
    scores: Mapping[str, Score], gaps: Gaps, doubts: Mapping[str, str], *, taught: bool | None
) -> Iterator[tuple[bool, str]]:
    """Yield what scores show against chance and each baseline, and whether it is clear."""
    for name, score in scores.items():
        if facts_of(name).better != "high":
            continue
        if name == _REPLICATES and taught:
            figures = f"{facts_of(name).title} is {score.value:.2f}"
            yield False, f"{figures}, which shows nothing: {doubts[name]}"
            every = _against_baselines(name, gaps, "")
            yield from (one for one in every if " is worse than " in one[1])
            continue
        doubt = f"; {doubts[name]}" if name in doubts else ""
        yield _above_chance(score) and not doubt, f"{_against_chance(name, score)}{doubt}"
        yield from _against_baselines(name, gaps, doubt)
        if name == _REPLICATES:
            words = "that of compounds without a part in the choice is with the chain, below"
            yield (
                False,
                f"The score of replicates is optimistic, the chain was chosen by it: {words}",
            )


def _of_audit(findings: Sequence[Finding], facts: Facts) -> Iterator[tuple[bool, str]]:
    if facts.treatments and facts.mechanisms < _LEAST:
        yield False, "Mechanisms cannot be judged: no two of them have two compounds each"
    for one in findings:
        if one.key == "chance":  # said of every score above
            continue
        if facts.mechanisms < _LEAST and one.key in _OF_MECHANISMS:
            continue
        title = f"{one.title[:1].upper()}{one.title[1:]}"
        yield one.severity == "fine", f"{title}: {one.evidence.rstrip('.')}"


def _of_images(
    flagged: Mapping[str, int], odd: Mapping[str, Sequence[str]], facts: Facts
) -> Iterator[tuple[bool, str]]:
    for kind, sentences in odd.items():
        if kind not in flagged:
            more = f", and {len(sentences) - 1} more" if len(sentences) > 1 else ""
            yield False, f"{kind[:1].upper()}{kind[1:]}: {sentences[0].rstrip('.')}{more}"
    marked = {kind: count for kind, count in flagged.items() if count}
    if marked:
        named = ", ".join(f"{count} {kind}" for kind, count in marked.items())
        images = count_of(facts.images, "image")
        yield False, f"{named} of {images}: they were used, look at them first"
    elif flagged:
        yield True, f"No image of {facts.images} is flagged for its quality"
    if facts.unnamed:
        wells = count_of(facts.unnamed, "well is", "wells are")
        yield False, f"{wells} in no score: the table names no treatment there"
    if not facts.treatments:
        yield False, "No table says what is in the wells: give it with --platemap"


def _above_chance(score: Score) -> bool:
    if math.isfinite(score.p):
        return score.p <= 0.05
    if math.isfinite(score.null_high):
        return score.value > score.null_high
    return math.isfinite(score.null) and score.low > score.null


def _against_chance(name: str, score: Score) -> str:
    title = facts_of(name).title
    figures = f"{score.value:.2f} ({score.low:.2f} to {score.high:.2f})"
    if not math.isfinite(score.null):
        return f"{title} is {figures}; what chance gives was not measured"
    words = "above chance" if _above_chance(score) else "not above chance"
    return f"{title} is {words}: {figures}, chance {score.null:.2f}"


def _against_baselines(name: str, gaps: Gaps, doubt: str) -> Iterator[tuple[bool, str]]:
    """Yield which baselines a score is better than, and which not, each with its own chain.

    A score in doubt shows nothing by being better: what it owes to a leak, a baseline may lack.
    """
    found: dict[str, list[str]] = {}
    for title, each in gaps.items():
        if gap := each.get(name):
            words = "better than" if gap["low"] > 0 else "not clearly better than"
            words = "worse than" if gap["high"] < 0 else words
            figures = f"{gap['value']:+.2f}, {gap['low']:+.2f} to {gap['high']:+.2f}"
            found.setdefault(words, []).append(f"{title} ({figures})")
    for words in ("better than", "worse than", "not clearly better than"):
        if named := found.get(words):
            better = words == "better than"
            why = doubt if better else ""
            title = facts_of(name).title
            yield better and not doubt, f"{title} is {words} {', '.join(named)}{why}"
