"""Protocols: every score of the field that the table allows, side by side."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np

from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue
from phenolens.core.score import Score
from phenolens.metrics.base import facts_of
from phenolens.statistics.intervals import interval_of_mean

# Where the audit shows or uses a score: in the sentence of the verdict; as a tile and stage by
# stage; with a warning where it is no better than chance or a baseline; through the baselines; in
# a figure with them.
Use = Literal["verdict", "first", "judged", "compared", "drawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One score to compute, and how to read it.

    Attributes:
        key: Of this row of the audit.
        metric: The file in metrics/ that has it.
        level: Of the profiles: `treatments`, `batches` (treatments by batch where most are in
            several) or `wells`.
        settings: Beyond the metric's defaults.
        variant: Added to the metric's title where the settings make it another score.
        words: `good`, `chance` or `blind` of the variant; else those of the metric.
        uses: Where the audit shows or uses it, beyond the table of all scores.
    """

    key: str
    metric: str
    level: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    uses: frozenset[Use] = frozenset()

    @property
    def title(self) -> str:
        """As shown."""
        return facts_of(self.metric).title + (f", {self.variant}" if self.variant else "")

    @property
    def good(self) -> str:
        """What a good value looks like."""
        return self.words.get("good", facts_of(self.metric).good)

    @property
    def chance(self) -> str:
        """What chance gives."""
        return self.words.get("chance", facts_of(self.metric).chance)

    @property
    def blind(self) -> str:
        """What it cannot see."""
        return self.words.get("blind", facts_of(self.metric).blind)


_SAME = "The same as strict; if it is higher, treatments in several batches match within one."
_LEADING: frozenset[Use] = frozenset({"verdict", "first", "judged", "compared", "drawn"})
PROTOCOLS = (
    Protocol(key="nsc", metric="nsc", level="treatments", uses=_LEADING),
    Protocol(key="nscb_strict", metric="nscb", level="batches", variant="strict", uses=_LEADING),
    Protocol(
        key="nscb_string_batches", metric="nscb", level="batches", variant="batches as text",
        settings={"protocol": "string_batches"}, uses=frozenset({"compared"}),
        words={"good": _SAME, "blind": "a batch that two treatments share in addition to others"},
    ),
    Protocol(
        key="nscb_median_batch", metric="nscb", level="batches", variant="median batch",
        settings={"protocol": "median_batch"}, uses=frozenset({"compared"}),
        words={"good": _SAME, "blind": "every batch of a treatment except the middle one"},
    ),
    Protocol(
        key="nscb_same_batch_and_label", metric="nscb", level="batches",
        variant="same batch and MoA", settings={"protocol": "same_batch_and_label"},
        words={
            "good": "To compare with papers only: it drops hits within a batch and keeps misses.",
            "chance": "not comparable: the candidates depend on the answer",
            "blind": "generalization: which candidates are left depends on the truth",
        },
    ),
    Protocol(
        key="drop", metric="drop", level="batches", uses=frozenset({"compared", "drawn"})
    ),
    Protocol(key="knn_accuracy", metric="knn_accuracy", level="treatments"),
    Protocol(
        key="consistency", metric="consistency", level="treatments", uses=frozenset({"first"})
    ),
    Protocol(
        key="replicate_retrieval", metric="replicate_retrieval", level="wells",
        uses=frozenset({"verdict", "first"}),
    ),
    Protocol(key="activity", metric="activity", level="wells"),
    Protocol(key="percent_replicating", metric="percent_replicating", level="wells"),
    Protocol(key="grit", metric="grit", level="wells"),
)  # fmt: skip


def keys(use: Use) -> tuple[str, ...]:
    """Return the keys of the protocols of that use, in the order of the page."""
    return tuple(protocol.key for protocol in PROTOCOLS if use in protocol.uses)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The score of one protocol, or why there is none."""

    protocol: Protocol
    score: Score | None
    why_not: str

    @property
    def over_compounds(self) -> tuple[float, float]:
        """The 95 % interval over resampled compounds; NaN where the score is not a mean of rows."""
        return (math.nan, math.nan) if self.score is None else over_compounds(self.score)

    def plain(self) -> dict[str, Any]:
        """Return the row of the audit's table, as JSON knows it."""
        asked = self.protocol
        row: dict[str, Any] = {
            "key": asked.key, "metric": asked.metric, "level": asked.level, "title": asked.title,
            "good": asked.good, "chance": asked.chance, "blind": asked.blind,
            "why_not": self.why_not,
        }  # fmt: skip
        if self.score is not None:
            low, high = (None if math.isnan(end) else end for end in self.over_compounds)
            row |= self.score.summary() | {"boot_low": low, "boot_high": high}
        return row


