"""What is learned, from which pairs, by which network."""

from __future__ import annotations

from typing import Any

from phenolens.auto.choice import Choice
from phenolens.auto.facts import Facts
from phenolens.auto.pixels import crops, tiles

Table = dict[str, Any]
_BATCH = 32
JOINED = ("plain",)  # baselines whose features are put next to what is learned with labels
# The small network and DINO's settings of the quickstart, which were set on simulated screens: from
# random weights it learns within minutes on two cores, where a vision transformer needs hours.
_ENCODER: Table = {"name": "conv_net", "widths": [32, 64, 128, 256], "stem": 2}
_METHOD: Table = {
    "name": "dino",
    "out": 256,
    "hidden": 512,
    "bottleneck": 128,
    "norm_last_layer": True,
    "batch_norm": True,
    "koleo": 0.03,
    "student_temperature": 0.1,
    "teacher_temperature": 0.03,
    "momentum": 0.99,
    "centre_momentum": 0.9,
}
_TRAINING: Table = {
    "lr": 1e-3,
    "final_lr": 1e-6,
    "weight_decay": 0.04,
    "final_weight_decay": 0.04,
    "clip": 3.0,
}


def pairs(facts: Facts) -> tuple[Table, Choice]:
    """Return which images are positive pairs, and why."""
    if not facts.has_replicates:
        share = f"{facts.replicated:.0%} of {facts.treatments} treatments have replicates"
        why = share if facts.treatments else "no table says what the treatments are"
        return {"same": ["image"]}, Choice("method", "DINO", f"{why}: views are of one image")
    made: Table = {"same": ["treatment"], "balance": "treatment", "shown": "locals"}
    share = f"{facts.replicated:.0%} of {facts.treatments} treatments have replicates"
    if facts.over_most_plates:
        made |= {"differ": ["plate"], "fallback": "relax"}
        where = f"on other plates ({facts.over_plates:.0%} of treatments are on several)"
    else:
        made |= {"include_self": True}
        where = "in any well"
    why = f"{share}: a view is of another image of its treatment, {where}"
    return made, Choice("method", "WS-DINO by treatment", why)


def learning(facts: Facts, epochs: int) -> tuple[Table, list[Choice]]:
    """Return the tables of a recipe that say what is learned, and why.

    Args:
        facts: Of the screen.
        epochs: Of the training.
    """
    rule, choice = pairs(facts)
    grid, area, tiled = tiles(facts)
    views: Table = {"pairs": rule, "crops": crops(facts, grid["size"], area)}
    views["intensity"] = {"gain": 0.1, "gamma": 0.1}
    sided = [side_by_side()] if facts.has_replicates else []
    if sided and facts.controls and facts.batches > 1:
        why = "they are the one treatment of every batch: pairs of them show what a batch changes"
        sided.append(Choice("learned from", "controls too", why))
    batch = min(_BATCH, max(1, facts.images // facts.stack))  # also once planes are projected
    more = "no more to draw from" if facts.stack == 1 else "no more fields to draw from"
    few = [Choice("batch", f"{batch} images", f"there are {more}")]
    warm = max(1, epochs // 20)
    made: Table = {
        "views": views,
        "encoder": dict(_ENCODER),
        "method": dict(_METHOD),
        "training": {
            **_TRAINING,
            "batch_size": batch,
            "epochs": max(epochs, warm + 1),
            "warmup_epochs": warm,
        },
        "embedding": {"tiles": grid},
        **({"joined": list(JOINED)} if sided else {}),
    }
    why = "it learns from random weights within minutes; a vision transformer needs hours"
    made_by = Choice("encoder", "a small convolutional network", why)
    return made, [choice, tiled, made_by, *sided, *(few if batch < _BATCH else ())]


def side_by_side() -> Choice:
    """Return that plain features are put next to what is learned, and why."""
    why = "they see other things, and were not trained with the treatments, so their replicates "
    why += "can choose the chain; each of the two has half of the weight"
    return Choice("features", "learned and plain features side by side", why)
