"""From a folder to a page: decided once, resumed, and repeated exactly by its recipe."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from phenolens.auto.asked import Asked
from phenolens.auto.auto import Answer, answer
from phenolens.auto.believed import Believed
from phenolens.auto.prepared import prepared
from phenolens.auto.report import flagged, write_answer
from phenolens.auto.state import RECIPE, RUN
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.progress import silent
from phenolens.intake.prepare import plan
from phenolens.results.contents import RunContents
from phenolens.runs.baselines import embeddings_of
from phenolens.runs.recipe import Recipe
from phenolens.runs.run import run
from phenolens.sections.believed import Believed as Section

SMALL = (
    *("training.epochs=2", "encoder.widths=[4]", "method.hidden=8", "method.bottleneck=4"),
    *("method.out=8", "training.batch_size=8", "baselines=[intensity]"),
)


def answered(plate: Path, out: Path, seed: int = 0) -> Answer:
    """Return the answer of the small plate, with a network of a few weights."""
    planned = plan(plate, platemap=str(plate / "map.csv"))
    store, odd = prepared(planned, plate.name, out, 1)
    assert isinstance(odd, dict)
    asked = Asked(changes=SMALL, seed=seed)
    return answer(store, out, asked, Machine(threads=1), silent)


@pytest.fixture(autouse=True)
def without_umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the map by principal components."""
    monkeypatch.setitem(__import__("sys").modules, "umap", None)


def test_the_whole_way(plate: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer"
    first = answered(plate, out)
    assert {"nsc", "replicate_retrieval"} <= set(first.results.scores)
    assert {"method", "chain", "encoder"} <= {choice.name for choice in first.choices}
    again = answered(plate, out)
    assert again.choices == first.choices
    assert again.results.scores == first.results.scores
    with pytest.raises(InputError, match="answer to another question: seed differ"):
        answered(plate, out, seed=1)
    found = write_answer(first, [], {}, 0, silent)
    assert isinstance(found, Believed)
    content = json.loads(first.folder.answer.read_text(encoding="utf-8"))
    assert [one["name"] for one in content["choices"]] == [one.name for one in first.choices]
    assert {one["score"] for one in content["baselines"]} <= set(first.results.scores)
    assert set(flagged(embeddings_of(first.folder, first.settings))) == {
        "blurred",
        "saturated",
        "empty",
        "debris",
        "light",
    }
    section = Section.of(RunContents.read(first.folder.root))
    assert section is not None
    assert "Every choice, and its reason" in section.html
    repeated = run(
        Recipe.load(out / RECIPE, root=out), out, tmp_path / "again", machine=Machine(threads=1)
    )
    assert repeated.scores == first.results.scores
    both = [Profiles.load(p / "profiles.parquet") for p in (out / RUN, tmp_path / "again")]
    assert np.array_equal(both[0].features, both[1].features)
