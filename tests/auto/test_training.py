"""Which pairs: replicates on other plates, in any well, or the image alone."""

from __future__ import annotations

from tests.auto.conftest import facts

from phenolens.auto.training import learning, pairs


def test_replicates_decide_the_method() -> None:
    rule, choice = pairs(facts())
    assert (rule["same"], rule["differ"], rule["fallback"]) == (["treatment"], ["plate"], "relax")
    assert choice.value == "WS-DINO by treatment"
    rule, _ = pairs(facts(over_plates=0.1))
    assert "differ" not in rule
    assert rule["include_self"]
    rule, choice = pairs(facts(replicated=0.2))
    assert (rule, choice.value) == ({"same": ["image"]}, "DINO")
    assert "no table" in pairs(facts(treatments=0, replicated=0.0))[1].reason


def test_controls_are_learned_from_as_one_more_treatment() -> None:
    table, choices = learning(facts(), 40)
    assert "where" not in table["views"]
    assert "learned from" in [one.name for one in choices]
    assert "learned from" not in [one.name for one in learning(facts(batches=1), 40)[1]]
    assert (table["training"]["epochs"], table["training"]["warmup_epochs"]) == (40, 2)
    assert learning(facts(), 1)[0]["training"]["epochs"] == 2, "more than the warm-up"


def test_a_batch_is_no_larger_than_what_is_drawn_from() -> None:
    table, choices = learning(facts(images=24), 2)
    assert table["training"]["batch_size"] == 24
    assert ("batch", "24 images") in [(one.name, one.value) for one in choices]
    table, choices = learning(facts(), 2)
    assert table["training"]["batch_size"] == 32
    assert "batch" not in [one.name for one in choices]


def test_plain_features_are_next_to_what_was_learned_with_labels() -> None:
    table, choices = learning(facts(), 2)
    assert table["joined"] == ["plain"]
    assert "features" in [one.name for one in choices]
    table, choices = learning(facts(replicated=0.0), 2)
    assert "joined" not in table
    assert "features" not in [one.name for one in choices]


def test_a_batch_is_still_filled_once_planes_are_projected() -> None:
    table, choices = learning(facts(images=72, controls=4, planes=3), 2)
    assert table["training"]["batch_size"] == 24
    said = {one.name: one.reason for one in choices}
    assert said["batch"] == "there are no more fields to draw from"
