"""Profiles without features answer what metadata answer, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.runs.not_yet import AbsentColumnError, NotYet, NotYetError


def test_rows_columns_and_finiteness_are_known_and_values_are_not() -> None:
    planned = NotYet.of(pd.DataFrame({"well": ["A01", "A02"], "control": [True, False]}))
    assert len(planned) == len(planned.features) == 2
    assert planned.not_empty("x") is planned
    assert planned.controls("x").tolist() == [True, False]
    assert np.isfinite(planned.features).all()
    assert len(planned.finite("x")) == 2
    for use in (
        lambda: planned.names,
        lambda: planned.features[0],
        lambda: planned.features < 0,
        lambda: np.isnan(planned.features),
        lambda: np.asarray(planned.features),
        lambda: planned.features.mean(),
    ):
        with pytest.raises(NotYetError):
            use()
    with pytest.raises(AbsentColumnError, match="x needs a column 'moa'") as absent:
        planned.column("moa", "x")
    assert absent.value.name == "moa"
    with pytest.raises(InputError, match="at least one row"):
        planned.take(np.array([], dtype=np.int64)).not_empty("x")


def test_names_are_answered_where_they_are_known_also_of_some_rows() -> None:
    planned = NotYet.of(pd.DataFrame({"well": ["A01", "A02"]}), ("hours_0",))
    some = planned.take(np.array([1]))
    assert some.names == ("hours_0",)
    assert some.meta["well"].tolist() == ["A02"]
