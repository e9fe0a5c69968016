"""What a search found, as text, as figures and as a chain that can be used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import tomli_w

from phenolens.chains.chain import Tables, build_steps, chain_text
from phenolens.chains.settings import plain
from phenolens.core.files import write_text
from phenolens.core.profiles import Step
from phenolens.core.score import Score


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """The chain chosen, and what the choice is worth.

    Attributes:
        chain: The chosen steps as plain tables.
        criterion: What it was chosen by, in words.
        nested: Replicate mAP of every compound under the chain chosen without it: the estimate
            that the choice does not bias.
        untuned: The same criterion of the table as given, and of the field's default.
        gains: `nested` less each of the untuned, treatment by treatment.
        mixing: How well the controls' batches mix, of the choice and the untuned; NaN where the
            controls are of one batch, or there are none.
        folds: The chain that each fold chose.
        trials: One record per chain: name, steps, value, mixing, failed.
        labels: NSC and NSCB of the choice and the untuned; measured once, after the choice.
        label_gains: Those of the choice less those of each of the untuned.
        notes: Sentences that readers of the search need.
        label_notes: Those of the test labels.
        seed: Of the folds and the intervals.
        seen: Hash of all that the search saw.
    """

    chain: Tables
    criterion: str
    nested: Score
    untuned: Mapping[str, Score]
    gains: Mapping[str, Mapping[str, float]]
    mixing: Mapping[str, float]
    folds: tuple[str, ...]
    trials: tuple[Mapping[str, Any], ...]
    labels: Mapping[str, Mapping[str, Score]]
    label_gains: Mapping[str, Mapping[str, Mapping[str, float]]]
    notes: tuple[str, ...]
    label_notes: tuple[str, ...]
    seed: int
    seen: str

    @property
    def steps(self) -> tuple[Step, ...]:
        """The chosen steps, ready to be called."""
        return build_steps(self.chain)

    @property
    def name(self) -> str:
        """The chosen chain as `--steps` takes it."""
        return chain_text(self.chain) or "as given"

    def to_toml(self) -> str:
        """Return the chosen chain as [[profiling]] tables, what it was chosen by above it.

        It holds only what the search saw, no score that used the answer.
        """
        lines = [
            f"Chosen by `phenolens tune` {metadata.version('phenolens')}: {self.name}",
            f"criterion: {self.criterion}",
            f"chosen among {len(self.trials)} chains; nested by compound, {len(self.folds)} folds:",
            f"  {_figure(self.nested)}",
            *(
                f"  {who}: {_figure(score)}; the choice is ahead by {_gap(self.gains[who])}"
                for who, score in self.untuned.items()
            ),
            *self.notes,
            f"seed {self.seed}; sha256 of what the search saw: {self.seen}",
        ]
        head = "".join(f"# {line}\n" for line in lines)
        return f"{head}\n{_blocks(plain(self.chain))}"

    def save(self, path: Path | str) -> Path:
        """Write the chosen chain as TOML; the file is complete or absent."""
        return write_text(path, self.to_toml())

    def summary(self) -> dict[str, Any]:
        """Return everything as JSON knows it, the scores without their rows."""
        return {
            "chain": plain(self.chain),
            "name": self.name,
            "criterion": self.criterion,
            "nested": self.nested.summary(),
            "untuned": {who: score.summary() for who, score in self.untuned.items()},
            "gains": {who: dict(gap) for who, gap in self.gains.items()},
            "mixing": {who: None if math.isnan(v) else v for who, v in self.mixing.items()},
            "folds": list(self.folds),
            "trials": [dict(trial) for trial in self.trials],
            "labels": {
                who: {name: score.summary() for name, score in scores.items()}
                for who, scores in self.labels.items()
            },
            "label_gains": plain(self.label_gains),
            "notes": [*self.notes, *self.label_notes],
            "seed": self.seed,
            "seen": self.seen,
        }

    def __str__(self) -> str:
        lines = [
            f"chosen: {self.name}",
            f"by: {self.criterion}, among {len(self.trials)} chains",
            "",
            f"{'replicate mAP':34}{'value':>7}  95 % interval    the choice is ahead by",
            f"  {'chosen, nested by compound':32}{_row(self.nested)}",
            *(
                f"  {who:32}{_row(score)}  {_gap(self.gains[who])}"
                for who, score in self.untuned.items()
            ),
        ]
        mixed = [
            f"{who} {value:.3f}" for who, value in self.mixing.items() if not math.isnan(value)
        ]
        if mixed:
            lines += ["", f"mixing of the controls (1: as one batch): {', '.join(mixed)}"]
        for name in ("nsc", "nscb"):
            rows = {who: scores[name] for who, scores in self.labels.items() if name in scores}
            if rows:
                lines += ["", f"{name} (test labels, after the choice)"]
            for who, score in rows.items():
                gap = self.label_gains.get(who, {}).get(name)
                ahead = f"  {_gap(gap)}" if gap else ""
                lines.append(f"  {f'{who} ({score.hits}/{score.n})':32}{_row(score)}{ahead}")
        return "\n".join([*lines, "", *self.notes, *self.label_notes])


def _blocks(tables: list[dict[str, Any]]) -> str:
    """Return [[profiling]] tables, one below the other."""
    if not tables or any(isinstance(value, dict) for table in tables for value in table.values()):
        return tomli_w.dumps({"profiling": tables})
    return "\n".join(f"[[profiling]]\n{tomli_w.dumps(table)}" for table in tables)


def _figure(score: Score) -> str:
    return f"replicate mAP {score.value:.4f} [{score.low:.4f}, {score.high:.4f}], n = {score.n}"


def _row(score: Score) -> str:
    return f"{score.value:7.3f}  {score.low:.3f} .. {score.high:.3f}"


def _gap(gap: Mapping[str, float]) -> str:
    return f"{gap['value']:+.3f} [{gap['low']:+.3f}, {gap['high']:+.3f}]"
