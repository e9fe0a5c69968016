"""Each metric is computed on the profiles that it asks for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.chain import build_steps, read_chain, stages
from phenolens.chains.scoring import read_metrics, scored
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.nsc import Nsc

STEPS = read_chain("standardize(on=all),aggregate,aggregate(by=[treatment])")


def test_a_metric_stands_after_all_steps_or_before_the_last_of_a_name() -> None:
    tables = {"nsc": {}, "early": {"metric": "nsc", "before": "aggregate", "same": "target"}}
    made, places = read_metrics(tables, STEPS)
    assert made == {"nsc": Nsc(), "early": Nsc(same="target")}
    assert places == {"nsc": 3, "early": 2}
    assert read_metrics({"nsc": {"before": "standardize"}}, STEPS)[1] == {"nsc": 0}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"nsc": {"before": "agregate"}}, "m.nsc.before: no step 'agregate' .* mean 'aggregate'"),
        ({"nsc": {"before": 3}}, r"m.nsc.before: expected .*, got 3 \(int\)"),
        ({"nscd": {}}, "m.nscd.metric: no 'nscd' in metrics; did you mean"),
        ({"nsc": {"smae": "moa"}}, "m.nsc.smae: unknown key; did you mean 'same'"),
        ({"nsc": {"truth": "moa"}}, "m.nsc.truth: unknown key; .*same"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(
    table: dict[str, dict[str, object]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_metrics(table, STEPS, "m")


def test_scores_are_of_the_profiles_asked_for() -> None:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame(
        {
            "plate": ["p"] * 12,
            "well": [f"w{i // 2}" for i in range(12)],
            "compound": [f"c{i // 4}" for i in range(12)],
            "treatment": [f"c{i // 4}" for i in range(12)],
            "moa": ["m"] * 12,
        }
    )
    wells = Profiles(meta=meta, features=rng.normal(size=(12, 3)))
    made, places = read_metrics(
        {"nsc": {}, "early": {"metric": "nsc", "before": "aggregate"}}, STEPS
    )
    found = scored(stages(wells, build_steps(STEPS), places.values()), made, places)
    assert found["nsc"].n == 3  # treatments
    assert found["early"].n == 6  # wells
