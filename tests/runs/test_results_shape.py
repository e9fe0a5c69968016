"""Results of any other shape are damaged, for every reader alike."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.runs.results import Results
from phenolens.runs.results_shape import check_failed, check_results

NSC = Score("nsc", 0.5, hits=1, n=2, figures={"recall": 0.5, "spread": math.nan}).summary()
COST = {"steps": 4, "train_seconds": 1.5, "embed_seconds": None, "device": "cpu", "found": ["a"]}


def test_what_a_run_writes_has_the_shape() -> None:
    check_results({"nsc": NSC}, {"untrained encoder": {"nsc": {**NSC, "ahead": {}}}}, COST)
    check_results({}, {}, {})


@pytest.mark.parametrize(
    "changes",
    [
        *({key: value} for key in ("value", "low", "null") for value in ("x", [1], True, 10**400)),
        {"value": math.inf},
        *({key: value} for key in ("n", "hits") for value in (1.5, "x", 10**30, True)),
        *({"figures": value} for value in ([1], None, {"a": "b"}, {"a": [1]})),
        {"\ud800": 1},
    ],
)
def test_a_score_of_another_shape(changes: Mapping[str, Any]) -> None:
    for scores in ({"nsc": {**NSC, **changes}}, {"nsc": NSC, "drop": {**NSC, **changes}}):
        with pytest.raises(ValueError):  # noqa: PT011 -- the file is named by who reads it
            check_results(scores, {}, COST)
        with pytest.raises(ValueError):  # noqa: PT011
            check_results({"nsc": NSC}, {"untrained": scores}, COST)


@pytest.mark.parametrize("scores", [[1], None, {"nsc": None}, {"nsc": 3}])
def test_scores_that_are_no_tables(scores: object) -> None:
    with pytest.raises(ValueError, match="is not a table"):
        check_results(scores, {}, COST)
    with pytest.raises(ValueError, match="is not a table"):
        check_results({}, {"x": scores}, COST)


@pytest.mark.parametrize(
    "cost", [[1], None, {"steps": 1.5}, {"a": 10**400}, {"a": [1]}, {"a": "x"}, {"found": [1]}]
)
def test_costs_of_another_shape(cost: object) -> None:
    with pytest.raises(ValueError, match="is not a"):
        check_results({"nsc": NSC}, {}, cost)


@pytest.mark.parametrize("name", ["../../x", "", "<b>", "a\0"])
def test_a_score_whose_name_is_no_file_is_damage(name: str, tmp_path: Path) -> None:
    content = {"recipe": "x", "recipe_hash": "", "scores": {name: NSC}, "baselines": {}}
    content |= {"cost": COST, "notes": []}
    (tmp_path / "results.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"results\.json: is damaged: .*cannot be the name"):
        Results.read(tmp_path)


def test_reasons_are_texts_by_name() -> None:
    check_failed({"nsc": "no batch"})
    for wrong in ([1], {"nsc": 3}, {"../x": "why"}):
        with pytest.raises(ValueError):  # noqa: PT011
            check_failed(wrong)
