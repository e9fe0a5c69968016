from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.calls.donors import control_donors, own_donors


def meta() -> pd.DataFrame:
    """Two plates; controls in two wells of p0 and one of p1, two sites each."""
    rows = [
        ("p0", "A01", True, None),
        ("p0", "A01", True, None),
        ("p0", "A02", True, None),
        ("p0", "A03", False, "a"),
        ("p0", "A04", False, "a"),
        ("p0", "A05", False, "b"),
        ("p1", "A01", True, None),
        ("p1", "A01", True, None),
        ("p1", "A02", False, "a"),
    ]
    return pd.DataFrame(rows, columns=["plate", "well", "control", "treatment"])


def test_donors_are_controls_of_the_same_plate_and_of_another_well_where_there_is_one() -> None:
    table, rows = meta(), np.arange(9)
    for seed in range(20):
        donors = control_donors(table, rows, "plate", np.random.default_rng(seed))
        assert table["control"].iloc[donors].all()
        assert (table["plate"].to_numpy()[donors] == table["plate"].to_numpy()).all()
        assert (donors != rows).all()
        assert donors[2] in (0, 1)
        assert donors[0] == 2  # A02 is the only other control well
        assert donors[6] == 7  # of its own well: there is no other


def test_own_donors_keep_the_value_and_none_is_minus_1() -> None:
    donors = own_donors(meta(), np.arange(9), "treatment", "plate", np.random.default_rng(0))
    assert donors[3] == 4
    assert donors[4] == 3
    assert donors[5] == -1
    assert donors[0] == 2


def test_an_only_image_of_its_plate_gets_one_of_another_plate() -> None:
    for seed in range(10):
        donors = own_donors(
            meta(), np.array([8]), "treatment", "plate", np.random.default_rng(seed)
        )
        assert donors[0] in (3, 4)


def test_a_plate_without_controls_has_no_donor() -> None:
    table = meta()
    table.loc[table["plate"] == "p1", "control"] = False
    assert control_donors(table, np.array([8]), "plate", np.random.default_rng(0)).tolist() == [-1]
    elsewhere = control_donors(table, np.array([8]), "", np.random.default_rng(0))
    assert table["plate"].iloc[elsewhere[0]] == "p0"
