"""Names of conditions: one drug or two, any unit, none, repeated."""

from __future__ import annotations

import pytest

from phenolens.core.reading.hours import hours_by_name
from phenolens.curves.condition import read_conditions, without_repeats


def _read(*names: str) -> list[list[tuple[str, float | None, str]]]:
    return [
        [(d.drug, d.number, d.kind) for d in treatment.doses]
        for treatment in read_conditions(names).values()
    ]


@pytest.mark.parametrize(
    ("name", "drug", "dose"),
    [
        ("Erlotinib 1.37 nM", "Erlotinib", 0.00137),
        ("LCL161 5 \u00b5M", "LCL161", 5.0),
        ("OSI-906 7.5 \u03bcM", "OSI-906", 7.5),
        ("JNK-IN-7 0.29 uM", "JNK-IN-7", 0.29),
        ("MK2206_100uM", "MK2206", 100.0),
        ("AZD6244_30nM", "AZD6244", 0.03),
        ("Cis 100000 nM", "Cis", 100.0),
        ("Erl 1,5 nM", "Erl", 0.0015),
        ("2 mM metformin", "metformin", 2000.0),
    ],
)
def test_one_drug(name: str, drug: str, dose: float) -> None:
    assert _read(name) == [[(drug, dose, "uM")]]


def test_two_drugs() -> None:
    assert _read("Erl 1.37 nM + THZ1 100 nM") == [[("Erl", 0.00137, "uM"), ("THZ1", 0.1, "uM")]]
    assert _read("CD4+ cells") == [[("CD4+ cells", None, "unit not given")]]


def test_a_number_without_a_unit_is_a_dose_only_where_there_are_several() -> None:
    assert _read("DOX 6.25", "DOX 12.5", "R 1") == [
        [("DOX", 6.25, "unit not given")],
        [("DOX", 12.5, "unit not given")],
        [("R 1", None, "unit not given")],
    ]
    assert _read("OSI-906", "OSI-907") == [
        [("OSI-906", None, "unit not given")],
        [("OSI-907", None, "unit not given")],
    ]
    assert [doses[0][1] for doses in _read("Dox-0", "Dox-12.5", "Dox-20")] == [0.0, 12.5, 20.0]


def test_units_that_are_not_molar_stay() -> None:
    assert _read("drug 200 ng/\u00b5l", "DMSO 0.01 %") == [
        [("drug", 200.0, "ng/ul")],
        [("DMSO", 0.01, "%")],
    ]


def test_vehicles_and_zero_doses_are_not_active() -> None:
    read = read_conditions(["DMSO_1_100", "Erl 0.00 \u00b5M", "no reagent_control", "Control"])
    assert [len(treatment.active) for treatment in read.values()] == [0, 0, 1, 0]


def test_names_that_are_made_to_be_slow_are_names() -> None:
    for name in ("1" * 50_000, "_" * 50_000 + "x", "a 1 " * 20_000, "1,1" * 20_000 + " uM"):
        assert _read(name) == [[(name.strip(), None, "unit not given")]]
    assert hours_by_name("time" + " " * 100_000 + "!") is None


def test_repeated_names_lose_the_number_that_pandas_adds() -> None:
    names = ["Cis 5 uM", "Cis 5 uM.1", "Cis 5 uM.2", "DOX 12", "DOX 12.5", "A.1"]
    assert without_repeats(names) == ["Cis 5 uM"] * 3 + ["DOX 12", "DOX 12.5", "A.1"]
