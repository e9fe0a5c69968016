"""The loop learns, resumes bit for bit after SIGKILL, and is the same on two processes."""

from __future__ import annotations

import csv
import importlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.methods.base import Clock, Method, Outcome, ParameterGroup, example_views
from phenolens.training import session
from phenolens.training.checkpoint import save_checkpoint
from phenolens.training.fit import fit
from phenolens.training.monitor import Place
from phenolens.training.settings import Training

SCRIPT = Path(__file__).parents[1] / "tiny" / "tiny_training.py"


@pytest.fixture
def kit(tiny: Path) -> ModuleType:
    """Return the tiny training."""
    del tiny
    return importlib.import_module("tiny_training")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "checkpoint.pt", tmp_path / "log.csv", "mine")


def steps_logged(folder: Path) -> list[int]:
    with (folder / "log.csv").open(newline="") as file:
        return [int(line["step"]) for line in csv.DictReader(file)]


def start(folder: Path, how: str, **env: str) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, str(SCRIPT), str(folder), how, str(torch.get_num_threads())]
    return subprocess.Popen(command, env={**os.environ, **env}, stderr=subprocess.PIPE)


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_killed_and_resumed_ends_in_the_same_bits(
    kit: ModuleType, tmp_path: Path, precision: str
) -> None:
    """With drop path, every change of intensity, partners, a warm-up and clipping."""
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = start(killed, precision)
    training, machine = kit.make_training(precision=precision), kit.make_machine()
    uninterrupted = kit.make_method()  # meanwhile
    fit(uninterrupted, kit.make_stream(), training, kit.place_in(whole), seed=2, machine=machine)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (killed / "checkpoint.pt").exists():
        time.sleep(0.02)
    time.sleep(0.2)  # into the steps after it, of which there are two
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (killed / "weights.safetensors").exists()
    assert torch.load(killed / "checkpoint.pt", weights_only=True)["step"] == 4
    resumed = kit.make_method()
    cost = fit(resumed, kit.make_stream(), training, kit.place_in(killed), seed=2, machine=machine)
    one, two = kit.state_of(resumed), kit.state_of(uninterrupted)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert save(dict(one)) == save(dict(two))
    assert (cost.steps, cost.finished) == (12, True)
    expected = [*range(0, 12, 2), 11]
    assert steps_logged(killed) == steps_logged(whole) == expected
    logs = [(folder / "log.csv").read_text().splitlines() for folder in (killed, whole)]
    columns = logs[0][0].split(",")
    for name in ("loss", "lr", "rank", "loss_dino"):
        figures = [[line.split(",")[columns.index(name)] for line in log[1:]] for log in logs]
        assert figures[0] == figures[1]


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def test_two_processes_that_share_a_batch_train_as_one(kit: ModuleType, tmp_path: Path) -> None:
    """In float32, without drop path and clipping; the processes agree to the bit."""
    env = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
        "GROUP_RANK": "0",
        "TORCHELASTIC_RUN_ID": "test",
        "CUDA_VISIBLE_DEVICES": "",
    }
    folders = [tmp_path / str(rank) for rank in range(2)]
    shared = [
        start(folder, "shared", RANK=str(rank), LOCAL_RANK=str(rank), **env)
        for rank, folder in enumerate(folders)
    ]
    alone = kit.make_method(drop_path=0.0)
    fit(
        alone,
        kit.make_stream(),
        kit.make_training(clip=0.0, epochs=2),
        kit.place_in(tmp_path),
        seed=2,
        machine=kit.make_machine(),
    )
    for process in shared:
        _, errors = process.communicate(timeout=90)
        assert process.returncode == 0, errors.decode()
    first, second = (load_file(folder / "weights.safetensors") for folder in folders)
    one = kit.state_of(alone)
    assert all(torch.equal(first[name], second[name]) for name in one)
    start_of = kit.state_of(kit.make_method(drop_path=0.0))
    for name, value in one.items():
        mine, other, before = value, first[name], start_of[name]
        if name.endswith("qkv.bias"):  # attention does not feel the keys' bias: its gradient is
            keep = torch.arange(3).repeat_interleave(len(value) // 3) != 1  # rounding alone
            mine, other, before = value[keep], other[keep], before[keep]
        assert (mine - other).abs().max() < 1e-4, name
        if name.startswith("student.backbone"):
            assert (mine - before).abs().max() > 1e-3, name  # it moved by much more than that
    assert steps_logged(folders[0]) == steps_logged(tmp_path)
    assert not (folders[1] / "log.csv").exists()
    # Looks: by the first process alone, before the first step and after each of 2 epochs; the
    # weights are to the bit those without looks.
    assert [(folder / "looks.txt").read_text() for folder in folders] == ["3", "0"]
    for folder in folders:
        watched = load_file(folder / "watched.safetensors")
        assert all(torch.equal(value, watched[name]) for name, value in first.items())
    assert "replicates" in (folders[0] / "watched" / "log.csv").read_text()


FACTS = ViewFacts(("DNA",), {"global": 1})


class Linear(Encoder):
    """A linear map of the image's mean, at 0."""

    def __init__(self, channels: tuple[str, ...] = FACTS.channels) -> None:
        super().__init__(channels)
        self.dim = 1
        self.layer = nn.Linear(1, 1)
        nn.init.zeros_(self.layer.weight)
        nn.init.zeros_(self.layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.layer(x.mean(dim=(1, 2, 3))[:, None])
        return made

    @classmethod
    def example(cls) -> tuple[Encoder, Tensor]:
        return cls(), torch.rand(2, 1, 1, 1)


class Line(Method):
    """Least squares on the mean of a view: convex, so that what must happen is known."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__(FACTS)
        self.encoder = Linear()
        self.layer = self.encoder.layer
        self.scale = scale
        self.calls: list[tuple[str, Clock]] = []

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        return cls(), example_views(FACTS)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        self.calls.append(("loss", clock))
        x = views.images[0].mean(dim=(1, 2, 3))[:, None]
        made = self.encoder(views.images[0])
        off = self.scale * (made - (2 * x + 1)).square().mean()
        return Outcome({"off": off}, made.detach())

    def after_backward(self, clock: Clock) -> None:
        assert self.layer.weight.grad is not None
        self.calls.append(("after_backward", clock))

    def after_step(self, clock: Clock) -> None:
        assert self.layer.weight.grad is None
        self.calls.append(("after_step", clock))


class Fixed:
    """Four anchors, the same at every step; a NaN where it is asked for."""

    steps_per_epoch = 5

    def __init__(self, lost_at: int = -1) -> None:
        self.lost_at = lost_at
        self.asked: list[int] = []

    def iterate(
        self, start: int, stop: int, device: torch.device, process: int = 0, processes: int = 1
    ) -> Iterator[Views]:
        del device, process, processes
        for step in range(start, stop):
            self.asked.append(step)
            image = torch.linspace(-1, 1, 4).reshape(4, 1, 1, 1)
            if step == self.lost_at:
                image = image * torch.nan
            rows = torch.zeros(4, 2, dtype=torch.long)
            yield Views((image,), ("global",), (0,), rows)


def plain(**settings: Any) -> Training:
    base: dict[str, Any] = {
        "epochs": 40,
        "batch_size": 4,
        "lr": 0.05,
        "warmup_epochs": 0,
        "weight_decay": 0.0,
        "final_weight_decay": 0.0,
        "precision": "float32",
    }
    return Training(**{**base, **settings})


CPU = Machine(accelerator="cpu")


def test_learns_what_can_be_learnt(place: Place) -> None:
    method = Line()
    cost = fit(method, Fixed(), plain(), place, 0, CPU)
    assert method.layer.weight.item() == pytest.approx(2, abs=0.01)
    assert method.layer.bias.item() == pytest.approx(1, abs=0.01)
    assert (cost.steps, cost.finished) == (200, True)
    assert cost.images_per_second == pytest.approx(200 * 4 / cost.seconds, rel=0.5)


def test_each_step_knows_how_far_training_is(place: Place) -> None:
    method = Line()
    fit(method, Fixed(), plain(epochs=2), place, 0, CPU)
    assert [name for name, _ in method.calls] == ["loss", "after_backward", "after_step"] * 10
    clocks = [clock for name, clock in method.calls if name == "loss"]
    assert clocks == [Clock(step=s, steps=10, epoch=s // 5, epochs=2) for s in range(10)]


def test_a_budget_stops_and_the_next_session_goes_on(place: Place) -> None:
    method, stream = Line(), Fixed()
    first = fit(method, stream, plain(epochs=3), replace(place, stop_after=7), 0, CPU)
    assert (first.steps, first.finished) == (7, False)
    resumed = Line()
    second = fit(resumed, stream, plain(epochs=3), replace(place, stop_after=100), 0, CPU)
    assert (second.steps, second.finished) == (15, True)
    assert stream.asked == list(range(15))
    whole = Line()
    other = Place(place.log.with_name("b.pt"), place.log.with_name("b.csv"), "x")
    fit(whole, Fixed(), plain(epochs=3), other, 0, CPU)
    assert torch.equal(whole.layer.weight, resumed.layer.weight)
    third = fit(resumed, stream, plain(epochs=3), place, 0, CPU)  # nothing is left to do
    assert third.finished
    assert stream.asked == list(range(15))


def test_a_kill_just_after_a_checkpoint_leaves_no_gap_in_the_log(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    training, machine = plain(epochs=3), replace(CPU, checkpoint_every=4, log_every=1)

    def killed(path: Path, state: dict[str, Any]) -> None:
        save_checkpoint(path, state)
        if state["step"] == 8:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(session, "save_checkpoint", killed)
        with pytest.raises(KeyboardInterrupt):
            fit(Line(), Fixed(), training, place, 0, machine)
    stream = Fixed()
    fit(Line(), stream, training, place, 0, machine)
    assert stream.asked == list(range(8, 15))
    assert steps_logged(place.log.parent) == list(range(15))


@pytest.mark.parametrize("clip", [0.0, 1.0])
@pytest.mark.parametrize(("every", "kept_at"), [(3, 6), (100, 0)])
def test_a_lost_loss_stops_at_its_step_and_is_not_kept(
    place: Place, every: int, kept_at: int, clip: float
) -> None:
    machine = replace(CPU, checkpoint_every=every, log_every=50)
    with pytest.raises(FloatingPointError, match=r"not finite at step 7: \{'off': nan\}"):
        fit(Line(), Fixed(lost_at=7), plain(clip=clip), place, 0, machine)
    if not kept_at:
        assert not place.checkpoint.exists()
        return
    kept = torch.load(place.checkpoint, weights_only=True)
    assert kept["step"] == kept_at
    assert all(torch.isfinite(value).all() for value in kept["method"].values())


@pytest.mark.parametrize("clip", [0.0, 0.5])
def test_gradients_are_clipped_to_their_norm(
    place: Place, monkeypatch: pytest.MonkeyPatch, clip: float
) -> None:
    norms: list[float] = []
    true = torch.optim.AdamW.step

    def spy(optimizer: torch.optim.AdamW, *given: Any) -> Any:
        grads = [p.grad for group in optimizer.param_groups for p in group["params"]]
        norms.append(torch.cat([g.flatten() for g in grads]).norm().item())
        return true(optimizer, *given)

    monkeypatch.setattr(torch.optim.AdamW, "step", spy)
    fit(Line(scale=1000), Fixed(), plain(epochs=1, clip=clip), place, 0, CPU)
    if clip:
        assert norms == pytest.approx([clip] * 5, rel=1e-4)
    else:
        # By hand at zero: d/db = 2 mean(0 - (2x + 1)) = -2; d/dw = -2 mean(2 x^2) = -20 / 9.
        assert norms[0] == pytest.approx(1000 * (4 + 400 / 81) ** 0.5, rel=1e-5)


def test_another_trainings_checkpoint_is_refused(place: Place) -> None:
    fit(Line(), Fixed(), plain(epochs=1), place, 0, CPU)
    other = Place(place.checkpoint, place.log, "other")
    with pytest.raises(InputError, match="other settings; move it away"):
        fit(Line(), Fixed(), plain(epochs=2), other, 0, CPU)


class Random(Line):
    """A loss that depends on torch's generator."""

    def __init__(self) -> None:
        super().__init__()
        self.draws: list[float] = []

    def loss(self, views: Views, clock: Clock) -> Outcome:
        outcome, drawn = super().loss(views, clock), torch.rand(())
        self.draws.append(drawn.item())
        return Outcome({"off": outcome.terms["off"] * drawn}, outcome.embedding)


def test_the_global_generator_is_neither_read_nor_moved(place: Place, tmp_path: Path) -> None:
    weights: list[Mapping[str, Tensor]] = []
    for i in range(2):
        method = Random()
        torch.manual_seed(i)
        before = torch.get_rng_state()
        at = Place(tmp_path / f"{i}.pt", tmp_path / f"{i}.csv", "mine")
        fit(method, Fixed(), plain(epochs=1), at, 3, CPU)
        assert torch.equal(torch.get_rng_state(), before)
        weights.append(method.state_dict())
        assert len(set(method.draws)) == 5  # each step draws anew
    assert torch.equal(weights[0]["encoder.layer.weight"], weights[1]["encoder.layer.weight"])
    other = Random()
    fit(other, Fixed(), plain(epochs=1), place, 4, CPU)
    assert not torch.equal(weights[0]["encoder.layer.weight"], other.layer.weight)


class Paced(Line):
    """The bias learns ten times faster than the weight."""

    def groups(self) -> list[ParameterGroup]:
        weight, bias = self.layer.parameters()
        return [ParameterGroup((weight,)), ParameterGroup((bias,), lr=10.0)]


def test_each_group_learns_at_its_own_rate(place: Place) -> None:
    """Plain gradient descent, one step from 0; gradients by hand as above."""
    method = Paced()
    training = plain(epochs=1, optimizer="sgd", momentum=0.0, schedule="constant", lr=0.01, clip=0)
    fit(method, Fixed(), training, replace(place, stop_after=1), 0, CPU)
    assert method.layer.weight.item() == pytest.approx(0.01 * 20 / 9, rel=1e-5)
    assert method.layer.bias.item() == pytest.approx(0.1 * 2, rel=1e-5)


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd", "lars"])
def test_every_optimizer_resumes_in_the_same_bits(
    place: Place, tmp_path: Path, optimizer: str
) -> None:
    settings: dict[str, Any] = {"schedule": "steps", "milestones": (0.4, 0.8), "trust": 0.5}
    training = plain(epochs=2, optimizer=optimizer, **settings)
    whole, resumed = Line(), Line()
    other = Place(tmp_path / "b.pt", tmp_path / "b.csv", "mine")
    fit(whole, Fixed(), training, other, 0, CPU)
    fit(Line(), Fixed(), training, replace(place, stop_after=7), 0, CPU)
    fit(resumed, Fixed(), training, place, 0, CPU)
    assert whole.layer.weight.item() != 0
    assert torch.equal(whole.layer.weight, resumed.layer.weight)
    assert torch.equal(whole.layer.bias, resumed.layer.bias)


def test_the_learning_rate_in_the_log_is_that_of_the_schedule(place: Place) -> None:
    settings: dict[str, Any] = {"schedule": "steps", "milestones": (0.5,), "lr": 0.04}
    fit(Line(), Fixed(), plain(epochs=2, **settings), place, 0, replace(CPU, log_every=1))
    with place.log.open(newline="") as file:
        rates = [float(line["lr"]) for line in csv.DictReader(file)]
    assert rates == pytest.approx([0.04] * 5 + [0.004] * 5)
