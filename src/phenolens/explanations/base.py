"""What an explanation is made of, and what its entry must be.

An explanation is one file in this room: a frozen dataclass whose parameters are the recipe's keys
under `[explanations.<name>]`, and whose call returns an `Explanation`.

    @dataclass(frozen=True, kw_only=True)
    class ChannelKnockOut:
        \"\"\"Share of each call that is lost without one channel.\"\"\"

        title: ClassVar[str] = "Channels"
        needs_images: ClassVar[bool] = True

        def __call__(self, subject: Subject) -> Explanation: ...

Class attributes:
    title: How reports name it.
    needs_images: Whether it asks for `subject.seen`. If so, a recipe about a table is refused.
    needs_scores: Whether it asks for `subject.judged`, the run's own steps and metrics; False
        where it is not there. If so, it is made again when they change.

An entry may have a method `check(encoder)`: it raises InputError for an encoder that it cannot
explain, and is called before pixels are prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from phenolens.core.errors import InputError
from phenolens.core.explanation import Explanation
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Progress, Say, silent
from phenolens.core.score import Score

if TYPE_CHECKING:
    from phenolens.embedding.seen import Seen

Judge = Callable[[Profiles], Mapping[str, Score]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Subject:
    """One model of a run, with all that an explanation of it is made of.

    Attributes:
        model: Its name in the run: `joint`, a channel, or `table`.
        embeddings: As the run made them, one row per tile.
        images: Returns the encoder and its images; None where the run began with a table.
        scores: Other embeddings of the same tiles in, scores of the run's steps and metrics out:
            those where a high value is good. None where the entry has no `needs_scores`.
        say: Called with one short sentence at a time.
        bar: Title -> a bar to call with (done, all).
    """

    model: str
    embeddings: Profiles
    images: Callable[[], Seen] | None = None
    scores: Judge | None = None
    say: Say = silent
    bar: Callable[[str], AbstractContextManager[Progress]]

    def seen(self, needed_by: str) -> Seen:
        """Return the encoder and its images.

        Raises:
            InputError: The run began with a table.
        """
        if self.images is None:
            raise InputError(f"{needed_by} needs images, and this run began with a table")
        return self.images()

    def judged(self, needed_by: str) -> Judge:
        """Return what scores other embeddings of the same tiles.

        Raises:
            InputError: The entry has not stated that it needs scores.
        """
        if self.scores is None:
            raise InputError(
                f"{needed_by} asks for scores", fix="state needs_scores: ClassVar[bool] = True"
            )
        return self.scores


@runtime_checkable
class Explainer(Protocol):
    """A model of a run in, an explanation out."""

    title: ClassVar[str]
    needs_images: ClassVar[bool]

    def __call__(self, subject: Subject) -> Explanation:
        """Return the explanation of this model."""
        ...
