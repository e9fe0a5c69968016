"""What a step learns from a table, together with what it made of that table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from jaxtyping import Float

S = TypeVar("S")


@dataclass(frozen=True, slots=True, eq=False)
class Learned(Generic[S]):
    """The result of fitting a step.

    Attributes:
        state: All that is needed to apply the step to other rows: a dataclass of arrays, texts and
            numbers. In the shapes of its annotations `d` is the number of features that go in,
            `e` of those that come out, and `g` the number of groups.
        features: (n, e) the features of the rows fitted on and of all others in that table.
        names: Names of the features that come out.
        facts: Figures for the provenance: how many rows, which groups, how well the step's
            promise holds on the result.
    """

    state: S
    features: Float[np.ndarray, "n e"]
    names: tuple[str, ...]
    facts: Mapping[str, Any]
