"""Two processes never write into one run folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.safety.runs_kit import command, contents, recipe, save_wells

from phenolens.runs.results import Results
from phenolens.runs.run import run

HOLDER = """
import sys
from pathlib import Path
from phenolens.core.lock import held
with held(Path(sys.argv[-1])):
    print("held", flush=True)
    sys.stdin.readline()
"""
RECIPE = """
name = "wells"
profiles = { table = "wells.parquet" }
metrics = { nsc = {} }
profiling = [{ step = "standardize" }, { step = "aggregate", by = ["compound"] }]
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a table, a recipe, and a finished run in `out`."""
    monkeypatch.setitem(sys.modules, "umap", None)  # it takes seconds to compile
    monkeypatch.setattr(sys, "argv", ["phenolens"])
    save_wells(tmp_path / "wells.parquet")
    (tmp_path / "r.toml").write_text(RECIPE)
    run(recipe(), tmp_path, tmp_path / "out")
    return tmp_path


@contextmanager
def another(path: Path) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, "run", str(path)], stdin=pipe, stdout=pipe, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            stream.close()


def test_the_second_one_says_by_which_process_or_waits(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = root / "out"
    given = ["run", root / "r.toml", "--root", root, "--out", out, "--set", "metrics.nsc.seed=7"]
    before = contents(out)
    with another(out) as process:
        for arguments in (given, ["report", out]):
            assert command(*arguments) == 2
            err = capsys.readouterr().err
            assert f"error: {out}: is being written by process {process.pid} on " in err
            assert f"(`phenolens run {out}`, since 20" in err
            assert "wait for it, or add --wait" in err
        assert contents(out) == before
        timer = threading.Timer(0.3, process.send_signal, (signal.SIGKILL,))
        timer.start()
        assert command(*given, "--wait") == 0
        timer.join()
        assert "; waiting until it is free" in capsys.readouterr().err
    assert (Results.read(out).folder / "recipe.toml").read_text().count("seed = 7") == 1
    assert not list(root.glob(".*"))


def test_further_processes_of_the_same_run_are_not_locked_out(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As torchrun starts them: the first one alone holds the folder."""
    monkeypatch.setenv("RANK", "1")
    with another(root / "out"):
        found = run(recipe(), root, root / "out")
    assert found == Results.read(root / "out")
    assert os.environ["RANK"] == "1"
