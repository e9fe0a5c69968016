"""Answers of the metric `dose_order` are read from its rows, whatever the score is called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
from tests.results.time_run import departure_rows, dose_order_rows, write_time_run

from phenolens.results.contents import RunContents
from phenolens.results.dose_orders import dose_orders_of


def test_one_answer_per_drug_and_line(tmp_path: Path) -> None:
    run = RunContents.read(write_time_run(tmp_path / "run"))
    found = dose_orders_of(replace(run, rows={"a": departure_rows(), "b": dose_order_rows()}))
    assert len(found) == 8
    killer, both, water = (found[name, "HT29"] for name in ("killer", "both", "water"))
    assert (killer.answer, killer.doses, killer.curves) == ("rises", 2, 4)
    assert (killer.arrow, killer.words) == ("\u2197", "rises with the dose")
    assert both.words == "not monotone in the dose"
    assert (water.arrow, water.words) == ("?", "dose order: cannot tell")
    assert dose_orders_of(replace(run, rows={"a": departure_rows()})) == {}
    lone = pd.DataFrame(dose_order_rows()).drop(columns="cell_line").iloc[:1]
    assert list(dose_orders_of(replace(run, rows={"b": lone}))) == [("killer", "")]
