"""About: what was audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phenolens.audit.levels import Levels
from phenolens.audit.waterfall import describe
from phenolens.core.profiles import Step
from phenolens.core.reading.flags import control_rows


@dataclass(frozen=True, slots=True)
class About:
    """What was audited.

    Attributes:
        rows: Wells, or treatments where the table has no wells.
        level: `wells` or `treatments`.
        features: After the chain.
        treatments: Distinct values; 0 where the table has no such column. So are the next three.
        compounds: Distinct values.
        plates: Distinct values.
        batches: Distinct values.
        controls: Rows that are negative controls.
        truth: The column that scores match on.
        truths: Distinct values of it.
        steps: The chain of the audit, in words.
        provenance: Steps that the profiles went through before.
        seed: Of every draw.
        notes: What was averaged or left out.
    """

    rows: int
    level: str
    features: int
    treatments: int
    compounds: int
    plates: int
    batches: int
    controls: int
    truth: str | None
    truths: int
    steps: tuple[str, ...]
    provenance: tuple[str, ...]
    seed: int
    notes: tuple[str, ...]

    @classmethod
    def of(cls, levels: Levels, steps: Sequence[Step], seed: int) -> About:
        """Return what the table holds after the chain."""
        meta = levels.rows.meta

        def count(name: str | None) -> int:
            return int(meta[name].nunique()) if name in meta.columns else 0

        return cls(
            rows=len(meta),
            level="wells" if levels.wells is not None else "treatments",
            features=levels.rows.features.shape[1],
            treatments=count("treatment"),
            compounds=count("compound"),
            plates=count("plate"),
            batches=count("batch"),
            controls=int(control_rows(meta).sum()),
            truth=levels.truth,
            truths=count(levels.truth),
            steps=tuple(describe(step) for step in steps),
            provenance=tuple(str(entry.get("step", "")) for entry in levels.rows.provenance),
            seed=seed,
            notes=levels.notes,
        )
