"""Commands that begin with images: what they print where, and their status."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles

Call = Callable[..., tuple[int, str, str]]


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
    assert "20 images paired by same compound." in out


def test_a_metric_that_cannot_be_computed_loses_no_other(call: Call, tmp_path: Path) -> None:
    """One profile is all zeros: it has no cosine distance, and a euclidean one."""
    meta = pd.DataFrame({"compound": [f"c{i}" for i in range(12)], "moa": list("aabbcc") * 2})
    features = np.eye(3)[pd.factorize(meta["moa"])[0]] + np.arange(12)[:, None] / 100
    features[4] = 0
    Profiles(meta, features).save(tmp_path / "x.parquet")
    recipe = tmp_path / "two.toml"
    recipe.write_text(
        '[profiles]\ntable = "x.parquet"\n[metrics.cos]\nmetric = "nsc"\n'
        '[metrics.far]\nmetric = "nsc"\ndistance = "euclidean"\n'
    )
    run = ("run", recipe, "--root", tmp_path, "--out", tmp_path / "run")
    for _ in range(2):  # it is tried again: what was missing may be there now
        status, out, err = call(*run)
        assert status == 2
        assert re.search(r"far .* 11/12|far .* 12/12", out)
        (error,) = [line for line in err.splitlines() if line.startswith("error: ")]
        assert error.startswith("error: cos: every feature of")
        assert f"report: {tmp_path / 'run' / 'report.html'}" in err
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert list(results["scores"]) == ["far"]
    assert f"error: cos: {results['failed']['cos']}" == error
    assert (tmp_path / "run" / "scores" / "far.parquet").exists()
    assert (
        "could not be computed: every feature of" in (tmp_path / "run" / "report.html").read_text()
    )
    status, _, err = call(*run, "--set", "metrics.cos.distance=euclidean")  # goes on in the folder
    assert status == 0
    assert "failed" not in json.loads((tmp_path / "run" / "results.json").read_text())


def test_a_lost_training_is_one_line_and_status_1(call: Call, tiny: Path, tmp_path: Path) -> None:
    changes = ["training.lr=1e30", "training.warmup_epochs=0", "training.epochs=5"]
    status, _, err = call(
        "run", tiny, "--out", tmp_path / "run", *(f"--set={change}" for change in changes)
    )
    assert status == 1
    assert "error: the loss is not finite at step" in err
    assert "Traceback" not in err


def test_embed_gives_the_runs_own_numbers(call: Call, finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "cells.parquet"
    model = finished / "models" / "joint"
    status, said, _ = call("embed", model, "tiny", tmp_path, "--out", out)
    assert status == 0
    assert said.strip() == str(out)
    made = Profiles.load(out)
    kept = Profiles.load(finished / "embeddings" / "joint.parquet")
    assert np.array_equal(made.features, kept.features)
    assert "Metadata_Well" in pd.read_parquet(out).columns
    assert [path.name for path in tmp_path.iterdir()] == ["cells.parquet"]
    (tmp_path / "cells.work").mkdir()
    (tmp_path / "cells.work" / "notes.txt").write_text("mine")
    call("embed", model, "tiny", tmp_path, "--out", out, "--set", "seed=1")
    assert [path.name for path in (tmp_path / "cells.work").iterdir()] == ["notes.txt"]
    assert not np.array_equal(Profiles.load(out).features, kept.features)


def test_check_says_what_a_screen_is(call: Call, tmp_path: Path) -> None:
    status, out, _ = call("check", "tiny", tmp_path)
    assert status == 0
    assert "24 fields, 2 plates" in out
    assert "no problem found" in out
    status, out, _ = call("check", "cells", tmp_path)
    assert status == 1
    assert "problem" in out


@pytest.mark.usefixtures("tiny")
def test_check_lists_flagged_images(call: Call, tmp_path: Path) -> None:
    status, out, _ = call("check", "tiny", tmp_path, "--quality")
    assert status == 0
    assert "of 24 images flagged, none is left out" in out
    assert "  empty: p0 A04 0: " in out  # noise on a level plane


def test_check_tries_a_recipe_on_the_table_of_a_screen(
    call: Call, tiny: Path, tmp_path: Path
) -> None:
    assert call("check", "tiny", tmp_path, "--recipe", tiny)[0] == 0
    late = tmp_path / "late.toml"
    late.write_text(tiny.read_text().replace("[metrics.nsc]", '[metrics.nsc]\nsame = "target"'))
    status, out, _ = call("check", "tiny", tmp_path, "--recipe", late)
    assert status == 1
    assert "problem: recipe, 1" in out
    assert "tiny: metrics.nsc: nsc needs a column 'target'" in out
    late.write_text('name = "t"\nprofiles = { table = "w.csv" }\n[metrics.nsc]\n')
    status, out, _ = call("check", "tiny", tmp_path, "--recipe", late)
    assert status == 1
    assert "t: is about a table; name a recipe with a [screen]" in out


def test_an_explanation_that_cannot_be_made_has_a_status(
    call: Call, finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished.parent, tmp_path / "runs")
    folder = tmp_path / "runs" / finished.name
    asked = ("explain", folder, "typical_cells", "--set", 'typical_cells.same="gene"')
    status, _, err = call(*asked)
    assert status == 2
    assert "error: explanations.typical_cells: an explanation needs a column 'gene'" in err
    assert (folder / "results.json").is_file()


def test_an_explanation_is_answered_again_and_resumed_after_a_stop(
    call: Call, finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished.parent, tmp_path / "runs")
    folder = tmp_path / "runs" / finished.name
    asked = ("explain", folder, "typical_cells", "--set", 'typical_cells.by=""')
    first = call(*asked)
    assert first[0] == 0, first
    assert "typical cells: Beyond " in first[1]
    assert "(chance 0.05)" in first[1]
    assert call(*asked)[1] == first[1]  # nothing is made, and the answer is printed all the same
    for gone in ("results.json", "report.html"):  # as it is where the command was stopped
        (folder / gone).unlink()
    assert call(*asked)[1] == first[1]
    assert (folder / "results.json").is_file()
    (folder / "results.json").unlink()
    (folder / "profiles.parquet").unlink()
    status, _, err = call(*asked)
    assert status != 0
    assert "no finished run" in err


def test_measured_features_have_no_network_to_explain(call: Call, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text('features = "nuclear_ratio"\n', encoding="utf-8")
    status, _, err = call("explain", tmp_path, "channel_knock_out")
    assert status == 2
    assert "no network to explain: its features are those that nuclear_ratio measures" in err
    assert "an [encoder]" in err
    assert "leave these out" not in err
