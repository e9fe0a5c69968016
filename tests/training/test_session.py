"""A session goes on exactly where the last one was, and stops where it is asked to."""

from __future__ import annotations

import importlib
import logging
import os
import signal
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from phenolens.core.interrupt import Asked
from phenolens.training.checkpoint import save_checkpoint
from phenolens.training.fit import fit
from phenolens.training.monitor import Place
from phenolens.training.session import stops, threads


@pytest.fixture
def kit(tiny: Path) -> ModuleType:
    """Return the tiny training."""
    del tiny
    return importlib.import_module("tiny_training")


def train(kit: ModuleType, folder: Path, place: Place | None = None, **changes: Any) -> Any:
    method = kit.make_method()
    training, machine = kit.make_training(**{"epochs": 2, **changes}), kit.make_machine()
    fit(method, kit.make_stream(), training, place or kit.place_in(folder), 2, machine)
    return method


@pytest.fixture(scope="module")
def whole(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Return the folder and the method of an uninterrupted training."""
    del tiny
    folder = tmp_path_factory.mktemp("whole")
    return folder, train(importlib.import_module("tiny_training"), folder)


def figures(folder: Path) -> list[list[str]]:
    """Return the log without its times and its memory."""
    lines = [line.split(",") for line in (folder / "log.csv").read_text().splitlines()]
    timed = {"seconds", "images_per_s", "memory_mb", "waiting"}
    return [[v for n, v in zip(lines[0], line, strict=True) if n not in timed] for line in lines]


def test_a_signal_ends_the_step_and_costs_nothing(
    kit: ModuleType, tmp_path: Path, whole: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at a checkpoint or a line of the log; then resumed, bit for bit, log included."""
    number = signal.SIGTERM

    class Stop(BaseException): ...

    def stop(*_: object) -> None:
        raise Stop

    true = kit.SlowDino.after_step

    def asked(method: Any, clock: Any) -> None:
        true(method, clock)
        if clock.step == 4:
            os.kill(os.getpid(), number)

    before = signal.signal(number, stop)
    try:
        with monkeypatch.context() as patch, pytest.raises(Stop):  # noqa: PT012
            patch.setattr(kit.SlowDino, "after_step", asked)
            train(kit, tmp_path / "stopped")
        assert signal.getsignal(number) is stop
    finally:
        signal.signal(number, before)
    kept = torch.load(tmp_path / "stopped" / "checkpoint.pt", weights_only=True)
    assert (kept["step"], kept["threads"]) == (5, torch.get_num_threads())
    one, two = kit.state_of(train(kit, tmp_path / "stopped")), kit.state_of(whole[1])
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert figures(tmp_path / "stopped") == figures(whole[0])


@pytest.mark.parametrize("damage", ["cut", "tensor", "optimizer", "log"])
def test_after_damage_it_is_trained_as_if_never_begun(
    kit: ModuleType,
    tmp_path: Path,
    whole: tuple[Path, Any],
    damage: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    place = kit.place_in(tmp_path)
    train(kit, tmp_path, replace(place, stop_after=1))
    path = place.checkpoint
    state = torch.load(path, weights_only=True)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-1000])
    elif damage == "log":
        place.log.write_bytes(b"\xff garbage")
    else:
        held = {"tensor": state["method"], "optimizer": state["optimizer"]["state"]}[damage]
        del held[next(iter(held))]
        torch.save(state, path)
    one, two = kit.state_of(train(kit, tmp_path)), kit.state_of(whole[1])
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert ("is damaged" in caplog.text) == (damage != "log")  # its lines are in the checkpoint
    assert "weights_only" not in caplog.text


def test_it_goes_on_with_the_threads_that_it_was_begun_with(
    kit: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="phenolens")
    here = torch.get_num_threads()
    place = kit.place_in(tmp_path)
    train(kit, tmp_path, replace(place, stop_after=1))
    torch.set_num_threads(here + 1)
    try:
        train(kit, tmp_path, replace(place, stop_after=1))
        assert torch.get_num_threads() == here + 1
    finally:
        torch.set_num_threads(here)
    assert caplog.messages == [
        "train: continuing from step 1 of 6",
        f"training goes on with {here} threads, as it was begun, not with {here + 1}: for the "
        "same bits",
    ]
    assert torch.load(place.checkpoint, weights_only=True)["threads"] == here
    with threads(here):
        pass
    assert len(caplog.messages) == 2


def test_another_device_is_named(
    kit: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="phenolens")
    place = kit.place_in(tmp_path)
    train(kit, tmp_path, replace(place, stop_after=1))
    state = torch.load(place.checkpoint, weights_only=True)
    del state["sha256"]
    save_checkpoint(place.checkpoint, {**state, "device": "cuda"})
    train(kit, tmp_path, place)
    (line,) = caplog.messages
    assert line.startswith("train: begun with device cuda, goes on with cpu: the weights will diff")


def test_processes_agree_when_to_stop() -> None:
    """Each asks the others only where all of them do."""
    given: list[float] = []

    def all_reduce(number: torch.Tensor, reduce_op: str) -> torch.Tensor:
        given.append(number.item())
        assert reduce_op == "max"
        return torch.tensor([15.0])  # SIGTERM reached another process

    two = SimpleNamespace(world_size=2, device=torch.device("cpu"), all_reduce=all_reduce)
    assert stops(Asked(), two, look=False) == 0
    assert stops(Asked(2), two, look=False) == 0
    assert given == []
    assert stops(Asked(), two, look=True) == 15
    assert given == [0.0]
    assert stops(Asked(2), SimpleNamespace(world_size=1), look=False) == 2
