"""The page of a run with everything that one can click on: map, table, pictures, plates."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from phenolens.core.explanation import Explanation
from phenolens.report.page import render
from tests.results.conftest import MOA, results_of, write_run
from tests.results.explained_run import add_explanations, channels


def write_made_run(folder: Path) -> Path:
    """Write the run folder and its page; return the page."""
    write_run(folder, results_of())
    add_explanations(folder, [_channels()])
    return render(folder)


def _channels() -> Explanation:
    """Return calls of two mechanisms, each without one of three channels."""
    one = channels()
    rows = [
        one.rows.assign(moa=moa, channel=channel, lost=lost)
        for moa, losses in ((MOA[0], (0.1, 0.2, 0.7)), (MOA[1], (0.6, 0.1, 0.0)))
        for channel, lost in zip(("DAPI", "Tubulin", "Actin"), losses, strict=True)
    ]
    return Explanation(name=one.name, rows=pd.concat(rows, ignore_index=True), trusted=True)
