"""The doctor: what is here, whether it works, and each problem with its fix."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from phenolens.cli import diagnosis, self_test
from phenolens.core.extras import EXTRAS
from phenolens.core.versions import own_version

Call = Callable[..., tuple[int, str, str]]


def test_all_is_well_here(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PHENOLENS_DATA", "some/where")
    status, out, err = call("doctor")
    assert (status, err) == (0, "")
    assert own_version() in out
    assert out.rstrip().endswith("all is well")
    for text in (*EXTRAS, "numpy", "openblas", "cores", "free for runs", "PHENOLENS_DATA"):
        assert text in out
    assert out.count("right, ") == 2
    assert not list(tmp_path.iterdir()), "it leaves nothing behind"


def test_json_has_everything(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, _ = call("doctor", "--json")
    report = json.loads(out)
    assert status == 0
    assert report["ok"]
    assert report["problems"] == []
    assert report["facts"]["folders"]["cache"] == str(tmp_path / "runs" / "phenolens-cache")
    assert all(check["problem"] == "" for check in report["self_test"])


def test_a_wrong_figure_is_a_problem_with_a_fix(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(self_test.EXPECTED, "nsc", 0.9)
    status, out, _ = call("doctor")
    assert status == 1
    assert "WRONG" in out
    assert "nsc is 0.406250, and should be 0.9; install phenolens again" in out
    assert "all is well" not in out


def test_the_table_half_alone_is_well(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without torch and the other extras, as `pip install phenolens` gives it."""
    absent = {module for modules in EXTRAS.values() for module in modules}
    monkeypatch.setattr(diagnosis, "_is_installed", lambda name: name not in absent)
    status, out, _ = call("doctor")
    assert status == 0
    assert "not installed: pip install 'phenolens[train]'" in out
    assert "training" not in out
