"""The log has each line once, however often training resumes; a lost loss names its step."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from phenolens.training.monitor import Monitor, Place, peak_memory_mb


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "c.pt", tmp_path / "logs" / "joint.csv", "mine", "train joint")


def lines(place: Place) -> list[dict[str, str]]:
    with place.log.open(newline="") as file:
        return list(csv.DictReader(file))


def run(place: Place, begin: int, stop: int, before: Mapping[str, Any] | None = None) -> Monitor:
    """Log every step from `begin` to before `stop`, as a session would."""
    with Monitor(place, begin, 10, 2.0, before=before) as monitor:
        for step in range(begin, stop):
            monitor.see(step, {"a": torch.tensor(step / 4)}, torch.eye(3), 6)
            monitor.log(step, step // 5, 0.1, monitor.look())
        monitor.flush()
    return monitor


def test_log_goes_on_where_the_checkpoint_was(place: Place) -> None:
    whole = run(place, 0, 10)
    before = lines(place)
    state = run(place, 0, 4).state()  # in the checkpoint
    place.log.write_text("what is in the file does not matter")
    monitor = run(place, 4, 10, state)
    log = lines(place)
    figures = ("step", "epoch", "loss", "lr", "rank", "loss_a")
    for name in figures:
        assert [row[name] for row in log] == [row[name] for row in before]
    assert monitor.effective_rank() == whole.effective_rank()
    assert [int(line["step"]) for line in log] == list(range(10))
    assert [float(line["loss_a"]) for line in log] == [step / 4 for step in range(10)]
    assert [int(line["epoch"]) for line in log] == [0] * 5 + [1] * 5
    assert float(log[0]["rank"]) == pytest.approx(3, abs=0.01)
    assert monitor.seconds >= state["seconds"]


def test_a_new_training_starts_a_new_log(place: Place) -> None:
    run(place, 0, 5)
    run(place, 0, 2)
    assert [int(line["step"]) for line in lines(place)] == [0, 1]


def test_a_step_whose_loss_was_lost_is_named_later(place: Place) -> None:
    with Monitor(place, 0, 10, None) as monitor:
        for step, loss in enumerate([1.0, 2.0, math.inf, math.nan]):
            monitor.see(step, {"a": torch.tensor(loss), "b": torch.tensor(0.5)}, torch.eye(2), 1)
        with pytest.raises(FloatingPointError, match=r"at step 2: \{'a': inf, 'b': 0.5\}"):
            monitor.flush()
    assert not place.log.exists()


def test_rank_is_that_of_the_most_recent_embeddings(place: Place) -> None:
    with Monitor(place, 0, 10, None) as monitor:
        assert math.isnan(monitor.effective_rank())
        loss = {"a": torch.tensor(1.0)}
        for step in range(3):
            monitor.see(step, loss, torch.ones(256, 4), 256)
        assert monitor.effective_rank() == pytest.approx(1, abs=1e-4)
        for step in range(3, 5):
            monitor.see(step, loss, torch.eye(4).repeat(64, 1), 256)
        assert monitor.effective_rank() == pytest.approx(4, abs=1e-3)  # the last 512


def test_only_the_first_process_writes(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with Monitor(place, 0, 10, None, process=1) as monitor:
        monitor.see(0, {"a": torch.tensor(1.0)}, torch.eye(2), 1)
        monitor.log(0, 0, 0.1, monitor.look())
        monitor.flush()
    assert not place.log.exists()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("every", [1, 3])
def test_ten_lines_at_most_where_there_is_no_terminal(
    place: Place, capsys: pytest.CaptureFixture[str], every: int
) -> None:
    with Monitor(place, 0, 40, 2.0) as monitor:
        for step in range(40):
            monitor.see(step, {"a": torch.tensor(1.0)}, torch.eye(2), 1)
            if step % every == 0 or step == 39:
                monitor.log(step, 0, 0.1, monitor.look())
    shown = capsys.readouterr().err.splitlines()
    assert 9 <= len(shown) <= 11
    assert shown[-1].startswith("train joint 40/40 loss 1.0000 (collapsed 2.00) rank 2.00")


def test_peak_memory_is_that_of_a_python_with_torch() -> None:
    assert 100 < peak_memory_mb() < 100_000
