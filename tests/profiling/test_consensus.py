from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.consensus import Consensus


@pytest.mark.parametrize("how", ["median", "modz"])
@pytest.mark.parametrize("table", ["lincs", "cpjump1"])
def test_as_pycytominer_on_real_tables(
    real: dict[str, Profiles],
    peer: dict[str, Any],
    table: str,
    how: Literal["median", "modz"],
) -> None:
    made = Consensus(by=("compound",), how=how)(real[table])
    wanted = peer[table][f"consensus_{how}"]
    assert made.features.shape == tuple(wanted["shape"])
    assert made.meta["compound"].tolist()[::40] == wanted["treatments"]
    np.testing.assert_allclose(made.features[::40, ::50], wanted["rows"], rtol=1e-5, atol=2e-6)
    mean = np.abs(made.features.astype(np.float64)).mean()
    np.testing.assert_allclose(mean, wanted["mean_absolute"], rtol=1e-6)


def test_it_is_aggregate_by_treatment_and_median() -> None:
    meta = pd.DataFrame({"treatment": list("bab"), "plate": list("pqr"), "moa": ["x", "y", "x"]})
    wells = Profiles(meta=meta, features=np.array([[1.0, 5.0], [2.0, 2.0], [4.0, 9.0]]))
    made = Consensus()(wells)
    assert made.features.tolist() == [[2.0, 2.0], [2.5, 7.0]]
    aggregated = Aggregate(by=("treatment",), how="median")(wells)
    pd.testing.assert_frame_equal(made.meta, aggregated.meta)
    (entry,) = made.provenance
    assert entry["step"] == "consensus"
    assert entry["facts"] == aggregated.provenance[-1]["facts"]
    np.testing.assert_allclose(Consensus(how="modz")(wells).features, made.features)  # of two rows


def test_what_is_missing_is_refused_or_dropped() -> None:
    wells = Profiles(meta=pd.DataFrame({"treatment": ["a", None]}), features=np.ones((2, 1)))
    with pytest.raises(InputError, match="1 of 2 rows have no value"):
        Consensus()(wells)
    assert len(Consensus(missing="drop")(wells)) == 1
    with pytest.raises(InputError, match="min_weight"):
        Consensus(min_weight=0.0)
