"""The head of the answer's page: what can be believed, every choice with its reason."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from phenolens.audit.finding import Finding
from phenolens.auto.auto import Answer
from phenolens.auto.believed import Believed, believed
from phenolens.auto.tuned import ahead, baseline_scores
from phenolens.chains.settings import plain
from phenolens.core.files import write_text
from phenolens.core.inside import literal
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Say
from phenolens.core.registry import find
from phenolens.core.score import Score
from phenolens.runs.baselines import embeddings_of, measured_table

_FLAG = "quality_"


def write_answer(
    answer: Answer,
    findings: Sequence[Finding],
    odd: Mapping[str, Sequence[str]],
    seed: int,
    say: Say,
) -> Believed:
    """Write what is believed and chosen into the folder of the run; return what is believed.

    Args:
        answer: The finished run.
        findings: Of its audit.
        odd: What the pixels show to be odd: kind -> sentences.
        seed: Of the searches of the baselines' chains.
        say: Called with a line per baseline.
    """
    scores = {name: _score(answer, name) for name in answer.results.scores}
    unit = bool(answer.settings.get("joined"))
    own = baseline_scores(_baselines(answer), answer.facts, answer.metrics, seed, say, unit=unit)
    gaps = {
        title: {
            name: ahead(scores[name], one, seed) for name, one in made.items() if name in scores
        }
        for title, (_, made) in own.items()
    }
    found = believed(
        scores,
        gaps,
        findings,
        (flagged(embeddings_of(answer.folder, answer.settings)), odd),
        answer.facts,
        taught=answer.taught,
    )
    content = {
        "can": found.can,
        "cannot": found.cannot,
        "doubts": dict(found.doubts),
        "choices": [asdict(choice) for choice in answer.choices],
        "baselines": [
            {
                "baseline": title,
                "chain": chain,
                "score": name,
                **_figures(one),
                **_gap(gaps[title], name),
            }
            for title, (chain, made) in own.items()
            for name, one in made.items()
        ],
    }
    write_text(answer.folder.answer, json.dumps(plain(content), indent=1))
    return found


def flagged(embeddings: Profiles) -> dict[str, int]:
    """Return how many images have each quality flag, by its name."""
    meta = embeddings.meta
    images = meta[meta["tile"] == 0] if "tile" in meta else meta
    kinds = [name for name in meta if name.startswith(_FLAG)]
    return {name.removeprefix(_FLAG): int(images[name].astype(bool).sum()) for name in kinds}


def _baselines(answer: Answer) -> dict[str, Profiles]:
    """Return the embeddings of the run's baselines by title."""
    found = {}
    for name in answer.settings["baselines"]:
        title = str(find("baselines", name, "baselines").title)
        found[title] = measured_table(answer.folder, name)
    return found


def _score(answer: Answer, name: str) -> Score:
    """Return a score of the run with its rows."""
    summary: dict[str, Any] = dict(answer.results.scores[name])
    names = ("value", "low", "high", "null", "null_high", "p")
    numbers = [math.nan if summary.get(key) is None else float(summary[key]) for key in names]
    value, low, high, null, null_high, p = numbers
    rows = pd.read_parquet(literal(answer.folder.score(name)))
    return Score(name, value, low, high, null=null, null_high=null_high, p=p, rows=rows)


def _figures(score: Score) -> dict[str, float | None]:
    numbers = {key: getattr(score, key) for key in ("value", "low", "high")}
    return {key: value if math.isfinite(value) else None for key, value in numbers.items()}


def _gap(gaps: dict[str, dict[str, float] | None], name: str) -> dict[str, float | None]:
    gap = gaps.get(name) or {}
    return {f"ahead_{key}": gap.get(key) for key in ("value", "low", "high")}
