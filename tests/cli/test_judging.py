"""Commands that judge: what they print, what they write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from phenolens.chains.chain import Tables, read_chain
from phenolens.core.profiles import Profiles
from phenolens.tune.space import default_space
from phenolens.tune.tune import tune

Call = Callable[..., tuple[int, str, str]]
SPACE = """
default = false
[[chain]]
steps = "standardize"
[[chain]]
steps = "standardize,sphere(regularization=1)"
"""


@pytest.fixture
def space(tmp_path: Path) -> Path:
    path = tmp_path / "space.toml"
    path.write_text(SPACE, encoding="utf-8")
    return path


def test_tune_writes_a_chain_that_profile_takes(
    call: Call, wells: Path, space: Path, tmp_path: Path
) -> None:
    chain = tmp_path / "chain.toml"
    status, out, err = call(
        *("tune", wells, "--column", "batch=Metadata_Run", "--space", space, "--out", chain)
    )
    assert status == 0, err
    assert out.startswith("chosen: standardize")
    assert "nsc (test labels, after the choice)" in out
    assert "/3 standardize: 0." in err
    assert f"written to {chain}" in err
    assert not chain.with_suffix(".work").exists()
    wanted = tune(
        Profiles.load(wells, columns={"batch": "Metadata_Run"}),
        [read_chain("standardize"), read_chain("standardize,sphere(regularization=1)")],
    )
    assert read_chain(str(chain)) == wanted.chain
    made = tmp_path / "made.parquet"
    assert call("profile", wells, "--steps", chain, "--out", made)[0] == 0
    steps = [entry["step"] for entry in Profiles.load(made).provenance]
    assert steps[-len(wanted.chain) :] == [table["step"] for table in wanted.chain]


def test_tune_prints_json_alone(call: Call, wells: Path, space: Path) -> None:
    status, out, _ = call("tune", wells, "--space", space, "--json", "--seed", "3")
    assert status == 0
    found = json.loads(out)
    assert found["seed"] == 3
    assert {trial["name"] for trial in found["trials"]} == {
        *("standardize", "standardize,sphere(regularization=1)")
    }
    assert set(found["labels"]) == {"chosen", "as given", "standardize"}


def test_tune_tries_the_default_chains_unless_told(
    call: Call, wells: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of them here; `tests/tune/test_tune.py` searches them all."""
    true, found = default_space, list[Tables]()

    def few(profiles: Profiles) -> tuple[Tables, ...]:
        found.extend(true(profiles))
        return tuple(found[:3])

    monkeypatch.setattr("phenolens.tune.space.default_space", few)
    status, _, err = call("tune", wells, "--batch-of-plate", "^(W.)_")
    assert status == 0
    assert len(found) == 90
    assert "1/4 as given" in err


def test_tune_refuses_what_it_cannot_do(call: Call, wells: Path, tmp_path: Path) -> None:
    for more, message in (
        (["--where", "plate == 'W0_p0'"], "at least half of the treatments"),
        (["--mixing", "1.5"], "mixing: must be in [0, 1)"),
        (["--space", tmp_path / "absent.toml"], "absent.toml: no such file"),
    ):
        status, out, err = call("tune", wells, *more)
        assert (status, out) == (2, "")
        assert message in err


def test_audit_prints_the_verdict_and_writes_the_page(
    call: Call, wells: Path, tmp_path: Path
) -> None:
    steps = "standardize,aggregate(by=[treatment])"
    status, out, err = call("audit", wells, "--steps", steps, "--out", tmp_path)
    assert status == 0, err
    assert f"written to {tmp_path / 'audit.html'}" in err
    assert "<html" in (tmp_path / "audit.html").read_text(encoding="utf-8")
    found = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert [step.replace("(", " ").split()[0] for step in found["about"]["steps"]] == [
        "standardize",
        "aggregate",
    ]
    assert " ".join(out.split()).startswith(" ".join(found["verdict"]["sentence"].split()))


def test_audit_prints_json_alone(call: Call, wells: Path) -> None:
    status, out, _ = call("audit", wells, "--same", "moa", "--json", "--seed", "1")
    assert status == 0
    found = json.loads(out)
    assert found["about"]["truth"] == "moa"
    assert found["about"]["seed"] == 1
    assert found["verdict"]["sentence"]
