"""A training keeps its state in its stage's folder, and its looks are read from its log."""

from __future__ import annotations

from pathlib import Path

from phenolens.runs.fitting import LOG, looked, place_in


def test_places_of_a_training(tmp_path: Path) -> None:
    place = place_in(tmp_path, "key", "joint")
    assert (place.checkpoint, place.log) == (tmp_path / "checkpoint.pt", tmp_path / LOG)
    assert (place.identity, place.title) == ("key", "joint")


def test_figures_and_warnings_are_those_of_the_log(tmp_path: Path) -> None:
    place = place_in(tmp_path, "key", "joint")
    place.log.write_text(
        "step,loss,waiting,replicates,batch_knn,meter_rank\n"
        "-1,,,0.2,0.5,9\n0,3.0,0.9,,,\n1,2.0,0.9,0.1,0.5,8\n"
    )
    made = looked(place)
    assert made["figures"]["last"] == {
        "step": 2,
        "replicates": 0.1,
        "batch_knn": 0.5,
        "meter_rank": 8.0,
    }
    assert [sentence.split(" ")[0] for sentence in made["looks"]] == [
        "Replicates",
        "The",
        "No",
    ]
    assert made["waiting"] == 0.9
    place.log.write_text("step,loss,waiting\n0,3.0,0.1\n")
    assert looked(place) == {"figures": {}, "looks": [], "waiting": 0.1}
