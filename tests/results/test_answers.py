from __future__ import annotations

from phenolens.results.answers import answers, leaks


def test_an_answer_has_its_chance_next_to_it_and_its_notes() -> None:
    summary = {
        "figures": {"lost_DNA": 0.419, "lost_DNA_chance": 0.097, "lost_1": None, "leaks": 1.0},
        "trusted": False,
        "notes": ["8 of 12 calls are real"],
    }
    assert list(answers({"knock_out": {"DNA": summary}})) == [
        (
            "knock out of DNA",
            "Lost DNA 0.42 (chance 0.10), lost 1 not known. 8 of 12 calls are real. "
            "It did not pass its own test: do not trust it.",
        )
    ]
    assert list(answers({"neighbours": {"table": {}}})) == [("neighbours", "")]


def test_only_a_leak_is_a_leak() -> None:
    note = "a leak: without a single cell nsc is above chance"
    found = {"figures": {"leaks": 1.0}, "notes": [note]}
    assert list(leaks({"background": {"joint": found}})) == [f"Background: {note}"]
    clean = {"figures": {"leaks": 0.0}, "notes": ["no leak was found"]}
    assert list(leaks({"background": {"joint": clean}, "neighbours": {"joint": found}})) == []
    assert list(leaks({"background": {"DNA": {"figures": {"leaks": None}}}})) == []
