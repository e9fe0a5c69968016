"""What was understood, in words."""

from __future__ import annotations

from pathlib import Path

from phenolens.curves.curve_files import CurveFiles
from phenolens.curves.words import words_of


def test_every_fact_is_one_line(tmp_path: Path) -> None:
    text = "Elapsed,Control,Erl 1 nM,Erl 2 nM,mystery\n0,1,2,3,4\n3,,5,6,7\n10,1,2,3,4\n"
    (tmp_path / "run_phase.csv").write_text(text)
    (run,) = CurveFiles(files="run_phase.csv", cell_line="PC9").read(tmp_path).runs
    assert dict(words_of(run)) == {
        "read as": "one column per condition; 1 table",
        "measured": "phase (1 value missing)",
        "conditions": "4, 4 curves, 1 per condition",
        "drugs": "Erl (0.001, 0.002 uM); mystery",
        "controls": "Control",
        "cell lines": "PC9",
        "times": "3, 0 to 10 h, usually every 5 h, uneven",
        "time column": "'Elapsed', hours (no unit is given)",
    }


def test_long_lists_are_cut(tmp_path: Path) -> None:
    names = ",".join(f"drug{chr(97 + i)} 1 uM" for i in range(20))
    (tmp_path / "run.csv").write_text(f"Elapsed,{names}\n0,{','.join('1' * 20)}\n")
    (run,) = CurveFiles(files="run.csv").read(tmp_path).runs
    assert dict(words_of(run))["drugs"].endswith("drugl (1 uM); ... (20 in all)")
    assert dict(words_of(run))["controls"] == "none"
