from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.effect_agreement import EffectAgreement


def table(calls: dict[str, list[str]], over: str = "cell_line") -> Profiles:
    """One row per drug and line."""
    rows = [
        {"compound": name, over: f"L{i}", "effect_called": one, "control": False}
        for name, several in calls.items()
        for i, one in enumerate(several)
    ]
    rows.append({"compound": "DMSO", over: "L0", "effect_called": "control", "control": True})
    meta = pd.DataFrame(rows)
    return Profiles(meta=meta, features=np.full((len(meta), 1), np.nan))


def test_pairs_that_agree_by_hand() -> None:
    score = EffectAgreement(permutations=50)(
        table(
            {
                "a": ["none", "none", "none"],
                "b": ["mixed", "mixed", "cytotoxic"],
                "c": ["none", "cannot tell", "mixed"],
                "d": ["none", "cannot tell", "cannot tell"],
            }
        )
    )
    assert score.rows["compound"].tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(score.rows["value"], [1, 1 / 3, 0])
    assert score.rows["called_in"].tolist() == [3, 3, 2]
    assert score.value == pytest.approx(4 / 9)
    assert score.figures["all_agree"] == pytest.approx(1 / 3)
    assert score.figures["cannot_tell"] == pytest.approx(3 / 12)
    assert score.notes == ("treatments with fewer than two classes left out: 1",)


def test_agreement_that_chance_gives_has_no_kappa() -> None:
    rng = np.random.default_rng(1)
    words = np.array(["none", "none", "cytotoxic"])
    calls = {f"c{i:03d}": list(rng.choice(words, 2)) for i in range(300)}
    score = EffectAgreement()(table(calls))
    assert score.null == pytest.approx(5 / 9, abs=0.05)
    assert abs(score.figures["kappa"]) < 0.15
    assert score.p > 0.01
    same = EffectAgreement()(table({name: [pair[0]] * 2 for name, pair in calls.items()}))
    assert same.value == 1
    assert same.figures["kappa"] == pytest.approx(1)


def test_always_none_agrees_as_chance_does() -> None:
    score = EffectAgreement()(table({"a": ["none"] * 3, "b": ["none"] * 3}))
    assert (score.value, score.null) == (1, 1)
    assert np.isnan(score.figures["kappa"])


def test_runs_are_compared_where_they_are_named() -> None:
    given = table({"a": ["none", "mixed"], "b": ["mixed", "mixed"]}, over="plate")
    score = EffectAgreement(over="plate")(given)
    assert score.value == 0.5
    with pytest.raises(InputError, match="needs a column 'cell_line'"):
        EffectAgreement()(given)
    with pytest.raises(InputError, match="a class in two values of 'plate'"):
        EffectAgreement(over="plate")(table({"a": ["none"], "b": ["mixed"]}, over="plate"))


def test_rows_without_a_line_are_left_out_and_counted() -> None:
    """They were taken for the last line, whose calls they replaced."""
    given = table({"a": ["none", "none", "none"], "b": ["none", "mixed", "none"]})
    lost = given.meta["cell_line"].where(given.meta["cell_line"] != "L1")
    blank = Profiles(meta=given.meta.assign(cell_line=lost), features=given.features)
    score = EffectAgreement()(blank)
    assert (score.value, score.n) == (1, 2)
    assert score.notes == ("rows without cell_line left out: 2",)
    with pytest.raises(InputError, match="a class in two values of 'cell_line'"):
        EffectAgreement()(Profiles(meta=blank.meta.assign(cell_line=None), features=blank.features))
