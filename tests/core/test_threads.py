"""OpenMP's threads sleep while they wait, unless the user has set it otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from phenolens.core import threads
from phenolens.core.threads import kept_threads, wait_passively

NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the environment without these variables, before and after."""
    for name in NAMES:
        monkeypatch.setenv(name, "x")  # so that the end of the test restores it
        monkeypatch.delenv(name)


def test_the_variables_are_set_only_where_the_default_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "PASSIVE", False)
    wait_passively()
    assert not set(NAMES) & set(os.environ)
    monkeypatch.setattr(threads, "PASSIVE", True)
    wait_passively()
    assert [os.environ[name] for name in NAMES] == ["PASSIVE", "0"]


@pytest.mark.parametrize("name", NAMES)
def test_what_the_user_has_set_is_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PASSIVE", True)
    monkeypatch.setenv(name, "ACTIVE")
    wait_passively()
    assert os.environ[name] == "ACTIVE"
    assert len(set(NAMES) & set(os.environ)) == 1


def test_openmp_reads_them_when_torch_is_loaded_after() -> None:
    """GNU's OpenMP prints its settings where OMP_DISPLAY_ENV asks for them."""
    pytest.importorskip("torch")
    code = (
        "import os; os.environ['OMP_DISPLAY_ENV'] = 'VERBOSE'\n"
        "from phenolens.core import threads; threads.PASSIVE = True; threads.wait_passively()\n"
        "import torch"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    if "GOMP_SPINCOUNT" not in done.stderr:
        pytest.skip("torch is not built with GNU's OpenMP here")
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in done.stderr
    assert "GOMP_SPINCOUNT = '0'" in done.stderr


def test_a_library_that_changes_the_number_of_threads_leaves_no_trace() -> None:
    before = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt), kept_threads():  # noqa: PT012
        torch.set_num_threads(before + 1)
        raise KeyboardInterrupt
    assert torch.get_num_threads() == before
