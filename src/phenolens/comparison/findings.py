"""Findings: the effects of a grid's axes and the verdicts on its claims, from its folder alone."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from phenolens.comparison.claims import read_claims
from phenolens.comparison.effects import effects
from phenolens.comparison.finished import Finished
from phenolens.comparison.folder import ComparisonFolder
from phenolens.comparison.measured import Measures
from phenolens.comparison.verdicts import judged


def findings(folder: ComparisonFolder, cells: Sequence[Finished]) -> dict[str, pd.DataFrame]:
    """Return the tables `effects` and `claims` of a comparison.

    Args:
        folder: Of the comparison.
        cells: The finished ones.

    Raises:
        InputError: The claims of the folder were changed, and are wrong now.
    """
    measures, known = Measures(cells), tuple(folder.cells().values())
    claims = read_claims(folder.claims) if folder.claims.is_file() else ()
    return {
        "effects": effects(measures, known),
        "claims": judged(claims, measures, known, folder.name()),
    }