def ask(protocol: Protocol, levels: Levels, seed: int, **settings: Any) -> Answer:
    """Return one protocol's score, or in plain words why this table has none.

    Args:
        protocol: What to compute.
        levels: The table.
        seed: Of its null and interval.
        settings: They replace those of the protocol, where the metric has them.
    """
    entry = catalogue("metrics").get(protocol.metric)
    if entry is None:
        return Answer(protocol, None, f"this version has no metric {protocol.metric}")
    asked = _level(levels, protocol.level)
    if asked is None:
        return Answer(protocol, None, f"the table has no {protocol.level}")
    maker = entry.load()
    defaults = {f.name: f.default for f in fields(maker)}
    wanted = {"seed": seed, **protocol.settings, **settings}
    if levels.truth is not None and defaults.get("same") == "moa":
        wanted["same"] = levels.truth
    accepted = {name: value for name, value in wanted.items() if name in defaults}
    try:
        metric = construct(maker, accepted, protocol.metric)
        score = metric(asked)
    except InputError as error:
        absent = re.fullmatch(r"\w+ needs a column '(\w+)'", error.what)
        why = f"the table has no column '{absent[1]}'" if absent else error.what
        return Answer(protocol, None, why)
    alone = _without_candidate(score)
    if alone > 0.5:
        why = f"{alone:.0%} of its rows have no allowed neighbour, because their batches overlap"
        return Answer(protocol, None, why)
    return Answer(protocol, score, "")


def ask_all(levels: Levels, seed: int) -> dict[str, Answer]:
    """Return the answer of every protocol, by key, in the order of the page."""
    return {p.key: ask(p, levels, seed) for p in PROTOCOLS}


def against_chance(answers: Mapping[str, Answer]) -> list[Finding]:
    """Return whether the leading scores are above chance, and whether NSC depends on batches."""
    findings = []
    for key in keys("judged"):
        score = answers[key].score
        if score is None or np.isnan(score.p):
            continue
        title = answers[key].protocol.title
        evidence = f"{title} {score.value:.3f}, chance {score.null:.3f} (p {score.p:.3g})."
        beaten = score.p <= 0.05
        findings.append(
            Finding(
                key="chance",
                severity="fine" if beaten else "warning",
                title=f"{title} is {'above' if beaten else 'not above'} chance",
                evidence=evidence,
                fix="" if beaten else "More compounds, or features that distinguish them.",
            )
        )
    return [*findings, *_lost(answers["drop"].score)]


def _lost(drop: Score | None) -> list[Finding]:
    """Return a warning where NSC depends on shared batches."""
    if drop is None or not (drop.low > 0 and drop.p <= 0.01):
        return []
    return [
        Finding(
            key="drop",
            severity="warning",
            title="NSC depends on shared batches",
            evidence=(
                f"NSC loses {drop.value:.2f} [{drop.low:.2f}, {drop.high:.2f}] when neighbours "
                f"must come from another batch (p {drop.p:.2g})."
            ),
            fix="Report NSCB; sphere on the controls or align batches (TVN, CORAL, Harmony).",
            columns=("batch",),
        )
    ]


def over_compounds(score: Score) -> tuple[float, float]:
    """Return the 95 % interval over resampled compounds; NaN if the score is not a mean of rows."""
    rows = score.rows
    if not {"compound", "value"} <= set(rows.columns) or score.name == "drop":
        return math.nan, math.nan
    values = rows["value"].to_numpy(dtype=np.float64)
    known = np.isfinite(values)
    if not known.any() or not np.isclose(values[known].mean(), score.value):
        return math.nan, math.nan
    return interval_of_mean(values[known], rows["compound"][known])


def _level(levels: Levels, name: str) -> Profiles | None:
    if name == "wells":
        return levels.wells
    if name == "batches" and levels.by_batch is not None:
        return levels.by_batch
    return levels.treatments


def _without_candidate(score: Score) -> float:
    """Return the share of rows that had no neighbour to choose."""
    if score.name != "nscb" or "distance" not in score.rows:
        return 0.0
    return float(np.isinf(score.rows["distance"].to_numpy(dtype=np.float64)).mean())
