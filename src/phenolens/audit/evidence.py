"""Evidence: everything an audit found out, section by section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phenolens.audit.about import About
from phenolens.audit.baselines import Baseline
from phenolens.audit.codes import Codes
from phenolens.audit.finding import Finding
from phenolens.audit.layout import Confounds
from phenolens.audit.plain import plain
from phenolens.audit.predictability import Prediction
from phenolens.audit.protocols import Answer
from phenolens.audit.shares import Share
from phenolens.audit.verdict import Verdict
from phenolens.audit.waterfall import Stage


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Everything an audit found out.

    Attributes:
        verdict: One sentence, and the figures it is about.
        findings: Worst first.
        about: What was audited.
        protocols: Every score, or why it cannot be computed.
        baselines: The cell count and random features under the same protocols.
        codes: Metadata columns among the features.
        probes: How well plate, batch and position can be predicted.
        neighbours: How often neighbours share plate, batch or position.
        confounds: What the layout alone reveals.
        waterfall: The table before the chain and after each step; empty without a chain.
        seconds: How long each section took.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    about: About
    protocols: tuple[Answer, ...]
    baselines: tuple[Baseline, ...]
    codes: Codes
    probes: tuple[Prediction, ...]
    neighbours: tuple[Share, ...]
    confounds: Confounds
    waterfall: tuple[Stage, ...]
    seconds: Mapping[str, float]

    def summary(self) -> dict[str, Any]:
        """Return everything as JSON knows it."""
        return {name: plain(getattr(self, name)) for name in Evidence.__slots__}
