from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.explanation import Explanation
from phenolens.results.contents import RunContents
from phenolens.two_runs.explained import audited, knocked_out

NAMES = ("a", "b")
CALLS = [f"m{i}" for i in range(8)]


def channels(lost: dict[str, list[float]], p: float = 0.001, call: str = "moa") -> Explanation:
    rows = pd.DataFrame([
        {call: name, "channel": channel, "lost": value, "p_holm": p if i else 0.001}
        for channel, values in lost.items()
        for i, (name, value) in enumerate(zip(CALLS, values, strict=False))
    ])  # fmt: skip
    return Explanation(name="channel_knock_out", rows=rows)


def audit(value: float, leak: bool) -> Explanation:
    rows = pd.DataFrame({
        "score": ["nsc", "nsc"], "view": ["as it is", "no cells"], "value": [0.7, value],
        "chance": [0.1, 0.12], "above_chance": [True, leak],
    })  # fmt: skip
    return Explanation(name="background", rows=rows)


def read(two: tuple[Path, Path], *found: Explanation) -> tuple[RunContents, RunContents]:
    return tuple(  # type: ignore[return-value]
        replace(RunContents.read(folder), explanations={one.name: {"joint": one}})
        for folder, one in zip(two, found, strict=True)
    )


def test_what_calls_lose_is_compared_call_by_call(two: tuple[Path, Path]) -> None:
    """Tubulin is worth 0.3 more in each of eight calls: of 256 patterns of signs two do that."""
    rng = np.random.default_rng(0)
    tubulin = rng.uniform(0.2, 0.6, 8)
    before = channels({"DNA": [0.1, 0.2] * 4, "Tubulin": tubulin.tolist()})
    after = channels({"DNA": [0.2, 0.1] * 4, "Tubulin": (tubulin + 0.3).tolist()})
    dna, tub = knocked_out(*read(two, before, after))
    assert (tub.what, tub.calls) == ("channel Tubulin", 8)
    assert tub.after - tub.before == pytest.approx(0.3)
    assert tub.p == pytest.approx(2 / 256)
    assert tub.p_holm == pytest.approx(4 / 256)
    assert dna.before == dna.after
    assert dna.p == 1


def test_only_calls_that_both_make_are_compared(two: tuple[Path, Path]) -> None:
    every, first = channels({"DNA": [0.1] * 8}), channels({"DNA": [0.4] * 8}, p=0.5)
    (one,) = knocked_out(*read(two, every, first))
    assert (one.calls, one.before, one.after) == (1, 0.1, 0.4)
    assert np.isnan(one.p)
    other = channels({"DNA": [0.4] * 8}, call="compound")
    assert knocked_out(*read(two, every, other)) == ()
    assert knocked_out(*(RunContents.read(folder) for folder in two)) == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (False, False, "in neither a leak"),
        (False, True, "a leak in b alone"),
        (True, False, "a leak in a alone"),
        (True, True, "a leak in both"),
    ],
)
def test_a_leak_that_came_or_went_is_named(
    two: tuple[Path, Path], before: bool, after: bool, words: str
) -> None:
    (one,) = audited(*read(two, audit(0.1, before), audit(0.5, after)), NAMES)
    assert (one.title, one.words) == ("NSC", words)
    assert (one.before, one.after) == ((0.1, 0.12), (0.5, 0.12))
