"""What came out: the sections about the scores, each left out where it has nothing to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from phenolens.overview.compared import Compared
from phenolens.overview.cost import cost
from phenolens.overview.critical import critical
from phenolens.overview.factors import factors
from phenolens.overview.matrix import matrix
from phenolens.overview.means import Mean
from phenolens.overview.part import Part
from phenolens.overview.ranking import ranking


def scored(compared: Compared, ranked: Mapping[str, Sequence[Mean]]) -> list[Part]:
    """Return ranking, critical differences, matrix, factors and cost, as far as they are there.

    Args:
        compared: The tables.
        ranked: As `means` returns it.
    """
    made = (
        ranking(compared, ranked),
        critical(compared, ranked),
        matrix(compared, ranked),
        factors(compared),
        cost(compared, ranked),
    )
    return [part for part in made if part is not None]
