"""What a chain is chosen by: replicates that find each other; and how well controls mix."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.core.score import Score
from phenolens.metrics.average_precision import AveragePrecision
from phenolens.neighbours.nearest import k_nearest
from phenolens.neighbours.order import canonical_order
from phenolens.tune.layout import Layout

_NEIGHBOURS = 10


@dataclass(frozen=True, slots=True)
class Criterion:
    """Mean average precision of replicates; a share of the controls' mixing if requested.

    The share is 0 by default. Mixing is measured on the controls that most steps are fitted
    on, so a chain that aligns batches by them mixes them by construction, whatever it does to the
    treatments: on CPJUMP1 weak whitening with CORAL mixes them fully and loses a third of the
    replicates' precision. So it is only reported next to the choice.

    Attributes:
        layout: Which rows are replicates, and which are their rivals.
        share: Weight of the mixing, in [0, 1).
    """

    layout: Layout
    share: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1:
            raise InputError(f"must be in [0, 1), got {self.share}", where="mixing")

    def __str__(self) -> str:
        rule = self.layout.positives
        text = f"replicate mAP (another {' and '.join(rule.differ)})"
        if self.layout.negatives.same:
            text = f"replicate mAP (another {' and '.join(rule.differ)}, within the batch)"
        if not self.share:
            return text
        return f"{1 - self.share:g} x {text} + {self.share:g} x mixing of the controls"

    def value(self, retrieval: float, mixing: float) -> float:
        """Return what a chain is chosen by."""
        return (1 - self.share) * retrieval + (self.share * mixing if self.share else 0.0)

    def retrieval(self, profiles: Profiles) -> Score:
        """Return how early replicates are found, with one row per treatment.

        Raises:
            InputError: No treatment with a replicate and a rival, a feature that is not finite, ...
        """
        metric = AveragePrecision(
            positives=self.layout.positives, negatives=self.layout.negatives, null_size=1
        )
        return metric.score(profiles, "replicate_retrieval")

    def mixing(self, profiles: Profiles) -> float:
        """Return how well the controls' batches (or plates) mix: 0 apart, 1 as if there were one.

        NaN where the controls are of one batch, or there are none.

        Raises:
            InputError: The mixing has a weight, and there are no such controls.
        """
        by, meta = self.layout.mixed_by, profiles.meta
        if by is not None and by in meta.columns and "control" in meta.columns:
            controls = meta[control_rows(meta)]
            if controls[by].nunique() > 1 and len(controls) > 2:
                return mixing_of_controls(profiles, by)
        if self.share:
            raise InputError("the mixing of controls needs negative controls in several batches")
        return math.nan


def mixing_of_controls(profiles: Profiles, by: str) -> float:
    """Return 1 less the excess of neighbours of one's own batch among negative controls.

    Each control's 10 nearest others by cosine: the share of its own batch is compared with what
    it would be if batches did not matter, and with 1. Within 0 and 1.
    """
    controls = control_rows(profiles.meta)
    controls &= profiles.meta[by].notna().to_numpy() & profiles.features.any(axis=1)
    used = profiles.take(np.flatnonzero(controls))
    used = used.take(canonical_order(used))
    code = pd.factorize(used.meta[by])[0]
    k = min(_NEIGHBOURS, len(used) - 1)
    found, _ = k_nearest(used.finite("tune"), k, "cosine")
    size = np.bincount(code)[code]
    share = float((code[found] == code[:, None]).mean())
    usual = float(((size - 1) / (len(used) - 1)).mean())
    return float(np.clip(1 - (share - usual) / (1 - usual), 0, 1))
