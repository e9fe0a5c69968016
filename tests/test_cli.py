"""The command line: what it prints where, and with which status it ends."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens import cli
from phenolens.core.profiles import Profiles
from phenolens.recipe import shipped_recipes

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return the command line as a function: arguments -> (status, stdout, stderr)."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setitem(sys.modules, "umap", None)  # it takes seconds to compile

    def called(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["phenolens", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            end(cli.main)
        out, err = capsys.readouterr()
        status = ended.value.code
        assert isinstance(status, int | None)
        return status or 0, out, err

    return called


def end(command: Callable[[], None]) -> None:
    """End as a process does whose command returns."""
    command()
    sys.exit(0)


COMMANDS = ("run", "embed", "score", "report", "check", "list")


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


def test_run_prints_json_alone_on_stdout(
    call: Call, tiny: Path, finished: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(finished, tmp_path / "run"))
    status, out, err = call(
        "run", tiny, "--out", folder, "--json", "--set", "metrics.nsc.permutations=50"
    )
    assert status == 0
    found = json.loads(out)
    assert found == json.loads((folder / "results.json").read_text())
    assert "24 images of DNA, Actin" in err
    assert f"report: {folder / 'report.html'}" in err
    assert "<html" in (folder / "report.html").read_text()


def test_run_prints_a_table_and_what_one_must_know(
    call: Call, tiny: Path, finished: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(finished, tmp_path / "run"))
    status, out, err = call("run", tiny, "--out", folder)
    assert status == 0
    assert f"{folder} is done" in err
    hits = json.loads((folder / "results.json").read_text())["scores"]["nsc"]["hits"]
    assert re.search(rf"tiny .* nsc .* {hits}/10", out)
    assert "intensity statistics" in out
    assert "20 images paired by same compound" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "quickstrat"], "error: quickstrat: no such recipe; did you mean 'quickstart'?"),
        (
            ["run", "quickstart", "--set", "training.epoch=5"],
            "error: quickstart.toml: training.epoch: unknown key; did you mean 'epochs'?",
        ),
        (["run", "quickstart", "--set", "epochs"], "error: --set: 'epochs' is no key=value"),
        (["score", "absent.parquet"], "error: absent.parquet: no such file"),
        (["score", "a", "--metric", "nscd"], "error: nscd.metric: no 'nscd' in metrics; did you"),
        (["report", "nowhere"], "error: nowhere: no results.json"),
        (["embed", "nowhere", "synthetic", "."], "no such encoder"),
        (["check", "bbc021", "."], "error: layout.layout: no 'bbc021' in screens; did you mean"),
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


def test_arguments_that_are_missing_or_unknown_end_with_2(call: Call) -> None:
    for arguments in (["run"], ["runn"], ["run", "quickstart", "--epochs", "3"]):
        status, _, err = call(*arguments)
        assert status == 2
        assert "Usage" in err


def test_a_lost_training_is_one_line_and_status_1(call: Call, tiny: Path, tmp_path: Path) -> None:
    changes = ["training.lr=1e30", "training.warmup_epochs=0", "training.epochs=5"]
    status, _, err = call(
        "run", tiny, "--out", tmp_path / "run", *(f"--set={change}" for change in changes)
    )
    assert status == 1
    assert "error: the loss is not finite at step" in err
    assert "Traceback" not in err


def test_list_shows_every_room_with_a_line_each(call: Call) -> None:
    status, out, _ = call("list")
    assert status == 0
    for name in ("bbbc021", "vit", "dino", "tvn", "nscb", *shipped_recipes()):
        assert re.search(rf"^  {name} +\S", out, re.MULTILINE), name
    _, metrics, _ = call("list", "metrics")
    assert "nscb" in metrics
    assert "bbbc021" not in metrics
    assert re.search(r"^  quickstart +The demo", call("list", "recipes")[1], re.MULTILINE)


def test_embed_gives_the_runs_own_numbers(call: Call, finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "cells.parquet"
    model = finished / "models" / "joint"
    status, said, _ = call("embed", model, "tiny_layout:Tiny", tmp_path, "--out", out)
    assert status == 0
    assert said.strip() == str(out)
    made = Profiles.load(out)
    kept = Profiles.load(finished / "embeddings" / "joint.parquet")
    assert np.array_equal(made.features, kept.features)
    assert "Metadata_Well" in pd.read_parquet(out).columns
    assert [path.name for path in tmp_path.iterdir()] == ["cells.parquet"]
    call("embed", model, "tiny_layout:Tiny", tmp_path, "--out", out, "--set", "seed=1")
    assert not np.array_equal(Profiles.load(out).features, kept.features)


def test_score_gives_the_runs_own_score(call: Call, finished: Path) -> None:
    profiles = finished / "profiles.parquet"
    status, out, _ = call("score", profiles, "--metric", "nsc", "--json")
    assert status == 0
    kept = json.loads((finished / "results.json").read_text())["scores"]
    assert json.loads(out) == kept
    status, table, _ = call("score", profiles, "--metric", "nsc", "--set", "nsc.truth=batch")
    assert status == 0
    assert "profiles.parquet" in table
    assert f"{kept['nsc']['hits']}/10" not in table


def test_report_makes_the_page_again(call: Call, finished: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(finished, tmp_path / "run"))
    status, out, _ = call("report", folder)
    assert status == 0
    assert out.strip() == str(folder / "report.html")
    assert (folder / "report.html").is_file()


def test_check_says_what_a_screen_is(call: Call, tmp_path: Path) -> None:
    status, out, _ = call("check", "tiny_layout:Tiny", tmp_path)
    assert status == 0
    assert "24 fields, 2 plates" in out
    assert "no problem found" in out
    status, out, _ = call("check", "cells", tmp_path)
    assert status == 1
    assert "problem" in out
