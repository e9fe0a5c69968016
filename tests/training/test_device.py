"""One choice of device and precision, for training and for embedding."""

from __future__ import annotations

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.training.device import autocast, describe, device_of, precision_of


def has(patch: pytest.MonkeyPatch, *, cuda: bool, mps: bool) -> None:
    patch.setattr(torch.cuda, "is_available", lambda: cuda)
    patch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "best"), [(True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_is_the_best_there_is(
    monkeypatch: pytest.MonkeyPatch, *, cuda: bool, mps: bool, best: str
) -> None:
    has(monkeypatch, cuda=cuda, mps=mps)
    assert device_of("auto").type == best
    assert device_of("cpu").type == "cpu"


def test_a_device_that_is_absent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, cuda=False, mps=True)
    assert device_of("mps").type == "mps"
    with pytest.raises(InputError, match="no cuda device; use one of mps, cpu"):
        device_of("cuda")


def test_precision_is_what_the_device_has(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu, cuda, mps = (torch.device(name) for name in ("cpu", "cuda", "mps"))
    for present in (True, False):
        wanted = "bf16" if present else "float32"
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda present=present: present)
        monkeypatch.setattr(
            torch.cpu,
            "get_capabilities",
            lambda present=present: {"avx512_bf16": present},
            raising=False,
        )
        assert precision_of("auto", cuda) == wanted
        assert precision_of("auto", cpu) == wanted
        assert precision_of("bf16", cpu) == "bf16"
        assert precision_of("float32", cuda) == "float32"
        assert precision_of("auto", mps) == "float32"
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert precision_of("auto", cpu) == "float32"


def test_the_forward_pass_computes_in_that_precision() -> None:
    layer, x = torch.nn.Linear(2, 2), torch.ones(1, 2)
    for precision, dtype in (("bf16", torch.bfloat16), ("float32", torch.float32)):
        with autocast(precision, torch.device("cpu")):  # type: ignore[arg-type]
            assert layer(x).dtype == dtype


def test_a_device_is_described_by_its_name() -> None:
    count = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        assert describe(torch.device("cpu")) == "cpu, 1 thread"
        torch.set_num_threads(2)
        assert describe(torch.device("cpu")) == "cpu, 2 threads"
    finally:
        torch.set_num_threads(count)
