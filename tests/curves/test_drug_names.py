"""Two names of one drug are reported, never joined."""

from __future__ import annotations

from phenolens.curves.drug_names import possibly_the_same


def test_names_that_one_run_has_together_are_two_drugs() -> None:
    assert possibly_the_same({"drug16": {"a"}, "drug12": {"a"}, "drug1": {"a"}}) == []
    assert possibly_the_same({"DOX": {"a"}, "Dox": {"a"}}) == [("DOX", "Dox")]


def test_renamed_between_runs() -> None:
    assert possibly_the_same({"Erlotinib": {"a"}, "Erl": {"b"}}) == [("Erl", "Erlotinib")]
    assert possibly_the_same({"R": {"a"}, "R428": {"b"}}) == []
