from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.dose_order import DoseOrder
from phenolens.profiling.trajectories import Trajectories


def treated(far: dict[tuple[str, float], list[float]]) -> Profiles:
    """Trajectories of two times after 0, both at that distance; one control."""
    rows = [("DMSO", np.nan, 1.0), *((*key, v) for key, values in far.items() for v in values)]
    meta = pd.DataFrame([row[:2] for row in rows], columns=["compound", "concentration"])
    meta = meta.assign(control=meta["compound"] == "DMSO", well=[f"W{i}" for i in range(len(rows))])
    values = np.array([[9.0, row[2], row[2]] for row in rows])
    return Profiles(meta=meta, features=values, names=("hours_-2", "hours_2", "hours_4"))


def test_rising_falling_and_unclear_are_three_answers() -> None:
    made = treated(
        {
            **{("up", d): [d, d + 0.1, d + 0.2] for d in (1.0, 2, 4, 8)},
            **{
                ("bell", d): [v + 0.1 * k for k in range(6)]
                for d, v in [(1.0, 1), (2, 5), (4, 9), (8, 2)]
            },
            **{
                ("idle", d): [1 + 0.1 * k for k in (i, i + 3, 8 - i)]
                for i, d in enumerate((1.0, 2, 4))
            },
            ("two", 1.0): [1],
            ("two", 2.0): [2],
        }
    )
    score = DoseOrder()(made)
    rows = score.rows.set_index("compound")
    assert rows["order"].to_dict() == {
        "bell": "not monotone",
        "idle": "cannot tell",
        "up": "rises",
    }
    assert rows.loc["up", "value"] == 1
    assert rows.loc["bell", "p"] < 0.2, "it has a trend, and is no order"
    assert score.figures == {"rises": 1, "not_monotone": 1, "cannot_tell": 1}
    assert score.notes == ("compounds with fewer than 3 doses left out: 1",)


def test_one_reversal_is_found_among_many_compounds() -> None:
    """With 99 shuffles no p is below 0.01, so none of 31 compounds would have a q below 0.05."""
    rng = np.random.default_rng(0)
    far = {(f"c{k}", d): list(5 + rng.random(4)) for k in range(30) for d in (1.0, 2, 4, 8)}
    far |= {("falls", d): list(v + rng.random(4)) for d, v in [(1.0, 9), (2, 6), (4, 3), (8, 1)]}
    rows = DoseOrder(permutations=99)(treated(far)).rows.set_index("compound")
    assert rows.loc["falls", "order"] == "not monotone"
    assert rows.loc["falls", "p_falls"] < 0.01
    assert (rows["order"] == "not monotone").sum() <= 3


def test_a_curve_that_ends_early_is_compared_with_the_others_of_its_time() -> None:
    """Distances grow with time and with dose; the curves of the highest dose end after one time."""
    made = treated({("up", d): [d, d + 0.1] for d in (1.0, 2, 4, 8)})
    values = made.features.copy()
    values[1:, 2] += 20
    values[-2:, 2] = np.nan
    early = replace(made, features=values)
    for departure in ("mean", "last"):
        row = DoseOrder(departure=departure)(early).rows.iloc[0]
        assert (row["value"], row["order"]) == (1, "rises")


def test_the_last_time_or_the_mean_after_the_drug() -> None:
    made = treated({("up", d): [d] for d in (1.0, 2, 4, 8)})
    values = made.features.copy()
    values[1:, 2] = [8, 4, 2, 1]
    values[2, 2] = np.nan
    other = replace(made, features=values)
    assert DoseOrder(departure="last")(other).value < 0
    assert DoseOrder()(other).rows["curves"].tolist() == [4]
    with pytest.raises(InputError, match="needs a compound with at least 9 doses"):
        DoseOrder(least_doses=9)(made)


def test_real_tracks_whose_doses_are_not_monotone(data_dir: Path) -> None:
    """Median step per dose 0 to 100 uM: 4.59, 8.61, 7.58, 5.86, 5.06, 7.00, 6.93."""
    steps = pd.read_csv(data_dir / "celltracks-dose" / "ht1080_steps.csv.gz")
    steps = steps.sort_values(["dose", "track_id", "t"], ignore_index=True)
    whose = steps.groupby(["dose", "track_id"])
    steps["step"] = np.hypot(whose["x"].diff(), whose["y"].diff())
    steps = steps.dropna(ignore_index=True)
    median = steps.groupby(["dose", "track_id"])["step"].mean().groupby("dose").median()
    np.testing.assert_allclose(median, [4.59, 8.61, 7.58, 5.86, 5.06, 7.00, 6.93], atol=5e-3)
    meta = pd.DataFrame(
        {
            "well": steps["track_id"].astype(str),
            "compound": np.where(steps["dose"] == 0, "none", "unknown"),
            "concentration": steps["dose"].where(steps["dose"] > 0),
            "time": steps["t"].astype(float),
            "control": steps["dose"] == 0,
        }
    )
    curves = Profiles(meta=meta, features=steps[["step"]].to_numpy(), names=("step",))
    score = DoseOrder(permutations=40)(Trajectories()(curves))
    assert score.rows["order"].tolist() == ["not monotone"]
    assert abs(score.value) < 0.15


@pytest.mark.parametrize("shuffled", [False, True])
def test_real_trajectories_of_staurosporine_order_its_doses(
    data_dir: Path, *, shuffled: bool
) -> None:
    """Of predicted features: the real model's are in order, those of shuffled wells are not."""
    table = pd.read_parquet(
        data_dir / "timelapse-apoptosis" / "predicted_terminal_profiles.parquet"
    )
    table = table[table["shuffled"] == shuffled]
    dose = table["Metadata_dose"].astype(float)
    meta = pd.DataFrame(
        {
            "well": table["Metadata_Well"],
            "compound": np.where(dose == 0, "none", "staurosporine"),
            "concentration": dose.where(dose > 0),
            "time": table["Metadata_Time"].astype(float),
            "control": dose == 0,
        }
    ).reset_index(drop=True)
    names = tuple(name for name in table if name.startswith("Terminal_"))
    curves = Profiles(meta=meta, features=table[list(names)].to_numpy(), names=names)
    score = DoseOrder()(Trajectories()(curves))
    assert score.rows["order"].tolist() == ["cannot tell" if shuffled else "rises"]
    assert (score.value > 0.9) != shuffled
