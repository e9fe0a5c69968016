"""The pixel half: where training starts from, what is said of the pairs, what the card holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.models.folder import load
from phenolens.runs.folder import Folder
from phenolens.runs.learn import Job, new_encoder, pairs_said, prepare_job, train
from phenolens.runs.recipe import Recipe
from phenolens.views.pairing import Pairing
from phenolens.views.stream import ViewSettings, ViewStream


def job_of(tiny: Path, folder: Path, *changes: str) -> Job:
    recipe = Recipe.load(tiny, changes)
    assert recipe.learning is not None
    return prepare_job(recipe, recipe.learning, Path(), Folder(folder))


def test_the_screen_is_prepared_and_each_design_sees_its_own(tiny: Path, tmp_path: Path) -> None:
    job = job_of(tiny, tmp_path, "design=per_channel", "pixels.where=plate == 'p1'")
    assert len(job.screen) == 12
    assert set(job.limits["plate"]) == {"p1"}
    assert {name: screen.channels for name, screen in job.designs.items()} == {
        "DNA": ("DNA",),
        "Actin": ("Actin",),
    }
    rows = np.arange(3)
    assert np.array_equal(job.designs["Actin"].read(rows)[:, 0], job.screen.read(rows)[:, 1])


def test_tiles_that_do_not_fit_are_refused_before_any_work(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 x 2 tiles of 16 do not fit into images of 20 x 24"):
        job_of(tiny, tmp_path / "run", "pixels.resize=0.5")
    assert not (tmp_path / "run").exists()


def test_a_new_encoder_comes_from_the_seed_alone(tiny: Path, tmp_path: Path) -> None:
    job = job_of(tiny, tmp_path)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = new_encoder(job, ("DNA", "Actin")).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    two = new_encoder(job, ("DNA", "Actin")).state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_without_a_method_a_model_of_ours_is_used_as_it_is(
    tiny: Path, finished: Path, tmp_path: Path
) -> None:
    model = finished / "models" / "joint"
    job = job_of(tiny, tmp_path, f"weights={model}", "training.epochs=1")
    trained = load(model).encoder
    learning = job.learning.__class__(**{**vars(job.learning), "method": None})
    plain = Job(**{name: getattr(job, name) for name in Job.__slots__} | {"learning": learning})
    encoder, cost, note = train(plain, "joint", job.screen, lambda _: None)
    assert cost is None
    assert note == "The encoder was not trained: it is used as it was given."
    expected = trained.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in encoder.state_dict().items())


def test_the_card_says_how_to_use_the_model(finished: Path) -> None:
    model = load(finished / "models" / "joint", ("DNA", "Actin"))
    assert not model.encoder.training
    card = model.card
    assert card.encoder["name"] == "vit"
    assert card.tiles == {"size": 16, "rows": 2, "columns": 2}
    assert card.pixels[0] == {"step": "resize", "factor": 1.0}
    rescale = {"step": "rescale", "mode": "percentile", "low": 0.1, "high": 99.9}
    assert card.pixels[-1].items() >= rescale.items()
    assert card.method["name"] == "dino"
    assert card.provenance["recipe"] == "tiny"


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (Pairing(), "24 images, each its own partner."),
        (
            Pairing(same=("moa",), differ=("batch",), fallback="drop"),
            "24 images paired by same moa, different batch: 0 without a partner stand with "
            "themselves, 0 by the relaxed rule, 4 left out.",
        ),
        (
            Pairing(same=("moa",)),
            "24 images paired by same moa: 4 without a partner stand with themselves, 0 by the "
            "relaxed rule, 0 left out.",
        ),
    ],
)
def test_who_is_paired_is_said_with_counts(
    tiny: Path, tmp_path: Path, pairs: Pairing, said: str
) -> None:
    job = job_of(tiny, tmp_path)
    stream = ViewStream(job.screen, job.limits, ViewSettings(pairs=pairs), batch_size=2, seed=0)
    assert pairs_said(stream) == said


def test_a_model_of_another_kind_than_the_recipes_encoder_is_refused(
    tiny: Path, finished: Path, tmp_path: Path
) -> None:
    model = (finished / "models" / "joint").resolve()
    job = job_of(tiny, tmp_path, f"weights={model}", "encoder.depth=2")
    with pytest.raises(InputError, match=r"blocks\.1"):
        train(job, "joint", job.designs["joint"], lambda _: None)
