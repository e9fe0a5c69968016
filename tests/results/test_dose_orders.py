from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tests.results.time_run import write_time_run

from phenolens.results.contents import RunContents
from phenolens.results.dose_orders import dose_orders_of


@pytest.fixture
def run(tmp_path: Path) -> RunContents:
    return RunContents.read(write_time_run(tmp_path / "run"))


def test_the_answers_of_the_metric_by_drug_and_line(run: RunContents) -> None:
    rows = pd.DataFrame(
        [
            ("killer", "A549", "rises", 0.9, 3, 6),
            ("water", "A549", "cannot tell", 0.1, 3, 6),
            ("both", "A549", "not monotone", -0.2, 3, 6),
        ],
        columns=["compound", "cell_line", "order", "value", "doses", "curves"],
    )
    found = dose_orders_of(replace(run, rows={"any": rows}))
    assert found["killer", "A549"].words == "rises with the dose"
    assert (found["killer", "A549"].trend, found["killer", "A549"].curves) == (0.9, 6)
    assert found["water", "A549"].words == "dose order: cannot tell"
    assert len({one.arrow for one in found.values()}) == 3


def test_a_run_that_did_not_ask_has_none(run: RunContents) -> None:
    assert dose_orders_of(replace(run, rows={})) == {}
