from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.onset_error import OnsetError


def made(onset: list[float], truth: list[float], **columns: object) -> Profiles:
    n = len(onset)
    meta = pd.DataFrame(
        {
            "compound": ["DMSO", *(f"c{i // 2}" for i in range(2, n + 1))],
            "control": [True] + [False] * (n - 1),
            "onset": onset,
            "true_onset": truth,
            **columns,
        }
    )
    return Profiles(meta=meta, features=np.ones((n, 2)), names=("hours_0", "hours_2"))


def test_the_mean_error_and_what_is_missed() -> None:
    nan = np.nan
    score = OnsetError()(
        made(
            [nan, 4, 4, 9, 9, nan, nan, 3, 3, nan, nan],
            [nan, 6, 6, 8, 8, 5, 5, nan, nan, nan, nan],
        )
    )
    assert score.value == 1.5
    assert score.rows["compound"].tolist() == ["c1", "c2"]
    assert score.rows["signed"].tolist() == [-2, 1]
    assert score.figures == {
        "missed": pytest.approx(1 / 3),
        "false": 0.5,
        "bias": -0.5,
        "median": 1.5,
    }


def test_a_truth_that_is_no_number_is_named() -> None:
    nan = np.nan
    given = made([nan, 4, 4], [nan, 6, 6])
    meta = given.meta.astype({"true_onset": object})
    meta.loc[1, "true_onset"] = "6 h"
    with pytest.raises(InputError, match=r"'true_onset' is '6 h'.*\(1 such row\)"):
        OnsetError()(Profiles(meta=meta, features=given.features, names=given.names))


def test_the_interval_is_judged() -> None:
    low, high = [np.nan, 3, 3, 8.5, 8.5], [np.nan, 7, 7, np.inf, np.inf]
    nan = np.nan
    score = OnsetError()(made([nan, 4, 4, 9, 9], [nan, 6, 6, 8, 8], onset_low=low, onset_high=high))
    assert score.figures["covered"] == 0.5


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(InputError, match="needs a treatment with an onset and a true onset"):
        OnsetError()(made([np.nan, np.nan, np.nan], [np.nan, 4, 4]))
    bare = made([np.nan, 1, 1], [np.nan, 1, 1])
    with pytest.raises(InputError, match="needs a column 'onset'"):
        OnsetError()(Profiles(meta=bare.meta.drop(columns="onset"), features=bare.features))
