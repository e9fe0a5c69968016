"""What several commands take is read alike."""

from __future__ import annotations

import pytest

from phenolens.cli.options import ChainOptions, layout, machine
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.profiling.sphere import Sphere
from phenolens.profiling.standardize import Standardize
from phenolens.screens.synthetic import Synthetic


def test_a_chain_is_built_with_its_changes() -> None:
    chain = ChainOptions(steps=["standardize,sphere"], changes=["sphere.regularization=2"])
    assert chain.build() == (Standardize(), Sphere(regularization=2.0))
    assert ChainOptions().build() == ()


def test_a_layout_is_built_with_its_settings() -> None:
    assert layout("synthetic", ["seed=3"]) == Synthetic(seed=3)


def test_a_machine_is_read_and_checked() -> None:
    assert machine(None) == Machine()
    assert machine(["accelerator=cpu", "threads=8"]) == Machine(accelerator="cpu", threads=8)
    with pytest.raises(InputError, match=r"--machine\.thread: unknown key; did you mean 'threads'"):
        machine(["thread=8"])
    with pytest.raises(InputError, match=r"--machine\.accelerator: 'gpu' is not allowed"):
        machine(["accelerator=gpu"])
    with pytest.raises(InputError, match=r"--machine\.threads: must be from 1 to 1024, got 0"):
        machine(["threads=0"])
