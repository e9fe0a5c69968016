from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.run_agreement import RunAgreement, _apart
from phenolens.trajectories.table import names_of

TIMES = np.arange(0.0, 20, 2)


@pytest.fixture
def runs() -> Profiles:
    """Return two runs of five drugs of different slope; the second run is in another unit."""
    rng = np.random.default_rng(0)
    rows, values = [], []
    for plate, unit in (("p1", 1.0), ("p2", 40.0)):
        for k in range(6):
            for r in range(2):
                name = "DMSO" if k == 5 else f"c{k}"
                rows.append((plate, f"{k}{r}", name, 1.0, k == 5, str(k // 2)))
                values.append(unit * (1 + k * TIMES + 0.3 * rng.random(len(TIMES))))
    columns = ["plate", "well", "compound", "concentration", "control", "cluster"]
    meta = pd.DataFrame(rows, columns=columns)
    return Profiles(meta=meta, features=np.array(values), names=names_of(TIMES))


def test_each_treatment_is_nearest_to_itself_in_the_other_run(runs: Profiles) -> None:
    score = RunAgreement()(runs)
    assert score.value == 1
    assert score.n == 5
    assert score.null == pytest.approx(0.5, abs=0.06)
    assert (score.rows["runs"] == 2).all()


def test_shuffled_drugs_do_not_agree(runs: Profiles) -> None:
    meta = runs.meta.copy()
    other = (meta["plate"] == "p2") & ~meta["control"]
    turned = {f"c{k}": f"c{(k + 2) % 5}" for k in range(5)}
    meta.loc[other, "compound"] = meta.loc[other, "compound"].map(turned)
    score = RunAgreement()(replace(runs, meta=meta))
    assert score.value < 0.55
    assert RunAgreement(of="cluster")(replace(runs, meta=meta)).value < 0.5


def test_a_column_is_compared_by_its_commonest_value(runs: Profiles) -> None:
    score = RunAgreement(of="cluster")(runs)
    assert score.value == 1
    meta = runs.meta.copy()
    meta.loc[(meta["plate"] == "p2") & (meta["compound"] == "c0"), "cluster"] = "2"
    assert RunAgreement(of="cluster")(replace(runs, meta=meta)).value == 0.8
    meta.loc[(meta["plate"] == "p2") & (meta["compound"] == "c0"), "cluster"] = None
    less = RunAgreement(of="cluster")(replace(runs, meta=meta))
    assert (less.value, less.n) == (1, 4)
    assert less.notes == ("treatments of one run only left out: 1",)


def test_a_tie_counts_a_half() -> None:
    """Seen from 1, the others are 0, 1, 1 and 5 away: two nearest, then one, then one."""
    step = RunAgreement()
    here, there = [np.array([1.0])] * 4, [np.array([v]) for v in (2.0, 1.0, 0.0, 6.0)]
    forth, back = step._both_ways(here, there)
    np.testing.assert_allclose(forth[0], [1.5 / 3, 1, 1.5 / 3, 0])
    np.testing.assert_allclose(back[0], [0.5, 0.5, 0.5, 0.5])


def test_distances_are_over_the_times_that_both_have() -> None:
    rng = np.random.default_rng(0)
    here, there = rng.normal(size=(2, 4, 6))
    whole = np.abs(here[:, None] - there)
    np.testing.assert_allclose(_apart(here, there), whole.mean(axis=2))
    here[1, 2:] = there[3, :2] = np.nan
    for i, j in np.ndindex(4, 4):
        far = np.abs(here[i] - there[j])
        wanted = np.nanmean(far) if np.isfinite(far).any() else 1e300
        assert _apart(here, there)[i, j] == pytest.approx(wanted)


def test_one_run_is_no_agreement(runs: Profiles) -> None:
    with pytest.raises(InputError, match="needs two runs"):
        RunAgreement()(runs.take((runs.meta["plate"] == "p1").to_numpy()))
    with pytest.raises(InputError, match="needs a column 'cell_line'"):
        RunAgreement(over=("cell_line",))(runs)
    with pytest.raises(InputError, match="at least one column"):
        RunAgreement(over=())
