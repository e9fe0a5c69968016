"""The file in which `tune` keeps its trials: no damage stops a search, and no trial is lost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from phenolens.cli.program import app
from phenolens.core.errors import InputError
from phenolens.core.lock import held
from phenolens.core.profiles import Profiles
from phenolens.tune import work as work_module
from phenolens.tune.search import Trial
from phenolens.tune.tuned import Tuned
from phenolens.tune.work import Work, remove, work_file

SPACE = 'default = false\nchain = [{ steps = "standardize" }, { steps = "robustize" }]\n'


def _trial(number: int) -> Trial:
    values = pd.Series([0.5, number / 7], index=["a", "b"])
    return Trial(({"step": "standardize", "ddof": number},), values, float("nan"), "")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """Return a file of three trials."""
    made = Work(work_file(tmp_path / "chain.toml"), "key")
    for number in range(3):
        made.keep(_trial(number))
    return made


@pytest.fixture
def wells(tmp_path: Path) -> Path:
    compounds = (["DMSO"] * 4 + list("ccddeeff")) * 2
    meta = pd.DataFrame({"plate": ["p1"] * 12 + ["p2"] * 12, "compound": compounds})
    meta["well"] = [f"A{i + 1:02d}" for i in range(12)] * 2
    meta["control"] = meta["compound"] == "DMSO"
    values = np.random.default_rng(0).normal(size=(24, 6)).astype(np.float32)
    (tmp_path / "space.toml").write_text(SPACE)
    return Profiles(meta, values).save(tmp_path / "wells.parquet")


def _tune(wells: Path) -> tuple[str, BaseException | None]:
    folder = wells.parent
    command = ["tune", wells, "--space", folder / "space.toml", "--out", folder / "chain.toml"]
    done = CliRunner().invoke(app, list(map(str, command)))
    return done.output, done.exception


def test_it_is_hidden_and_says_what_it_is(work: Work) -> None:
    assert work.path.name == ".chain.toml.trials"
    assert work.path.read_text().startswith("# phenolens tune: ")


def test_cut_anywhere_it_is_continued(work: Work) -> None:
    whole = work.path.read_bytes()
    ends = [at for at, byte in enumerate(whole) if byte == ord("\n")]
    for cut in [*range(0, len(whole), 7), *ends, *(end + 1 for end in ends)]:
        work.path.write_bytes(whole[:cut])
        kept = work.read()
        assert len(kept) == sum(end <= cut for end in ends[1:])  # also where only its end is cut
        work.keep(_trial(3))
        work.keep(_trial(4))
        again = work.read()
        assert len(again) == len(kept) + 2
        assert again.keys() >= kept.keys()


def test_what_is_changed_in_it_is_left_out(work: Work) -> None:
    whole = work.path.read_bytes()
    begin = whole.index(b"\n") + 1
    for at in range(begin, len(whole), 3):
        work.path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        known = work.read()
        assert len(known) in (1, 2)
        for trial in known.values():
            number = trial.chain[0]["ddof"]
            pd.testing.assert_series_equal(trial.values, _trial(number).values)


@pytest.mark.parametrize(
    "record",
    [
        "{}",
        "[]",
        "3",
        '{"key": "key"}',
        '{"key": "key", "chain": 3, "treatments": [], "values": [], "mixing": 0, "failed": ""}',
        '{"key": "key", "chain": [1], "treatments": [], "values": [], "mixing": 0, "failed": ""}',
        '{"key": "key", "chain": [], "treatments": ["a"], "values": ["x"], "mixing": 0}',
        "[" * 100_000,
    ],
)
def test_a_line_of_another_kind_is_left_out(work: Work, record: str) -> None:
    with work.path.open("a") as file:
        file.write(f"{work_module._digest(record)} {record}\n")
    assert len(work.read()) == 3


@pytest.mark.parametrize("content", ["my notes\n", "# phenolens\n", '{"key": 1}\n', "\0" * 99])
def test_a_file_of_the_user_is_neither_changed_nor_deleted(wells: Path, content: str) -> None:
    path = work_file(wells.parent / "chain.toml")
    path.write_text(content)
    _, error = _tune(wells)
    assert isinstance(error, InputError)
    assert "is not a file of `phenolens tune`" in str(error)
    remove(path)
    assert path.read_text() == content


def test_a_file_that_had_the_old_name_is_left_alone(wells: Path) -> None:
    other = wells.with_name("chain.work")
    other.write_text("text")
    _tune(wells)
    assert other.read_text() == "text"
    assert (wells.parent / "chain.toml").exists()


def test_the_trials_are_kept_until_the_result_is_written(
    wells: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Tuned, "save", full)
        _, error = _tune(wells)
        assert error is not None
    path = work_file(wells.parent / "chain.toml")
    assert len(path.read_text().splitlines()) == 4  # two chains, and none at all
    output, error = _tune(wells)
    assert error is None, output
    assert output.count("measured before") == 3
    assert not path.exists()
    assert not list(wells.parent.glob(".chain*"))


def test_a_second_process_says_by_whom_the_result_is_written(wells: Path) -> None:
    with held(wells.parent / "chain.toml"):
        _, error = _tune(wells)
    assert isinstance(error, InputError)
    assert "is being written by process" in str(error)
    assert "--wait" in str(error)


def test_a_record_is_json(work: Work) -> None:
    lines = work.path.read_text().splitlines()[1:]
    assert [json.loads(line.split(" ", 1)[1])["key"] for line in lines] == ["key"] * 3
