"""What `phenolens auto` says first: what can be believed, what cannot, and why all is as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from phenolens.core.errors import InputError
from phenolens.core.small_files import read_small
from phenolens.drawing.numbers import shown
from phenolens.metrics.base import facts_of
from phenolens.results.contents import RunContents, number
from phenolens.sections.base import Section


class Believed(Section):
    """What can be believed and what cannot, the choices and reasons, baselines' own chains."""

    place: ClassVar[int] = 5

    @classmethod
    def of(cls, run: RunContents) -> Believed | None:
        """Return the section of a run that `phenolens auto` made; None for any other.

        Raises:
            InputError: Its file is damaged.
        """
        path = run.folder.answer
        if not path.is_file():
            return None
        try:
            found = json.loads(read_small(path))
            return cls.fill(
                can=[str(one) for one in found["can"]],
                cannot=[str(one) for one in found["cannot"]],
                choices=[
                    {k: str(one[k]) for k in ("name", "value", "reason")}
                    for one in found["choices"]
                ],
                baselines=[_row(one) for one in found["baselines"]],
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            fix = "run `phenolens auto` again: it will be made again"
            raise InputError("is damaged", where=path, fix=fix) from error


def _row(one: Mapping[str, Any]) -> dict[str, str]:
    """Return the figures of one score of a baseline as text."""
    interval = f"{shown(number(one['low']))} to {shown(number(one['high']))}"
    gap = number(one["ahead_value"])
    ahead = (
        f"{shown(gap)} ({shown(number(one['ahead_low']))} to {shown(number(one['ahead_high']))})"
    )
    return {
        "baseline": str(one["baseline"]),
        "chain": str(one["chain"]),
        "score": facts_of(str(one["score"])).title,
        "value": f"{shown(number(one['value']))} ({interval})",
        "ahead": ahead if gap == gap else "",
    }
