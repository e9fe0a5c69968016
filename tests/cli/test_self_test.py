"""The self-test: it passes here, and it can fail."""

from __future__ import annotations

import pytest

from phenolens.cli import self_test
from phenolens.cli.self_test import EXPECTED
from phenolens.cli.self_test import self_test as checks


def test_every_check_passes() -> None:
    found = list(checks(pixels=True))
    assert len(found) == 2
    assert [check.problem for check in found] == [""] * len(found)
    assert all(check.fix == "" for check in found)


def test_without_torch_only_the_table_is_checked() -> None:
    (check,) = checks(pixels=False)
    assert check.problem == ""
    assert "table" in check.name


def test_another_figure_and_an_error_are_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXPECTED, "replicate_retrieval", float("nan"))
    (check,) = checks(pixels=False)
    assert check.problem.startswith("replicate_retrieval is 0.28")
    assert check.facts()["fix"]
    monkeypatch.setattr(self_test, "_table", lambda: 1 / 0)
    (check,) = checks(pixels=False)
    assert check.problem == "ZeroDivisionError: division by zero"
