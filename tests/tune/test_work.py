"""A search that is killed goes on where it was."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from phenolens.chains.chain import read_chain
from phenolens.tune.search import Trial
from phenolens.tune.work import Work

TRIAL = Trial(
    read_chain("sphere(regularization=0.1)"), pd.Series({"a@1": 1 / 3, "b": 0.1}), math.nan
)


def test_trials_come_back_to_the_last_bit(tmp_path: Path) -> None:
    work = Work(tmp_path / "deep" / "chain.work", "table")
    assert work.read() == {}
    work.keep(TRIAL)
    work.keep(Trial(read_chain("pca"), pd.Series(dtype=float), 0.5, "it failed"))
    found = work.read()
    assert list(found) == ["sphere(regularization=0.1)", "pca"]
    first = found["sphere(regularization=0.1)"]
    assert first.chain == TRIAL.chain
    assert first.values.to_dict() == TRIAL.values.to_dict()
    assert math.isnan(first.mixing)
    assert (found["pca"].failed, found["pca"].mixing, len(found["pca"].values)) == (
        *("it failed", 0.5, 0),
    )


def test_of_another_table_and_cut_lines_are_left(tmp_path: Path) -> None:
    path = tmp_path / "chain.work"
    Work(path, "table").keep(TRIAL)
    assert Work(path, "other").read() == {}
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text[: len(text) // 2], encoding="utf-8")
    assert len(Work(path, "table").read()) == 1
