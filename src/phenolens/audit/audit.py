"""Audit: whether a score is real. Profiles and a chain of steps in, findings out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from phenolens.audit.baselines import count_cells, draw_at_random
from phenolens.audit.batches import batch_tells_truth
from phenolens.audit.codes import find_codes
from phenolens.audit.finding import Finding, worst_first
from phenolens.audit.levels import Levels
from phenolens.audit.page import render_audit
from phenolens.audit.positions import compounds_by_position, judge_position
from phenolens.audit.predictability import predict_columns
from phenolens.audit.protocols import Answer, against_chance, ask_all
from phenolens.audit.scored_rows import check_rows
from phenolens.audit.shares import share_places
from phenolens.audit.text import write_audit
from phenolens.audit.verdict import judge
from phenolens.audit.waterfall import compare_stages, describe, run_chain
from phenolens.core.profiles import Profiles, Step

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """What an audit found.

    Attributes:
        verdict: `level`, `sentence` and `figures`.
        findings: Worst first.
        sections: The figures by section: about, protocols, baselines, codes, probes, neighbours,
            confounds, waterfall.
        seconds: How long each section took.
    """

    verdict: Mapping[str, Any]
    findings: tuple[Finding, ...]
    sections: Mapping[str, Any]
    seconds: Mapping[str, float]

    def summary(self) -> dict[str, Any]:
        """Return everything as JSON knows it."""
        return {
            "verdict": dict(self.verdict),
            "findings": [finding.plain() for finding in self.findings],
            **self.sections,
            "seconds": dict(self.seconds),
        }

    def save(self, path: Path | str) -> Path:
        """Write the page (`.html`), the figures (`.json`), or both into a folder.

        Returns:
            The page, or the file asked for.
        """
        path = Path(path)
        if path.suffix not in {".html", ".json"}:
            self.save(path / "audit.json")
            return self.save(path / "audit.html")
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".html":
            return render_audit(self.summary(), path)
        beside = path.with_name(path.name + ".part")
        beside.write_text(json.dumps(self.summary(), indent=1, allow_nan=False), encoding="utf-8")
        beside.replace(path)
        return path

    def __str__(self) -> str:
        return write_audit(self.summary())


def audit(
    profiles: Profiles,
    steps: Sequence[Step] = (),
    *,
    truth: str | None = None,
    seed: int = 0,
    say: Say | None = None,
) -> Audit:
    """Return whether the scores of these profiles, after these steps, can be believed.

    Everything is asked of the profiles after the chain; codes of metadata among the features are
    looked for before it too, since a rotation hides them.

    Args:
        profiles: Of cells, fields, wells or treatments.
        steps: The chain whose effect the waterfall shows.
        truth: The column that neighbours must share; else the first of moa, target and gene.
        seed: Of every draw.
        say: Told what is being done.

    Raises:
        InputError: A step cannot be applied, the truth is no column, or no feature is finite.
    """
    clock = _Clock(say or _say_nothing)
    clock.start("steps")
    stages = run_chain(profiles, steps, truth)
    levels = stages[-1][1]
    sections: dict[str, Any] = {"about": _about(levels, steps, seed)}
    answers, findings = _scores(levels, seed, sections, clock)
    clock.start("codes")
    sections["codes"], found = _codes(stages)
    findings += found + _layout(levels, answers, seed, sections, clock)
    clock.start("waterfall")
    sections["waterfall"] = compare_stages(stages, seed, clock.say) if steps else []
    clock.stop()
    ordered = worst_first(findings)
    return Audit(judge(ordered, answers), tuple(ordered), sections, clock.seconds)


def _scores(
    levels: Levels, seed: int, sections: dict[str, Any], clock: _Clock
) -> tuple[dict[str, Answer], list[Finding]]:
    """Ask for every score, and what cell counts and chance reach under the same protocols."""
    clock.start("protocols")
    answers = ask_all(levels, seed)
    clock.start("baselines")
    counted, of_counts = count_cells(levels, answers, seed)
    drawn, of_chance = draw_at_random(levels, answers, seed)
    sections["protocols"] = [answer.plain() for answer in answers.values()]
    sections["baselines"] = [counted, drawn]
    return answers, [*against_chance(answers), *of_counts, *of_chance]


def _layout(
    levels: Levels,
    answers: Mapping[str, Answer],
    seed: int,
    sections: dict[str, Any],
    clock: _Clock,
) -> list[Finding]:
    """Ask what plates, batches and positions have to do with it, and which rows are scored."""
    clock.start("probes")
    position = compounds_by_position(levels)
    probes, of_probes = predict_columns(
        levels.rows, confounded=bool(position.get("confounded")), seed=seed
    )
    clock.start("neighbours")
    shares, of_shares = share_places(levels, seed)
    clock.start("confounds")
    batch, of_batch = batch_tells_truth(levels, answers, seed=seed)
    rows, of_rows = check_rows(levels.rows, levels.truth)
    sections |= {
        "probes": probes,
        "neighbours": shares,
        "confounds": {"batch": batch, "position": position, "rows": rows},
    }
    return [*of_rows, *of_batch, *judge_position(position, probes), *of_shares, *of_probes]


def _codes(stages: Sequence[tuple[str, Levels]]) -> tuple[dict[str, Any], list[Finding]]:
    """Return the codes among the features given and among those after the chain."""
    section, found = find_codes(stages[-1][1].rows)
    section["also_before"] = len(stages) > 1
    if len(stages) == 1:
        return section, found
    before, also = find_codes(stages[0][1].rows)
    leaks = [f for f in also if f.severity == "leak"]
    known = {name for f in found for name in f.features}
    new = [f for f in leaks if not known.issuperset(f.features)]
    section["traces"] += [t for t in before["traces"] if t["feature"] not in known]
    if new:
        found = [f for f in found if f.severity == "leak"]
    return section, [*found, *(replace(f, evidence=f"As given: {f.evidence}") for f in new)]


def _about(levels: Levels, steps: Sequence[Step], seed: int) -> dict[str, Any]:
    meta = levels.rows.meta
    control = meta["control"] if "control" in meta.columns else None

    def count(name: str) -> int:
        return int(meta[name].nunique()) if name in meta.columns else 0

    return {
        "rows": len(meta),
        "level": "wells" if levels.wells is not None else "treatments",
        "features": levels.rows.features.shape[1],
        "treatments": count("treatment"),
        "compounds": count("compound"),
        "plates": count("plate"),
        "batches": count("batch"),
        "controls": 0 if control is None else int(control.sum()),
        "truth": levels.truth,
        "truths": count(levels.truth) if levels.truth is not None else 0,
        "steps": [describe(step) for step in steps],
        "provenance": [str(entry.get("step", "")) for entry in levels.rows.provenance],
        "seed": seed,
        "notes": list(levels.notes),
    }


def _say_nothing(_: str) -> None:
    return


class _Clock:
    """Times the sections, one after the other."""

    def __init__(self, say: Say) -> None:
        self.seconds: dict[str, float] = {}
        self.say, self._name, self._since = say, "", 0.0

    def start(self, name: str) -> None:
        self.stop()
        self.say(name)
        self._name, self._since = name, time.perf_counter()

    def stop(self) -> None:
        if self._name:
            self.seconds[self._name] = round(time.perf_counter() - self._since, 2)
