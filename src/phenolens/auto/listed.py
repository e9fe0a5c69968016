"""The one list of an answer's choices: what was understood, what is decided, what the user gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from phenolens.auto.asked import Asked
from phenolens.auto.auto import Answer
from phenolens.auto.changes import OPTION
from phenolens.auto.choice import Choice
from phenolens.auto.learned import first_choices
from phenolens.auto.nuclei import with_nuclei
from phenolens.core.roles import CONTROL_NAMES
from phenolens.core.screen import Screen
from phenolens.intake.prepare import Planned
from phenolens.intake.understood import Understood

Choices = list[Choice]
# What was understood of a folder, and why it is so.
_WHY = {
    "images": "all that can be read",
    "channels": "all there are",
    "plates": "as files and tables name them",
    "wells": "as files and tables name them",
    "controls": f"compounds called {', '.join(sorted(CONTROL_NAMES))}, or marked by the table",
    "metadata": "columns of the tables that nothing asks for",
}


def listed(planned: Planned, asked: Asked) -> Choices:
    """Return what is known before any pixel is read, each with its reason.

    Args:
        planned: What is prepared.
        asked: By the user.

    Raises:
        InputError: The screen cannot be answered, or a change of the recipe is wrong.
    """
    found = planned.recognition
    how = "as asked" if found.chosen else f"recognised, certainty {found.taken.certainty:.2f}"
    made = [Choice("layout", found.name, f"{how}: {found.taken.why}")]
    understood = Understood.of(found.words(), planned.screen, planned.problems)
    made += [Choice(name, words, _WHY[name]) for name, words in understood.facts if name in _WHY]
    given = f"given with {OPTION}: it wins over what is chosen"
    return [
        *made,
        *first_choices(planned.screen, asked),
        *(Choice("recipe", change, given) for change in asked.changes),
    ]


def completed(answer: Answer, first: Choices, store: Screen) -> Answer:
    """Return an answer with the whole list of choices, for its page.

    Args:
        answer: With what was decided with the pixels.
        first: As `listed`.
        store: The prepared pixels, in which nuclei are measured.
    """
    later = with_nuclei(answer.choices, store, answer.settings["pixels"])
    return replace(answer, choices=whole(first, later))


def whole(first: Sequence[Choice], later: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return the first list with what was decided later: in the place of its name, or at the end.

    Args:
        first: As `listed`.
        later: Decided with the pixels; of one name all of them count, and no earlier one does.

    Example:
        >>> first = [Choice("training", "5 minutes", "as asked"), Choice("score", "NSC", "...")]
        >>> later = [Choice("training", "9 epochs", "timed"), Choice("chain", "a", "b")]
        >>> [one.value for one in whole(first, later)]
        ['9 epochs', 'NSC', 'a']
    """
    names = list(dict.fromkeys(one.name for one in (*first, *later)))
    known = {one.name for one in later}
    return tuple(
        one for name in names for one in (later if name in known else first) if one.name == name
    )
