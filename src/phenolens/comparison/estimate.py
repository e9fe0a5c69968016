"""Estimate: how long the trainings of a comparison will take, from a few real steps of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phenolens.comparison.plan import DONE, Plan
from phenolens.core.progress import Say, silent

if TYPE_CHECKING:  # a comparison of tables never loads torch
    from phenolens.runs.timed import Pace


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the trainings that are still to be made will take.

    Attributes:
        paces: (the first cell that needs it, its pace) for each distinct training.
        jobs: Processes side by side.
    """

    paces: tuple[tuple[str, Pace], ...]
    jobs: int

    @property
    def seconds(self) -> float:
        """Of all trainings, spread over the processes."""
        return sum(pace.seconds for _, pace in self.paces) / self.jobs

    def lines(self) -> Iterator[str]:
        """Yield the estimate as text."""
        if not self.paces:
            yield "nothing is left to train"
            return
        from phenolens.runs.timed import TIMED, WARM_UP

        yield (
            f"trainings, from {TIMED} steps of each after {WARM_UP} that are not timed "
            "(preparing, embedding and scoring come on top):"
        )
        for cell, pace in self.paces:
            per_step = f"{pace.seconds_per_step:.3f} s"
            yield f"  {cell}: {pace.steps} steps of {per_step}, {duration(pace.seconds)}"
        several = f", {self.jobs} at a time" if self.jobs > 1 else ""
        yield f"  in all {duration(self.seconds)}{several}"


def estimate(plan: Plan, jobs: int, say: Say = silent) -> Estimate:
    """Take a few steps of each distinct training that is not made yet.

    Pixels that are not prepared yet are prepared, in the cache, where the comparison finds them.

    Args:
        plan: Of the comparison.
        jobs: Processes that it will have side by side.
        say: Called with one line per training.
    """
    known: dict[str, Pace] = {}
    found: list[tuple[str, Pace]] = []
    with plan.cache:
        for planned in plan.cells:
            stages = [stage for stage in planned.stages if stage.name == "train"]
            left = [s for s in stages if s.key not in known and not plan.has(s)]
            if planned.state == DONE or not left:
                continue
            from phenolens.runs.timed import timed_steps

            say(f"{planned.cell.folder}: taking a few steps")
            made = timed_steps(planned.job, planned.opened, known)
            known |= made
            found += [(planned.cell.folder, pace) for pace in made.values()]
    return Estimate(tuple(found), jobs)


def duration(seconds: float) -> str:
    """Return a time in words.

    Example:
        >>> duration(12.3), duration(600), duration(9000)
        ('12 s', '10 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
