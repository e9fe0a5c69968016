from __future__ import annotations

from phenolens.results.answers import answers, leaks


def test_an_answer_has_its_chance_next_to_it_and_its_notes() -> None:
    summary = {
        "figures": {"lost_DNA": 0.419, "lost_DNA_chance": 0.097, "other": 0.2, "leaks": 1.0},
        "trusted": False,
        "notes": ["8 of 12 calls are real"],
    }
    assert list(answers({"knock_out": {"DNA": summary}})) == [
        (
            "knock out of DNA",
            "Lost DNA 0.42 (chance 0.10). 8 of 12 calls are real. "
            "It did not pass its own test: do not trust it.",
        )
    ]
    assert list(answers({"neighbours": {"table": {}}})) == [("neighbours", "")]


def test_an_answer_has_the_first_figures_alone() -> None:
    few = {"lost_1": None, "lost_2": 0.25}
    assert dict(answers({"blur": {"joint": {"figures": few}}})) == {
        "blur": "Lost 1 not known, lost 2 0.25."
    }
    many = {f"f{i}": 0.5 for i in range(60)}
    line = dict(answers({"maps": {"joint": {"figures": many}}}))["maps"]
    assert line == f"F0 0.50, {', '.join(f'f{i} 0.50' for i in range(1, 6))}, and 54 more."


def test_only_a_leak_is_a_leak() -> None:
    note = "a leak: without a single cell nsc is above chance"
    found = {"figures": {"leaks": 1.0}, "notes": [note]}
    assert list(leaks({"background": {"joint": found}})) == [f"Background: {note}"]
    clean = {"figures": {"leaks": 0.0}, "notes": ["no leak was found"]}
    assert list(leaks({"background": {"joint": clean}, "neighbours": {"joint": found}})) == []
    assert list(leaks({"background": {"DNA": {"figures": {"leaks": None}}}})) == []
