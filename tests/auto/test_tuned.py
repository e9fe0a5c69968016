"""Each table gets the chain under which its own replicates find each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.auto.conftest import facts

from phenolens.auto.tuned import ahead, baseline_scores, choose
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score


def embeddings(seed: int, strength: float, shifted: float = 5.0) -> Profiles:
    """Return four plates with a shift each: 8 compounds of 4 mechanisms, 4 controls, one tile."""
    rng = np.random.default_rng(seed)
    effects = rng.normal(size=(4, 6))
    rows, features = [], []
    for plate in range(4):
        shift = shifted * rng.normal(size=6)
        for k, place in zip(range(12), rng.permutation(12), strict=True):
            compound = f"c{k}" if k < 8 else "DMSO"
            row = {"plate": f"p{plate}", "well": f"A{place + 1:02d}", "batch": f"b{plate % 2}"}
            row |= {"compound": compound, "treatment": compound, "moa": f"m{k // 2}"}
            rows.append({**row, "control": k >= 8, "tile": 0})
            own = strength * effects[k // 2] if k < 8 else np.zeros(6)
            features.append(own + shift + 0.3 * rng.normal(size=6))
    return Profiles(meta=pd.DataFrame(rows), features=np.array(features))


def test_the_chain_is_that_of_the_replicates_and_its_worth_is_nested() -> None:
    known = facts(plates=4, controls=4, treatments=8, mechanisms=4, batches=2)
    chosen = choose(embeddings(0, 2.0), known, seed=0)
    assert chosen.steps, "plates are shifted: some step is needed"
    assert chosen.nested is not None
    assert chosen.nested[0] > 0.2
    assert "mechanisms were not looked at" in chosen.choice.reason
    assert "a gain over the features as given (+" in chosen.choice.reason
    without = choose(embeddings(0, 2.0), facts(replicated=0.0), seed=0)
    assert without.nested is None
    assert without.steps[0]["step"] == "standardize"


def test_a_chain_that_brings_no_gain_says_so() -> None:
    """Plates without a shift need no step, and there is no effect that one could find."""
    known = facts(plates=4, controls=4, treatments=8, mechanisms=4, batches=2)
    chosen = choose(embeddings(3, 0.0, shifted=0.0), known, seed=0)
    assert chosen.steps
    assert "no gain over the features as given (" in chosen.choice.reason


def test_baselines_are_scored_under_their_own_chain() -> None:
    known = facts(plates=4, controls=4, treatments=8, mechanisms=4, batches=2)
    found = baseline_scores({"noise": embeddings(1, 0.0)}, known, {"nsc": {}}, seed=0)
    chain, scores = found["noise"]
    assert isinstance(chain, str)
    strong, weak = (
        baseline_scores({"x": embeddings(2, s)}, known, {"nsc": {}}, seed=0)["x"][1]["nsc"]
        for s in (3.0, 0.0)
    )
    gap = ahead(strong, weak, 0)
    assert gap is not None
    assert gap["value"] == pytest.approx(strong.value - weak.value)
    assert set(scores) == {"nsc"}
    assert ahead(strong, Score("nsc", 0.5, rows=pd.DataFrame({"value": [1.0]})), 0) is None


def test_a_baseline_of_one_feature_keeps_its_size() -> None:
    """A count in every well divided by its length would be 1 everywhere."""
    known = facts(plates=4, controls=4, treatments=8, mechanisms=4, batches=2, replicated=0.0)
    rng = np.random.default_rng(0)
    meta = embeddings(0, 0.0).meta
    size = meta["moa"].str[1:].astype(float).to_numpy() * 10 + 5 + rng.normal(0, 0.1, len(meta))
    counted = Profiles(meta=meta, features=size[:, None], names=("cells_per_image",))
    found = [
        baseline_scores({"count": counted}, known, {"nsc": {}}, 0, unit=unit)["count"][1]["nsc"]
        for unit in (False, True)
    ]
    assert found[0].value == found[1].value
