"""Negative controls that a table marks by a code of its own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.intake.prepare import plan
from phenolens.screens.image_folder import ImageFolder

MAP = "well,compound,concentration,role\nA01,vehic,0.1,-1\nB02,taxol,0.3,1\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    ImageFolder.fake(tmp_path / "plates")
    (tmp_path / "plates" / "platemap.csv").unlink()
    return tmp_path / "plates"


def table(root: Path, text: str, controls: str = "") -> pd.DataFrame:
    path = root.parent / "map.csv"
    path.write_text(text)
    return plan(root, platemap=str(path), controls=controls).screen.meta


def test_the_table_is_as_if_it_had_the_column(root: Path) -> None:
    found = table(root, MAP, "role == '-1'")
    lines = [f"{line},{say}" for line, say in zip(MAP.split(), ("control", 1, 0), strict=True)]
    expected = table(root, "\n".join(lines))
    pd.testing.assert_frame_equal(found, expected, check_like=True)
    assert found["control"].tolist() == [True, True, False, False] * 2
    assert found["treatment"].unique().tolist() == ["vehic", "taxol@0.3"]


def test_it_is_counted_and_said(root: Path) -> None:
    (root.parent / "map.csv").write_text(MAP)
    planned = plan(root, platemap=str(root.parent / "map.csv"), controls="role == '-1'")
    assert planned.words()[-1] == "controls: 2 of 4 wells, where role == '-1'"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("role == 'neg'", r"--controls: .* marks no image as a control; role has \['-1', '1'\]"),
        ("role != '0'", r"marks every image as a control; role has \['-1', '1'\]"),
        ("roles == '1'", "--controls: .*no column 'roles'; did you mean 'role'"),
        ("role = '1'", "--controls: .*compare with =="),
    ],
)
def test_a_condition_that_marks_none_or_all_is_refused(root: Path, query: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        table(root, MAP, query)
