"""Tables joined to profiles by the columns they share."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.join import ProfileTable, batch_of_plate, join

WELLS = pd.DataFrame({"plate": ["p1", "p1", "p2"], "well": ["A1", "A2", "A1"]})


def test_bbbc021_gets_its_treatments_from_two_tables(data_dir: Path) -> None:
    table = ProfileTable(
        table="bbbc021-cellprofiler-wells/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz",
        join=(
            "bbbc021-metadata/BBBC021_v1_image.csv.gz",
            "bbbc021-metadata/BBBC021_v1_moa.csv",
        ),
        batch_of_plate=r"^(Week\d+)_",
    )
    profiles = table.load(data_dir)
    treated = profiles.meta[~profiles.meta["control"]]
    assert (len(profiles), len(profiles.names), len(treated)) == (632, 516, 302)
    counts = [treated[name].nunique() for name in ("treatment", "compound", "moa", "batch")]
    assert counts == [103, 38, 12, 10]


def test_only_what_the_shared_columns_determine_is_taken(tmp_path: Path) -> None:
    fields = WELLS.loc[WELLS.index.repeat(2)].assign(
        site=[1, 2] * 3, compound=["a", "a", "b", "b", "c", "c"]
    )
    fields.to_csv(tmp_path / "fields.csv", index=False)
    joined = join(WELLS, tmp_path / "fields.csv")
    assert joined["compound"].tolist() == ["a", "b", "c"]
    assert "site" not in joined


def test_rows_keep_their_order_and_those_without_a_match_stay(tmp_path: Path) -> None:
    pd.DataFrame({"plate": ["p2", "p1"], "well": ["A1", "A2"], "compound": ["c", "b"]}).to_parquet(
        tmp_path / "map.parquet"
    )
    joined = join(WELLS, tmp_path / "map.parquet")
    assert joined[["plate", "well"]].equals(WELLS)
    assert joined["compound"].isna().tolist() == [True, False, False]


def test_where_keeps_rows_and_their_features(tmp_path: Path) -> None:
    WELLS.assign(e0=[0.5, 1.5, 2.5]).to_csv(tmp_path / "wells.csv", index=False)
    kept = ProfileTable(table="wells.csv", where="plate == 'p1'").load(tmp_path)
    assert kept.features.tolist() == [[0.5], [1.5]]
    with pytest.raises(InputError, match="did you mean 'plate'"):
        ProfileTable(table="wells.csv", where="plat == 'p1'").load(tmp_path)


def test_what_cannot_be_joined(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        join(WELLS, tmp_path / "absent.csv")
    pd.DataFrame({"donor": ["d"]}).to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(InputError, match=r"shares no column with \['plate', 'well'\]"):
        join(WELLS, tmp_path / "other.csv")
    pd.DataFrame({"plate": ["p9"], "moa": ["x"]}).to_csv(tmp_path / "lost.csv", index=False)
    with pytest.raises(InputError, match=r"no row matches on \['plate'\]"):
        join(WELLS, tmp_path / "lost.csv")


def test_the_batch_in_a_plates_name() -> None:
    plates = pd.Series(["Week1_22123", "Week10_40111"])
    assert batch_of_plate(plates, r"^(Week\d+)_").tolist() == ["Week1", "Week10"]
    with pytest.raises(InputError, match="finds no batch in the plate name 'Week10_40111'"):
        batch_of_plate(plates, r"^(Week\d)_")
    for broken in ("Week(", r"Week\d+"):
        with pytest.raises(InputError, match="is no expression with one group"):
            batch_of_plate(plates, broken)
