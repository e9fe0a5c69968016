"""A chain is read from one line, a file or tables; written, it reads the same again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.chain import (
    before_last,
    build_steps,
    chain_text,
    place_of,
    profile,
    read_chain,
    stages,
)
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.standardize import Standardize


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("standardize", [{"step": "standardize"}]),
        (" standardize , tvn,", [{"step": "standardize"}, {"step": "tvn"}]),
        (
            "sphere(regularization=1,rotation=zca),tvn()",
            [{"step": "sphere", "regularization": 1, "rotation": "zca"}, {"step": "tvn"}],
        ),
        (
            "aggregate( by = [treatment, plate] , how=median)",
            [{"step": "aggregate", "by": ["treatment", "plate"], "how": "median"}],
        ),
        ('a(x="1, (2]", y=\'",\')', [{"step": "a", "x": "1, (2]", "y": '",'}]),
        (r'a(x="\"]")', [{"step": "a", "x": '"]'}]),
        ("a(x={y=[1,2]},z=true)", [{"step": "a", "x": {"y": [1, 2]}, "z": True}]),
        ("mine.steps:Mine(x=1e-3)", [{"step": "mine.steps:Mine", "x": 1e-3}]),
        ("a(x=[[1,2],[b]])", [{"step": "a", "x": [[1, 2], ["b"]]}]),
        ("", []),
    ],
)
def test_one_line_is_read_and_written_back(text: str, tables: list[dict[str, Any]]) -> None:
    assert list(read_chain(text)) == tables
    assert list(read_chain(chain_text(tables))) == tables


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sphere(regularization=1", r"'\)' is missing"),
        ("sphere)", r"'\)' closes no bracket"),
        ("sphere(x=[1)]", r"'\)' closes no bracket"),
        ("sphere(x='1)", "' is missing"),
        ("sphere(1)", "--steps sphere: expected KEY=VALUE, got '1'"),
        ("sphere(=1)", "expected KEY=VALUE, got '=1'"),
        ("sphere tvn", "expected a step, got 'sphere tvn'; write name or"),
        ("__import__('os').system('x')", "closes no bracket"),
        ("absent.toml", "absent.toml: no such file"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_chain(text)


def test_files_and_steps_follow_one_another(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name="x"\n[[profiling]]\nstep="tvn"\nfamily="ws_dino"\n', encoding="utf-8")
    one = read_chain(f"standardize,{file},aggregate")
    assert [table["step"] for table in one] == ["standardize", "tvn", "aggregate"]
    assert one[1] == {"step": "tvn", "family": "ws_dino"}
    assert read_chain(["standardize", str(file), "aggregate"]) == one
    for wrong, message in [
        ("a = ", "is not TOML"),
        ("a = 1", "holds no steps; write them as"),
        ("profiling = 3", r"mine.toml: profiling: expected .*, got 3 \(int\)"),
    ]:
        file.write_text(wrong, encoding="utf-8")
        with pytest.raises(InputError, match=message):
            read_chain(str(file))


def test_settings_are_changed_by_number_or_name() -> None:
    text = "standardize,sphere(rotation=zca),aggregate,aggregate"
    made = read_chain(text, ["1.regularization=0.5", "sphere.on=all", "3.by=[treatment]"])
    assert made[1] == {"step": "sphere", "rotation": "zca", "regularization": 0.5, "on": "all"}
    assert made[2:] == ({"step": "aggregate"}, {"step": "aggregate", "by": ["treatment"]})
    assert read_chain("a,b", ["1.step=c"])[1] == {"step": "c"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("aggregate.how=median", "appears 2 times in the chain; write 1.KEY=VALUE or 2.KEY=VALUE"),
        ("spher.rotation=zca", "no step 'spher' in the chain; did you mean 'sphere'"),
        ("3.how=median", "no step '3' in the chain; .*allowed: 0, 1, 2, aggregate, sphere"),
        ("sphere=3", "expected STEP.KEY=VALUE, got 'sphere=3'; write sphere.KEY=VALUE"),
        ("sphere.x", "expected KEY=VALUE, got 'x'"),
    ],
)
def test_a_change_of_no_step_or_of_several_is_refused(change: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_chain("sphere,aggregate,aggregate", [change])


def test_places() -> None:
    tables = read_chain("a,b,a")
    assert place_of(tables, "b") == 1
    assert before_last(tables, "a", "x") == 2
    with pytest.raises(InputError, match="x: no step 'c' in the chain; allowed: a, b"):
        before_last(tables, "c", "x")


def test_steps_are_built_and_checked_before_any_runs() -> None:
    steps = build_steps(read_chain("standardize(on=all),aggregate(by=[well])"))
    assert steps == (Standardize(on="all"), Aggregate(by=("well",)))
    for text, message in [
        ("standardise", "steps.0.step: no 'standardise' in profiling; did you mean 'standardize'"),
        ("aggregate(hwo=mean)", r"steps.0.hwo: unknown key; did you mean 'how'"),
        ("aggregate(by=well)", "expected a list of str"),
    ]:
        with pytest.raises(InputError, match=message):
            build_steps(read_chain(text))
    with pytest.raises(InputError, match=r'steps.0: needs step = "..."'):
        build_steps([{"name": "tvn"}])


@pytest.fixture
def wells() -> Profiles:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"plate": list("aabb") * 3, "well": list("xyxy") * 3})
    return Profiles(meta=meta, features=rng.normal(size=(12, 3)))


def test_a_chain_is_its_steps_called_in_order(wells: Profiles) -> None:
    steps = (Standardize(on="all"), Aggregate())
    made = profile(wells, steps)
    by_hand = Aggregate()(Standardize(on="all")(wells))
    assert np.array_equal(made.features, by_hand.features)
    assert np.array_equal(profile(wells, "standardize(on=all),aggregate").features, made.features)
    assert profile(wells, "") is wells


def test_stages_are_what_stood_after_so_many_steps(wells: Profiles) -> None:
    steps = (Standardize(on="all"), Aggregate())
    found = stages(wells, steps, [2, 0, 1])
    assert found[0] is wells
    assert [len(found[k]) for k in range(3)] == [12, 12, 4]
    assert np.array_equal(found[2].features, profile(wells, steps).features)
    assert set(stages(wells, steps, [1])) == {1}
