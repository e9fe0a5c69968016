from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from phenolens.audit.scored_rows import check_rows
from phenolens.core.profiles import Profiles

Made = Callable[[int], Profiles]


def keys(profiles: Profiles) -> dict[str, str]:
    return {f.key: f.severity for f in check_rows(profiles, "moa")[1]}


def test_a_clean_table_is_fine(clean: Made) -> None:
    for seed in range(3):
        assert keys(clean(seed)) == {"controls_in_test": "fine"}


def test_controls_among_the_scored_rows_are_named(control_leak: Made) -> None:
    rows, (finding,) = check_rows(control_leak(0), "moa")
    assert (finding.key, finding.severity) == ("controls_in_test", "leak")
    assert rows.controls_unflagged == 72
    assert "72 of them as queries and neighbours of moa" in finding.evidence
    assert "DMSO_B" in finding.evidence


@pytest.mark.parametrize(
    ("name", "control"),
    [
        ("DMSO", True), ("dmso_3", True), ("Vehicle", True), ("negative control", True),
        ("untreated", True), ("NegCtrl", True), ("controlone", False), ("mockingbirdin", False),
        ("taxol", False), ("solventil", False),
    ],
)  # fmt: skip
def test_which_names_are_those_of_controls(name: str, control: bool, clean: Made) -> None:
    table = clean(0)
    compound = table.meta["compound"].replace("c03", name)
    assert (keys(replace(table, meta=table.meta.assign(compound=compound)))
            == {"controls_in_test": "leak" if control else "fine"})  # fmt: skip


def test_no_controls_at_all_is_a_warning(clean: Made) -> None:
    table = clean(0)
    treated = table.take((~table.meta["control"]).to_numpy())
    assert keys(treated) == {"controls_in_test": "warning"}


def test_copies_are_named(clean: Made) -> None:
    table = clean(0)
    features = table.features.copy()
    features[5] = features[90]
    meta = table.meta.assign(plate=table.meta["plate"].where(table.meta.index != 5, None))
    findings = check_rows(replace(table, meta=meta, features=features), "moa")[1]
    (copies,) = [f for f in findings if f.key == "copies"]
    assert copies.severity == "leak"
    assert copies.evidence.startswith("2 rows")
    assert f" c05 {meta['well'][5]}," in copies.evidence  # its plate is missing


def test_one_substance_under_two_names_is_named(clean: Made) -> None:
    table = clean(0)
    key = table.meta["compound"].replace("c07", "c01")
    findings = check_rows(replace(table, meta=table.meta.assign(InChIKey=key)), "moa")[1]
    (finding,) = [f for f in findings if f.key == "two_names"]
    assert "c01, c07" in finding.evidence
    assert np.isin(["compound", "InChIKey"], finding.columns).all()
