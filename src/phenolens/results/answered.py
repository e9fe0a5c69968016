"""Answered: what `phenolens auto` wrote into the folder of its run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.small_files import read_small

_CHOICE = ("name", "value", "reason")
_NUMBERS = ("value", "low", "high", "ahead_value", "ahead_low", "ahead_high")


@dataclass(frozen=True, slots=True)
class OwnChain:
    """One score of a baseline under the chain of steps that was chosen for it.

    Attributes:
        baseline: Its title.
        chain: The steps, in words.
        score: Name of the score.
        figures: `value`, `low`, `high`, and `ahead_value`, `ahead_low`, `ahead_high`: by how much
            the run exceeds it, row by row. None where a figure is not known.
    """

    baseline: str
    chain: str
    score: str
    figures: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer says of its run.

    Attributes:
        can: Sentences that can be believed.
        cannot: Sentences that cannot, or not yet.
        choices: What was decided: name, value, reason.
        baselines: Each score of each baseline under a chain of its own.
        doubts: Name of a score -> why it cannot be believed.
    """

    can: tuple[str, ...]
    cannot: tuple[str, ...]
    choices: tuple[Mapping[str, str], ...]
    baselines: tuple[OwnChain, ...]
    doubts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Answered | None:
        """Return what a file says; None where `phenolens auto` made no answer.

        Raises:
            InputError: The file is damaged.
        """
        if not path.is_file():
            return None
        try:
            found = json.loads(read_small(path))
            return cls(
                can=tuple(str(one) for one in found["can"]),
                cannot=tuple(str(one) for one in found["cannot"]),
                choices=tuple({k: str(one[k]) for k in _CHOICE} for one in found["choices"]),
                baselines=tuple(_own(one) for one in found["baselines"]),
                doubts={str(k): str(v) for k, v in dict(found.get("doubts") or {}).items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            fix = "run `phenolens auto` again: it will be made again"
            raise InputError("is damaged", where=path, fix=fix) from error


def _own(one: Mapping[str, Any]) -> OwnChain:
    figures = {key: None if one[key] is None else float(one[key]) for key in _NUMBERS}
    return OwnChain(str(one["baseline"]), str(one["chain"]), str(one["score"]), figures)
