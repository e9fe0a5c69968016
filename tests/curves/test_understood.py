"""What was understood of a run is counted from its curves."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from phenolens.curves.curve_files import CurveFiles
from phenolens.curves.understood import curve_numbers


def test_counts_and_notes(tmp_path: Path) -> None:
    text = "Elapsed,Erl 1 nM,Erl 2 nM,blank\n0,1,2,0\n3,,4,0\n9,5,6,0\n0,5,6,0\n3,7,8,0\n"
    (tmp_path / "run_phase.csv").write_text(text)
    (run,) = CurveFiles(files="run_phase.csv").read(tmp_path).runs
    assert (run.run, run.conditions, run.curves, run.replicates) == ("run", 3, 6, (2, 2))
    assert run.variables == {"phase": 1}
    assert (run.times.count, run.times.missing, run.times.gaps) == (3, 0, 3)
    assert run.files == {"run_phase.csv": "row 1 names 'Elapsed', then 3 columns of conditions"}
    assert run.notes == (
        "its replicates have 3, 2 times",
        "no condition is a control: name it with --control",
        "without a dose: blank (what is not a treatment can be left out with --where)",
    )
    assert json.loads(json.dumps(run.facts()))["times"]["last"] == 9.0


def test_rows_of_one_curve_and_time_are_noted(tmp_path: Path) -> None:
    text = "Drug,Hours,track_id,x\na,0,1,5\na,0,2,6\nDMSO,0,3,7\n"
    (tmp_path / "run.csv").write_text(text)
    (run,) = CurveFiles(files="run.csv").read(tmp_path).runs
    assert "1 row has the curve and time of another row: name the column" in run.notes[-1]
    named = CurveFiles(files="run.csv", columns={"replicate": "track_id"}).read(tmp_path)
    assert named.runs[0].curves == 3
    assert not any("another row" in note for note in named.runs[0].notes)


def test_curves_are_numbered_without_their_times() -> None:
    rows = pd.DataFrame({"plate": ["a", "a", "b"], "time": [0, 3, 0], "well": [None, None, "A01"]})
    assert curve_numbers(rows).tolist() == [0, 0, 1]
