"""Protocols: every score of the field that the table allows, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue
from phenolens.core.score import Score
from phenolens.statistics.intervals import interval_of_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One score to ask for, and how to read it.

    Attributes:
        key: Of this row of the audit.
        metric: The file in metrics/ that has it.
        level: Of the profiles it is asked of: `treatments`, `batches` (treatments by batch where
            most stand in several) or `wells`.
        settings: Beyond the metric's defaults.
        title: As shown.
        good: What a good value looks like.
        chance: What chance gives.
        blind: What it cannot see.
    """

    key: str
    metric: str
    level: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    title: str
    good: str
    chance: str
    blind: str


_OFTEN = "the share that shuffled mechanisms give, near that of the commonest"
_NSCB = "As NSC, and not much below it: then what matches is not the batch."
PROTOCOLS = (
    Protocol(
        key="nsc", metric="nsc", level="treatments", title="NSC",
        good="Near 1: the nearest treatment of another compound has the same mechanism.",
        chance=_OFTEN, blind="whether the two are alike only because they share a batch or plate",
    ),
    Protocol(
        key="nscb_strict", metric="nscb", level="batches", title="NSCB, strict",
        good=_NSCB, chance=_OFTEN,
        blind="mechanisms that stand in one batch only: they are left out, and counted",
    ),
    Protocol(
        key="nscb_string_batches", metric="nscb", level="batches", title="NSCB, batches as text",
        settings={"protocol": "string_batches"},
        good="The same as strict; above it, treatments in several batches match within one.",
        chance=_OFTEN, blind="a batch that two treatments share beside others",
    ),
    Protocol(
        key="nscb_median_batch", metric="nscb", level="batches", title="NSCB, median batch",
        settings={"protocol": "median_batch"},
        good="The same as strict; above it, treatments in several batches match within one.",
        chance=_OFTEN, blind="every batch of a treatment but its middle one",
    ),
    Protocol(
        key="nscb_same_batch_and_label", metric="nscb", level="batches",
        title="NSCB, same batch and MoA", settings={"protocol": "same_batch_and_label"},
        good="For comparison with papers only: it drops hits within a batch and keeps misses.",
        chance="not comparable: the candidates depend on the answer",
        blind="it is no test of generalization: which candidates are left depends on the truth",
    ),
    Protocol(
        key="drop", metric="drop", level="batches", title="Drop (NSC less NSCB)",
        good="Near 0: nothing is lost when neighbours must come from another batch.",
        chance="about 0",
        blind="what batch and mechanism share; the two scores are over different treatments",
    ),
    Protocol(
        key="knn_accuracy", metric="knn_accuracy", level="treatments", title="k-NN accuracy",
        good="Above NSC: several neighbours agree.", chance=_OFTEN,
        blind="shared batches, as NSC",
    ),
    Protocol(
        key="consistency", metric="consistency", level="treatments", title="MoA retrieval (mAP)",
        good="Near 1: compounds of one mechanism stand before all others.",
        chance="near the share of compounds of that mechanism",
        blind="shared batches and plates, as NSC",
    ),
    Protocol(
        key="replicate_retrieval", metric="replicate_retrieval", level="wells",
        title="Replicate retrieval (mAP)",
        good="Near 1: a well's replicates on other plates stand before all others.",
        chance="near the share of wells that are replicates",
        blind="whether replicates are alike because they stand at the same well position",
    ),
    Protocol(
        key="activity", metric="activity", level="wells", title="Activity (mAP against controls)",
        good="Near 1: a treatment's wells are nearer to each other than to the plate's controls.",
        chance="near the share of wells that are replicates",
        blind="whether position or batch, and not the compound, sets them apart from controls",
    ),
    Protocol(
        key="percent_replicating", metric="percent_replicating", level="wells",
        title="Percent replicating",
        good="Near 1: replicates correlate more than the 95th percentile of unrelated wells.",
        chance="0.05", blind="well position, where replicates share theirs",
    ),
    Protocol(
        key="grit", metric="grit", level="wells", title="Grit",
        good="Above 1: replicates agree a standard deviation better than controls do.",
        chance="about 0", blind="well position, where replicates share theirs",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What became of one protocol: its score, or why there is none."""

    protocol: Protocol
    score: Score | None
    why_not: str

    def plain(self) -> dict[str, Any]:
        """Return the row of the audit's table."""
        asked = self.protocol
        told: dict[str, Any] = {
            "key": asked.key, "metric": asked.metric, "level": asked.level, "title": asked.title,
            "good": asked.good, "chance": asked.chance, "blind": asked.blind,
            "why_not": self.why_not,
        }  # fmt: skip
        if self.score is not None:
            told |= self.score.summary()
            low, high = over_compounds(self.score)
            told |= {"boot_low": low, "boot_high": high}
        return told


def ask(protocol: Protocol, levels: Levels, seed: int, **settings: Any) -> Answer:
    """Return one protocol's score, or in plain words why it cannot be asked of this table.

    Args:
        protocol: What to ask.
        levels: The table.
        seed: Of its null and interval.
        settings: Over those of the protocol, where the metric has them.
    """
    entry = catalogue("metrics").get(protocol.metric)
    if entry is None:
        return Answer(protocol, None, f"this version has no metric {protocol.metric}")
    asked = _level(levels, protocol.level)
    if asked is None:
        return Answer(protocol, None, f"the table has no {protocol.level} to ask it of")
    maker = entry.load()
    known = {f.name: f.default for f in fields(maker)}
    wanted = {"seed": seed, **protocol.settings, **settings}
    if levels.truth is not None and known.get("same") == "moa":
        wanted["same"] = levels.truth
    try:
        metric = construct(maker, {k: v for k, v in wanted.items() if k in known}, protocol.metric)
        score = metric(asked)
    except InputError as error:
        return Answer(protocol, None, error.what)
    lonely = _without_candidate(score)
    if lonely > 0.5:
        why = f"{lonely:.0%} of its rows have no allowed neighbour: their batches overlap"
        return Answer(protocol, None, why)
    return Answer(protocol, score, "")


def ask_all(levels: Levels, seed: int) -> dict[str, Answer]:
    """Return every protocol's answer, by key, in the order of the page."""
    return {p.key: ask(p, levels, seed) for p in PROTOCOLS}


def against_chance(answers: Mapping[str, Answer]) -> list[Finding]:
    """Return what the leading scores say of chance."""
    found = []
    for key in ("nsc", "nscb_strict"):
        score = answers[key].score
        if score is None or np.isnan(score.p):
            continue
        title = answers[key].protocol.title
        told = f"{title} {score.value:.3f}, chance {score.null:.3f} (p {score.p:.3g})."
        beaten = score.p <= 0.05
        found.append(
            Finding(
                key="chance",
                severity="fine" if beaten else "warning",
                title=f"{title} is {'above' if beaten else 'not above'} chance",
                evidence=told,
                fix="" if beaten else "More compounds, or features that tell them apart.",
            )
        )
    return [*found, *_lost(answers["drop"].score)]


def _lost(drop: Score | None) -> list[Finding]:
    """Return a warning where the score leans on batches."""
    if drop is None or not (drop.low > 0 and drop.p <= 0.01):
        return []
    return [
        Finding(
            key="drop",
            severity="warning",
            title="NSC leans on shared batches",
            evidence=(
                f"NSC loses {drop.value:.2f} [{drop.low:.2f}, {drop.high:.2f}] when neighbours "
                f"must come from another batch (p {drop.p:.2g})."
            ),
            fix="Quote NSCB; sphere on controls or align batches (TVN, CORAL, Harmony).",
            columns=("batch",),
        )
    ]


def over_compounds(score: Score) -> tuple[float | None, float | None]:
    """Return the interval of the score's mean over resampled compounds, where it is one."""
    rows = score.rows
    if not {"compound", "value"} <= set(rows.columns) or score.name == "drop":
        return None, None
    values = rows["value"].to_numpy(dtype=np.float64)
    known = np.isfinite(values)
    if not known.any() or not np.isclose(values[known].mean(), score.value):
        return None, None
    low, high = interval_of_mean(values[known], rows["compound"][known])
    return (None, None) if np.isnan(low) else (low, high)


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
