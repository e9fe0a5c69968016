"""The page opens offline and holds what was understood."""

from __future__ import annotations

import json
import re
from pathlib import Path

from phenolens.curves.curve_files import CurveFiles
from phenolens.curves.page import render


def test_the_page(tmp_path: Path) -> None:
    (tmp_path / "<b>_phase.csv").write_text("Elapsed,Control,A 1 uM\n0,1,2\n3,2,4\n")
    curves = CurveFiles(files="*.csv").read(tmp_path)
    text = render(curves, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "2 curves of 1 run, 4 rows." in text
    assert "<h2>&lt;b&gt;</h2>" in text
    assert not re.search(r'(?:src|href)="(?!#)', text)  # nothing is fetched
    assert "--dose-5" in text
    assert "prefers-color-scheme: dark" in text
    found = re.search(r'id="results">(.*?)</script>', text, re.DOTALL)
    assert found
    assert json.loads(found[1])["runs"][0]["drugs"] == {"A": ["1"]}


def test_a_run_with_one_time_and_batches_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Drug,Hours,batch,x\nDMSO,0,b1,1\nErl,0,b2,2\n")
    curves = CurveFiles(files="a.csv", where="compound == 'Erl'").read(tmp_path)
    assert curves.profiles.meta["batch"].tolist() == ["b2"]
    assert curves.run_of_row.tolist() == ["a"]
    text = render(curves, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<figcaption>Erl</figcaption>" in text
    assert '"spacing": null' in text
