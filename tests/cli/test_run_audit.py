"""The folder of a run is audited with its own steps, and its scores are made without cells."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.cli.run_audit import AuditedRun, is_run
from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.runs.baselines import embeddings_of, measured_table
from phenolens.runs.recipe import Recipe
from phenolens.runs.run import run

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    shutil.copytree(finished.parent, tmp_path / "runs")
    return tmp_path / "runs" / finished.name


def test_a_run_is_audited_and_its_page_has_the_answer(
    call: Call, folder: Path, tmp_path: Path
) -> None:
    assert is_run([str(folder)])
    assert not is_run([str(tmp_path)])
    out = tmp_path / "audit.json"
    status, printed, err = call("audit", folder, "--json", "--out", out)
    assert status == 0, err
    found = json.loads(printed)
    assert "leaks" in found["background"]["joint"]["figures"]
    assert found["verdict"] == json.loads(out.read_text())["verdict"]
    assert 'id="background"' in (folder / "report.html").read_text(encoding="utf-8")
    status, printed, _ = call("audit", folder)
    assert status == 0
    assert "scores need cells" in printed


@pytest.mark.parametrize("leaks", [1.0, 0.0])
def test_what_was_found_without_cells_is_a_finding(leaks: float) -> None:
    note = "without a single cell nsc is above chance"
    summary = {"figures": {"leaks": leaks}, "notes": [note]}
    profiles = Profiles(meta=pd.DataFrame({"well": ["A01"]}), features=np.zeros((1, 1)))
    (finding,) = AuditedRun(profiles, (), {"DNA": summary}).findings()
    assert finding.severity == ("leak" if leaks else "fine")
    assert finding.title.endswith(": DNA")
    assert finding.evidence == "Without a single cell nsc is above chance."


def test_options_of_tables_are_refused(call: Call, folder: Path) -> None:
    status, _, err = call("audit", folder, "--steps", "standardize")
    assert status != 0
    assert "--steps" in err
    assert "with its own steps" in err


def test_options_of_runs_are_refused_for_a_table(call: Call, folder: Path) -> None:
    for option in ("--root", "--cache"):
        status, _, err = call("audit", folder / "profiles.parquet", option, folder)
        assert status != 0
        assert f"{option}: is about the folder of a run" in err
    assert "--allow-unmatched" in call("audit", folder, "--allow-unmatched")[2]


def test_a_run_of_measured_features_is_audited(call: Call, tiny: Path, tmp_path: Path) -> None:
    whole = tomllib.loads(tiny.read_text(encoding="utf-8"))
    table = {key: whole[key] for key in ("screen", "profiling", "metrics")}
    out = tmp_path / "runs" / "measured"
    run(Recipe.from_table({**table, "features": "intensity", "baselines": []}), out=out, page=False)
    status, printed, err = call("audit", out)
    assert status == 0, err
    assert "NSC" in printed


@pytest.mark.parametrize("given", [{"features": "intensity"}, {}])
def test_what_was_measured_is_there_for_the_steps_of_an_audit(
    tiny: Path, tmp_path: Path, given: dict[str, str]
) -> None:
    whole = tomllib.loads(tiny.read_text(encoding="utf-8"))
    kept = ("screen", "profiling", "metrics", *(() if given else ("encoder", "embedding")))
    table = {key: whole[key] for key in kept} | {"measured": ["cell_count"], "baselines": []}
    out = tmp_path / "runs" / "measured"
    run(Recipe.from_table({**table, **given}), out=out, page=False)
    found = embeddings_of(RunFolder(out), {**table, **given})
    assert "cells_per_image" in found.meta
    cells = measured_table(RunFolder(out), "cell_count").features[:, 0]
    assert np.array_equal(
        found.meta.groupby(["plate", "well", "site"], observed=True, sort=False)[
            "cells_per_image"
        ].first(),
        cells,
    )


def test_a_background_that_cannot_be_audited_is_a_finding() -> None:
    profiles = Profiles(meta=pd.DataFrame({"well": ["A01"]}), features=np.zeros((1, 1)))
    (finding,) = AuditedRun(profiles, (), {}, "every feature is constant").findings()
    assert finding.severity == "warning"
    assert finding.title == "the background could not be audited"
    assert finding.evidence == "every feature is constant"


def test_what_was_not_measured_without_cells_is_named() -> None:
    profiles = Profiles(meta=pd.DataFrame({"well": ["A01"]}), features=np.zeros((1, 1)))
    background = {"joint": {"figures": {"leaks": 0.0}, "notes": ["no leak was found"]}}
    (finding,) = AuditedRun(profiles, (), background, joined=("plain",)).findings()
    assert finding.title == "scores need cells (what was learned alone, without plain)"


@pytest.mark.parametrize(
    ("leaks", "severity"),
    [(None, "warning"), (float("nan"), "warning"), (0.0, "fine"), (2, "leak")],
)
def test_a_background_of_which_nothing_is_known_is_not_fine(
    leaks: float | None, severity: str
) -> None:
    profiles = Profiles(meta=pd.DataFrame({"well": ["A01"]}), features=np.zeros((1, 1)))
    background = {"joint": {"figures": {"leaks": leaks}, "notes": ["a note"]}}
    (finding,) = AuditedRun(profiles, (), background).findings()
    assert finding.severity == severity
