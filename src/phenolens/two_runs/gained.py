"""Gained and lost: the treatments whose answers differ between two runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phenolens.drawing.categories import natural
from phenolens.results.contents import RunContents
from phenolens.results.treatments import Answer, rows_of


@dataclass(frozen=True, slots=True)
class Change:
    """One treatment whose nearest neighbour has the right mechanism in one run only.

    Attributes:
        treatment: Its name.
        moa: Its mechanism.
        before: What the first run found.
        after: What the second run found.
    """

    treatment: str
    moa: str
    before: Answer
    after: Answer


@dataclass(frozen=True, slots=True)
class Changes:
    """What one score gained and lost from the first run to the second.

    Attributes:
        key: Name of the score.
        gained: Right in the second run only.
        lost: Right in the first run only.
        same: How many treatments are as before.
    """

    key: str
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]
    same: int


def changes(one: RunContents, other: RunContents) -> tuple[Changes, ...]:
    """Return for each score that names neighbours which treatments were gained and lost."""
    before = {row.treatment: row for row in rows_of(one)[1]}
    keys, after = rows_of(other)
    made = []
    for key in keys:
        both = [
            Change(row.treatment, row.moa or "", before[row.treatment].answers[key], answer)
            for row in after
            if (answer := row.answers.get(key)) is not None
            and row.treatment in before
            and key in before[row.treatment].answers
        ]
        judged = [one for one in both if None not in (one.before.hit, one.after.hit)]
        if judged:
            gained = _sorted([c for c in judged if c.after.hit and not c.before.hit])
            lost = _sorted([c for c in judged if c.before.hit and not c.after.hit])
            made.append(Changes(key, gained, lost, len(judged) - len(gained) - len(lost)))
    return tuple(made)


def _sorted(found: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(sorted(found, key=lambda one: (natural(one.moa), natural(one.treatment))))
