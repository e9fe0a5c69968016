"""A search that is killed goes on where it was."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from phenolens.chains.chain import read_chain
from phenolens.core.profiles import Profiles
from phenolens.tune.search import Trial
from phenolens.tune.tune import tune
from phenolens.tune.work import Work, made_by

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


def test_trials_of_another_version_are_measured_again(
    tmp_path: Path, wells: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def stop_at_the_second(line: str) -> None:
        said.append(line)
        if len(said) % 2 == 0:
            raise KeyboardInterrupt

    for version in ("1", "1", "2"):
        monkeypatch.setattr("phenolens.tune.tune.version_of", lambda _, v=version: v)
        with pytest.raises(KeyboardInterrupt):
            tune(wells, [()], say=stop_at_the_second, work=tmp_path / "w")
    assert [line.endswith("measured before") for line in said[::2]] == [False, True, False]


def test_trials_of_an_edited_file_or_step_are_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(tmp_path / "w", "table", made_by)
    blocked = tmp_path / "blocked.txt"
    blocked.write_text("blocklist\nf1\n")
    chain = ({"step": "select_features", "operations": ["blocklist"], "blocklist": str(blocked)},)
    for one in (chain, ({"step": "standardize"},), ({"step": "absent"},)):
        work.keep(replace(TRIAL, chain=one))
    assert len(work.read()) == 3
    blocked.write_text("blocklist\nf2\n")
    assert len(work.read()) == 2
    monkeypatch.setattr("phenolens.tune.work.foreign_code", lambda *_: {"mine:Step": "edited"})
    assert [trial.chain[0]["step"] for trial in work.read().values()] == ["absent"]
