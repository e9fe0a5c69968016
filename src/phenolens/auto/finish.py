"""The end of an answer: audited, what can be believed written down, its page made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from phenolens.audit.audit import audit
from phenolens.audit.finding import Finding
from phenolens.auto.auto import Answer
from phenolens.auto.believed import Believed
from phenolens.auto.report import write_answer
from phenolens.core.profiles import Profiles, Step
from phenolens.core.progress import Say
from phenolens.runs.page import write_page

AUDIT = "audit.html"  # next to the folder of the run


def finish(  # noqa: PLR0913  # the answer, what is audited, and what is known already
    answer: Answer,
    embeddings: Profiles,
    steps: Sequence[Step],
    known: Sequence[Finding],
    odd: Mapping[str, Sequence[str]],
    seed: int,
    say: Say,
) -> Believed:
    """Return what can be believed of an answer, which its page then says first.

    Args:
        answer: The finished run.
        embeddings: What is audited.
        steps: The chain that follows.
        known: What was found before, as without cells.
        odd: What the pixels show to be odd: kind -> sentences.
        seed: Of every draw.
        say: Called with short sentences.
    """
    say("auditing: is it real?")
    checked = audit(embeddings, steps, seed=seed, say=say, known=known)
    checked.save(answer.folder.root.with_name(AUDIT))
    found = write_answer(answer, checked.findings, odd, seed, say)
    write_page(answer.folder, say)
    return found
