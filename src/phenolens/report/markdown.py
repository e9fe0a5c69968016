"""A run as Markdown, for a lab book: what was run, what came out, and what to know about it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from phenolens.drawing.amounts import count, duration
from phenolens.drawing.numbers import p_text, shown, signed
from phenolens.drawing.panel import Bar, Panel
from phenolens.results.answers import answers, leaks
from phenolens.results.contents import RunContents, number
from phenolens.results.panels import panels
from phenolens.sections.cost import whole_seconds
from phenolens.sections.verdict import judge

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(run: RunContents) -> str:
    """Return the summary of a run.

    Args:
        run: What it left on disk.

    Returns:
        Text in GitHub's Markdown; names from the run are escaped, so they cannot become markup.
    """
    made = panels(run.results, run.answer)
    verdict = judge(made, run.answer.doubts if run.answer else {})
    parts = [
        [f"# {_plain(run.results.get('recipe') or run.folder.root.name)}"],
        _what(run),
        *_believed(run),
        [
            "## Result",
            "",
            *([_plain(verdict.claim), "", _plain(verdict.figures)] if verdict else []),
        ]
        if made
        else [],
        _scores(made),
        _explanations(run),
        _notes(run, made),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def markdown_of(folder: Path) -> str:
    """Return the summary of the run in a folder.

    Raises:
        InputError: A file of the run cannot be read.
    """
    return markdown(RunContents.read(folder))


def _what(run: RunContents) -> list[str]:
    """Return what was run: seed, times, data, versions, the recipe's hash."""
    results, provenance = run.results, run.provenance
    data = provenance.get("data") or {}
    versions = provenance.get("versions") or {}
    cost: dict[str, Any] = dict(results.get("cost") or {})
    facts = {
        "seed": results.get("seed"),
        "finished": str(provenance.get("finished") or "")[:16].replace("T", " "),
        "time of all stages": duration(whole_seconds(cost)),
        "device": cost.get("device"),
        "images": count(number(data.get("images"))),
        "plates": count(number(data.get("plates"))),
        "channels": ", ".join(map(str, data.get("channels") or ())),
        "phenolens": results.get("version") or versions.get("phenolens"),
        "recipe (hash)": results.get("recipe_hash") or provenance.get("recipe_hash"),
        "data (fingerprint)": data.get("fingerprint"),
    }
    return [f"- {key}: {_plain(value)}" for key, value in facts.items() if value not in (None, "")]


def _believed(run: RunContents) -> Iterator[list[str]]:
    """Yield what can be believed and what cannot, of a run that `phenolens auto` made."""
    found = run.answer
    if found is None:
        return
    for head, sentences in (
        ("## What can be believed", found.can),
        ("## What cannot, or not yet", found.cannot),
    ):
        if sentences:
            yield [head, "", *(f"- {_plain(one)}" for one in sentences)]


def _scores(made: Sequence[Panel]) -> list[str]:
    """Return a table: every score of the run, then of its baselines."""
    if not made:
        return []
    heads = ("score", "of", "value", "95 % interval", "n", "chance", "p", "run ahead by")
    lines = [_line(heads), _line("---" for _ in heads)]
    return lines + [_line(_cells(panel, bar)) for panel in made for bar in panel.bars]


def _cells(panel: Panel, bar: Bar) -> Iterator[str]:
    yield _plain(panel.title)
    yield _plain(bar.name)
    yield shown(bar.value, 3)
    known = math.isfinite(bar.low) and math.isfinite(bar.high)
    yield f"{shown(bar.low, 3)} to {shown(bar.high, 3)}" if known else ""
    yield "" if bar.n is None else str(bar.n)
    own = bar.trained
    yield shown(panel.null, 3) if own and math.isfinite(panel.null) else ""
    yield p_text(panel.p).removeprefix("= ") if own and math.isfinite(panel.p) else ""
    ahead, low, high = bar.ahead
    yield f"{signed(ahead)} ({shown(low)} to {shown(high)})" if math.isfinite(ahead) else ""


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _explanations(run: RunContents) -> list[str]:
    """Return what the models looked at: the answer of each explanation, a line each."""
    found = answers(run.results.get("explanations") or {})
    listed = [f"- {_plain(name)}: {_plain(answer)}" for name, answer in found]
    return ["## What the model looked at", "", *listed] if listed else []


def _notes(run: RunContents, made: Sequence[Panel]) -> list[str]:
    """Return the notes of the run and of its scores, each once."""
    notes = [*leaks(run.results.get("explanations") or {}), *(run.results.get("notes") or ())]
    notes += [f"{panel.title}: {note}" for panel in made for note in panel.notes]
    notes += [f"{name} failed: {why}" for name, why in (run.results.get("failed") or {}).items()]
    listed = [f"- {_plain(note)}" for note in dict.fromkeys(notes)]
    return ["## Notes", "", *listed] if listed else []


def _plain(value: object) -> str:
    """Return text on one line in which nothing is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(value).split()))
