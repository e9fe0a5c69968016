"""A joined table may say something of each site; a count of a well is not that of its sites."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.join import Joined, join
from phenolens.core.join_match import Match
from phenolens.core.join_sites import by_site, with_count

SITES = pd.DataFrame({"plate": "P1", "well": ["A01", "A01", "A02", "A02"], "site": list("1212")})


def joined(folder: Path, columns: dict[str, str] | None = None, **more: list[Any]) -> Joined:
    path = folder / "map.csv"
    n = len(next(iter(more.values())))
    pd.DataFrame({"plate": ["P1"] * n, **more}).to_csv(path, index=False)
    return join(SITES, path, columns)


def test_what_differs_between_sites_is_joined_by_site(tmp_path: Path) -> None:
    wells = ["A01", "A01", "A02", "A02"]
    found = joined(tmp_path, well=wells, site=[2, 1, 1, 3], bad=["x", "y", "z", "x"])
    assert found.meta["bad"].fillna("").tolist() == ["y", "x", "z", ""]
    assert found.facts["by_site"] == ["bad"]
    assert found.facts["on"] == ["plate", "well"]


def test_what_a_well_determines_does_not_need_the_site(tmp_path: Path) -> None:
    found = joined(tmp_path, well=["A01", "A02"], site=[7, 7], compound=["x", "y"])
    assert found.meta["compound"].tolist() == ["x", "x", "y", "y"]
    assert "by_site" not in found.facts


def test_tables_without_a_common_site_have_no_match_by_site() -> None:
    other = SITES.assign(site="9")
    keys = ["plate", "well"]
    assert by_site(SITES, other, keys, lambda table, names: table[names]) is None
    assert by_site(SITES, other[keys], keys, lambda table, names: table[names]) is None


def test_a_count_of_a_well_is_not_that_of_its_sites(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = joined(tmp_path, well=["A01", "A02"], Metadata_Cell_Count=[67, 60]).meta
    assert "count" not in made
    assert made["count_per_well"].tolist() == [67, 67, 60, 60]
    assert "is kept as 'count_per_well', and not added up" in caplog.text


def test_a_count_that_the_caller_names_is_refused_for_several_rows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'cells' is a count per well, and plate P1, well A01"):
        joined(tmp_path, {"count": "cells"}, well=["A01", "A02"], cells=[67, 60])


def test_a_count_of_each_site_is_its_count(tmp_path: Path) -> None:
    wells = ["A01", "A01", "A02", "A02"]
    found = joined(tmp_path, {"count": "n"}, well=wells, site=[1, 2, 1, 2], n=[5, 6, 7, 8])
    assert found.meta["count"].tolist() == [5, 6, 7, 8]


def test_a_count_that_is_there_stays() -> None:
    other = pd.DataFrame({"plate": ["P1"], "count": [9]})
    match = Match.of(SITES[["plate"]], other[["plate"]], None)
    assert with_count(SITES.assign(count=1), other, match, {}, Path("map.csv")) is other


def test_rows_that_match_no_profile_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        joined(tmp_path, well=["A01", "A02", "B01"], moa=list("xyz"))
    assert caplog.messages == [
        "map.csv: 1 of its 3 rows match no profile on ['plate', 'well']: plate P1, well B01"
    ]
    assert caplog.records[0].levelname == "WARNING"
    caplog.clear()
    with caplog.at_level("INFO"):
        joined(tmp_path, well=["A01", "A02", *(f"C0{i}" for i in range(1, 6))], moa=list("xyzzzzz"))
    assert caplog.records[0].levelname == "INFO"
    assert caplog.messages[0].endswith("plate P1, well C01; plate P1, well C02 and 3 more")
