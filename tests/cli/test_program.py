"""The program: help, bad input, and what is loaded for them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., tuple[int, str, str]]
COMMANDS = (
    "run",
    "compare",
    "embed",
    "profile",
    "score",
    "audit",
    "tune",
    "report",
    "check",
    "list",
    "cache",
    "doctor",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(call: Call, command: str) -> None:
    status, out, _ = call(command, "--help")
    assert status == 0
    assert f"phenolens {command}" in out
    assert "Example:" in out


def test_help_lists_every_command(call: Call) -> None:
    status, out, _ = call("--help")
    assert status == 0
    assert all(command in out for command in COMMANDS)


def test_help_loads_nothing_heavy() -> None:
    code = """
import sys
from phenolens import cli
sys.argv = ["phenolens", "--help"]
try:
    cli.main()
except SystemExit:
    pass
heavy = {"torch", "pandas", "numpy", "scipy", "sklearn", "pyarrow"} & set(sys.modules)
sys.exit(f"loaded {heavy}" if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "quickstrat"], "error: quickstrat: no such recipe; did you mean 'quickstart'?"),
        (
            ["run", "quickstart", "--set", "training.epoch=5"],
            "error: quickstart.toml: training.epoch: unknown key; did you mean 'epochs'?",
        ),
        (
            ["run", "quickstart", "--set", "epochs"],
            "error: --set: expected KEY=VALUE, got 'epochs'",
        ),
        (["score", "absent.parquet"], "error: absent.parquet: no such file"),
        (["score", "a", "--metric", "nscd"], "error: nscd.metric: no 'nscd' in metrics; did you"),
        (["profile", "absent.csv", "--out", "a.csv"], "error: absent.csv: no such file"),
        (["profile", "no_*.csv", "--out", "a.csv"], "error: no_*.csv: no file matches"),
        (
            ["profile", "a.csv", "--steps", "sphere,tvnn", "--out", "b.csv"],
            "error: steps.1.step: no 'tvnn' in profiling; did you mean 'tvn'?",
        ),
        (
            [
                "profile",
                "a.csv",
                "--steps",
                "sphere,sphere",
                "--set",
                "sphere.on=all",
                "--out",
                "b.csv",
            ],
            "error: --set: 'sphere' appears 2 times in the chain; write 0.KEY=VALUE or 1.KEY=VALUE",
        ),
        (["score", "a.csv", "--set", "lisi.k=3"], "is neither a requested metric nor a step"),
        (
            ["score", "a.csv", "--column", "batch"],
            "error: --column: expected OURS=THEIRS, got 'batch'",
        ),
        (["audit", "absent.csv"], "error: absent.csv: no such file"),
        (["tune", "absent.csv"], "error: absent.csv: no such file"),
        (["report", "nowhere"], "error: nowhere: no finished run (no results.json)"),
        (["embed", "nowhere", "synthetic", "."], "no model here"),
        (["check", "bbc021", "."], "error: layout.layout: no 'bbc021' in screens; did you mean"),
        (["run", "quickstart", "--machine", "thread=2"], "error: --machine.thread: unknown key"),
        (
            ["run", "quickstart", "--machine", "threads"],
            "error: --machine: expected KEY=VALUE, got",
        ),
        (["cache"], "error: runs/phenolens-cache: no cache here; name its folder with --cache"),
        (["cache", "clear"], "error: cache clear: nothing says which stages to clear"),
        (["--plugin", "absent_package", "list"], "error: absent_package: no such package"),
        (["list", "metric"], "error: metric: nothing of that kind; did you mean 'metrics'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_status_2(
    call: Call, arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = call(*arguments)
    assert status == 2
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err


def test_a_folder_that_cannot_be_written_is_one_line(
    call: Call, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("kept")
    for options, words in (
        (("--out", "file"), "file: is a file; choose another --out"),
        (("--out", "file/run"), "file: exists already"),
        (("--out", "run", "--cache", "file"), "is a file where a folder is needed"),
    ):
        status, _, err = call("run", tiny, *options)
        assert status == 2
        assert words in err
        assert "Traceback" not in err
    assert Path("file").read_text() == "kept"


def test_arguments_that_are_missing_or_unknown_end_with_2(call: Call) -> None:
    for arguments in (["run"], ["runn"], ["run", "quickstart", "--epochs", "3"]):
        status, _, err = call(*arguments)
        assert status == 2
        assert "Usage" in err


def test_help_is_there_at_once() -> None:
    """Under half a second of this machine's time, the interpreter's own start included."""
    code = "from phenolens.cli import main; main()"
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    loaded = [line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if "|" in line]
    assert len(loaded) > 50
    assert not {name for name in loaded if name.startswith("phenolens.")} - {
        "phenolens.cli",
        "phenolens.cli.program",
        "phenolens.cli.spread",
        "phenolens.cli.table_options",
        "phenolens.cli.auto",
        "phenolens.cli.cache",
        "phenolens.cli.commands",
        "phenolens.cli.comparing",
        "phenolens.cli.curves",
        "phenolens.cli.doctor",
        "phenolens.cli.ending",
        "phenolens.cli.folder_options",
        "phenolens.cli.judging",
        "phenolens.cli.listing",
        "phenolens.cli.options",
        "phenolens.cli.pixels",
        "phenolens.cli.preparing",
        "phenolens.cli.printing",
        "phenolens.cli.streams",
        "phenolens.cli.tables",
        "phenolens.cli.weights",
        "phenolens.core",
        "phenolens.core.interrupt",
        "phenolens.core.threads",
    }
    assert time.perf_counter() - began < 5  # a guard against the gross; the list above is the test


def test_a_signal_before_there_is_a_command_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from phenolens import cli
    from phenolens.cli import program
    from phenolens.core.interrupt import SIGNALS, Interrupted

    def stopped() -> int:
        raise Interrupted(signal.SIGTERM)

    monkeypatch.setattr(program, "run_program", stopped)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert ended.value.code == 128 + signal.SIGTERM
