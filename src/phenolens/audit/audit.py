"""Audit: whether a score is real. Profiles and a chain of steps in, findings out."""

from __future__ import annotations

from collections.abc import Sequence

from phenolens.audit.about import About
from phenolens.audit.clock import Clock
from phenolens.audit.codes import find_codes, with_codes_before
from phenolens.audit.finding import Finding, worst_first
from phenolens.audit.layout import look_at_layout
from phenolens.audit.result import Audit
from phenolens.audit.scores import score_all
from phenolens.audit.verdict import judge
from phenolens.audit.waterfall import compare_stages, run_chain
from phenolens.core.profiles import Profiles, Step
from phenolens.core.progress import Say, silent
from phenolens.core.ranges import LARGEST_SEED, between


def audit(
    profiles: Profiles,
    steps: Sequence[Step] = (),
    *,
    truth: str | None = None,
    seed: int = 0,
    say: Say = silent,
    known: Sequence[Finding] = (),
) -> Audit:
    """Return whether the scores of these profiles, after these steps, can be believed.

    All questions are about the profiles after the chain. Codes of metadata among the features are
    also looked for before it, since a rotation hides them.

    Args:
        profiles: Of cells, fields, wells or treatments.
        steps: The chain whose effect the waterfall shows.
        truth: The column that neighbours must share; else the first of moa, target and gene.
        seed: Of every draw.
        say: Called with the name of each section before it begins.
        known: What was found elsewhere, as in the images: it has a part in the verdict.

    Raises:
        InputError: A step cannot be applied, the truth is not a column, no feature is finite, or
            the seed is out of its range.
    """
    between(0, LARGEST_SEED, seed=seed)
    clock = Clock(say)
    clock.start("steps")
    stages = run_chain(profiles, steps, truth)
    levels = stages[-1][1]
    scores = score_all(levels, seed, clock)
    clock.start("codes")
    codes, of_codes = find_codes(levels.rows)
    if steps:
        codes, of_codes = with_codes_before((codes, of_codes), find_codes(stages[0][1].rows))
    layout = look_at_layout(levels, scores.answers, seed, clock)
    clock.start("waterfall")
    waterfall = compare_stages(stages, seed, clock.say) if steps else []
    clock.stop()
    findings = tuple(worst_first([*known, *scores.findings, *of_codes, *layout.findings]))
    return Audit(
        verdict=judge(findings, scores.answers),
        findings=findings,
        about=About.of(levels, steps, seed),
        protocols=tuple(scores.answers.values()),
        baselines=scores.baselines,
        codes=codes,
        probes=layout.probes,
        neighbours=layout.neighbours,
        confounds=layout.confounds,
        waterfall=tuple(waterfall),
        seconds=clock.seconds,
    )
