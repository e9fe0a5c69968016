"""A recipe is TOML; what is wrong with it is said with its key, and its full form says it again."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from phenolens.core.errors import InputError
from phenolens.core.registry import catalogue
from phenolens.runs.learning import Learning
from phenolens.runs.recipe import (
    Recipe,
    find_recipe,
    shipped_claims,
    shipped_grids,
    shipped_recipes,
)
from phenolens.runs.source import Table

SHIPPED = Path(__file__).resolve().parents[2] / "recipes"
RECIPES = sorted(path for path in SHIPPED.rglob("*.toml") if path.parent.name != "compare")


@pytest.fixture
def table(tiny: Path) -> dict[str, Any]:
    """Return the tiny recipe as tables."""
    return tomllib.loads(tiny.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_shipped_recipe_says_itself_again(path: Path, tmp_path: Path) -> None:
    recipe = Recipe.load(path)
    assert recipe.name == path.relative_to(SHIPPED).with_suffix("").as_posix().replace("/", "_")
    again = tmp_path / "again.toml"
    again.write_text(recipe.to_toml(), encoding="utf-8")
    back = Recipe.load(again)
    assert back.settings == recipe.settings
    assert back.identity == recipe.identity
    assert back.metrics == recipe.metrics
    assert back.profiling == recipe.profiling
    assert path.read_text(encoding="utf-8").startswith("# ")  # its line in `phenolens list`


@pytest.mark.parametrize("folder", ["real_cells", "simulated"])
def test_the_recipe_of_every_method_is_watched_and_compared_with_plain_features(
    folder: str,
) -> None:
    paths = list((SHIPPED / folder).glob("*.toml"))
    assert {path.stem for path in paths} == set(catalogue("methods"))
    for path in paths:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        training = table["training"]
        looks = training["epochs"] / training["watch"]["every"]
        assert looks == (10 if training["epochs"] > 4 else training["epochs"])
        assert "plain" in table["baselines"]


def test_the_full_form_spells_out_defaults(tiny: Path) -> None:
    settings = Recipe.load(tiny).settings
    assert settings["screen"] == {"layout": "tiny", "seed": 0, "blank": False}
    assert settings["encoder"]["patch"] == 8
    assert settings["method"]["student_temperature"] == 0.07
    assert settings["training"]["clip"] == 3.0
    assert settings["pixels"][-1]["mode"] == "percentile"
    assert settings["baselines"] == ["untrained", "intensity", "cell_count"]
    assert settings["metrics"]["nsc"]["permutations"] == 1000
    assert "weights" in settings


def test_changes_reach_the_objects(tiny: Path) -> None:
    recipe = Recipe.load(
        tiny,
        [
            "training.epochs=7",
            "views.crops.local_area=[0.01, 0.08]",
            "views.crops.local_area.0=0.02",
            "profiling.0.how=median",
            "metrics.nsc.same=batch",
        ],
    )
    assert isinstance(recipe.source, Learning)
    assert recipe.source.training.epochs == 7
    assert recipe.source.views.crops.local_area == (0.02, 0.08)
    assert recipe.settings["profiling"][0]["how"] == "median"
    assert recipe.settings["metrics"]["nsc"]["same"] == "batch"
    assert recipe.identity != Recipe.load(tiny).identity


def test_a_metric_may_stand_twice_under_its_own_names(table: dict[str, Any]) -> None:
    table["metrics"]["nsc_of_batch"] = {"metric": "nsc", "same": "batch"}
    recipe = Recipe.from_table(table)
    assert list(recipe.metrics) == ["nsc", "nsc_of_batch"]
    assert Recipe.from_table(recipe.settings).settings == recipe.settings


def test_without_a_method_there_are_no_baselines(table: dict[str, Any]) -> None:
    del table["method"]
    recipe = Recipe.from_table(table)
    assert isinstance(recipe.source, Learning)
    assert recipe.source.baselines == {}
    assert recipe.source.method is None
    assert "method" not in recipe.settings


WRONG = {
    "training.epoch=5": "tiny.toml: training.epoch: unknown key; did you mean 'epochs'? allowed: ",
    "training.epochs=five": "tiny.toml: training.epochs: expected int, got 'five' (str)",
    "training.epochs=0": "tiny.toml: training.epochs: must be from 1 to 1000000, got 0",
    "training.precision=bf61": "tiny.toml: training.precision: 'bf61' is not allowed; did you "
    "mean 'bf16'? allowed: auto, bf16, float32",
    "trainin.epochs=5": "tiny.toml: trainin: unknown key; did you mean 'training'? allowed: "
    "baselines, curves, design, embedding, encoder, explanations, features, joined, measured, "
    "method, metrics, name, pixels, profiles, profiling, screen, seed, training, views, weights",
    "views.crops.global_area=[0.1]": "tiny.toml: views.crops.global_area: expected 2 values, got 1",
    "views.pairs.fallback=none": "tiny.toml: views.pairs.fallback: 'none' is not allowed; "
    "allowed: drop, error, relax, self",
    "method.name=dinoo": "tiny.toml: method.name: no 'dinoo' in methods; did you mean 'dino'? "
    "allowed: ",
    "metrics.nscc.seed=1": "tiny.toml: metrics.nscc.metric: no 'nscc' in metrics; did you mean "
    "'nsc",
    "profiling.0.how=avg": "tiny.toml: profiling.0.how: 'avg' is not allowed; allowed: mean, "
    "median, modz",
    "encoder=vit": "tiny.toml: encoder: 'vit' is not a table; write [encoder]",
    "seed=-1": "tiny.toml: seed: must be in 0..2**32 - 1, got -1",
    "baselines=[1]": "tiny.toml: baselines[0]: expected str, got 1 (int)",
    "baselines=[untraned]": "tiny.toml: baselines[0]: no 'untraned' in baselines; did you mean "
    "'untrained'? allowed: cell_count, cell_profiler, confluence, intensity, "
    "nuclear_ratio, plain, untrained",
    "pixels.0.resize=2": "tiny.toml: pixels: is one table; write a list of steps, as [[pixels]]",
    'pixels=[{step="resiz"}]': "tiny.toml: pixels.0.step: no 'resiz' in pixels; did you mean "
    "'resize'? allowed: crop_cells, find_cells, flag_quality, illumination, mark_controls, "
    "project, rescale, resize, select_channels, where",
    "training.accelerator=cuda": "tiny.toml: training.accelerator: is a setting of the machine, "
    "not of the recipe; remove it, and give --machine accelerator=VALUE to the command (in "
    "Python: machine=Machine(accelerator=...))",
    "embedding.batch_size=8": "tiny.toml: embedding.batch_size: is a setting of the machine, not "
    "of the recipe; remove it, and give --machine embed_batch_size=VALUE to the command (in "
    "Python: machine=Machine(embed_batch_size=...))",
    "screen.layout=tiny_layout:Tiny": "tiny.toml: screen.layout: 'tiny_layout:Tiny' is not a name "
    "of the catalogue; a class of your own is named by its file once its package is given with "
    "--plugin PACKAGE or installed with an entry point (docs/extending.md)",
    "profiles.table=a.csv": "tiny.toml: recipe: needs one of [screen], [profiles] and [curves]",
    "metrics.nsc.before=agregate": "tiny.toml: metrics.nsc.before: no step 'agregate' in the "
    "chain; did you mean 'aggregate'? allowed: aggregate",
    'metrics={"a/b"={metric="nsc"}}': "tiny.toml: metrics: 'a/b' cannot be the name of a file: it "
    "has the character '/'; use letters, digits, spaces and any of + - _ . ( )",
    "name=../tiny": "tiny.toml: name: '../tiny' cannot be the name of a file: it has the character "
    "'/'; use letters, digits, spaces and any of + - _ . ( )",
    "metrics={}": "tiny.toml: metrics: needs at least one, as [metrics.nsc]",
}


@pytest.mark.parametrize(("change", "message"), WRONG.items(), ids=WRONG)
def test_what_is_wrong_is_said_with_its_key_and_the_nearest(
    tiny: Path, change: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        Recipe.load(tiny, [change])
    said = str(caught.value)
    assert said.startswith(message) if message[-1] in " c" else said == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "is not TOML: "),
        (
            "name = 'x'\n[method]\nname = 'dino'",
            "needs one of \\[screen\\], \\[profiles\\] and \\[curves\\]",
        ),
        ("[profiles]\ntable='a'\n[metrics.nsc]\n[training]\nepochs=1", "training: needs a"),
        ("baselines=['intensity']\n[profiles]\ntable='a'\n[metrics.nsc]", "baselines: needs a"),
        ("[profiles]\n[metrics.nsc]", "profiles: needs table"),
        ("[screen]\nlayout='synthetic'\n[metrics.nsc]", "needs an \\[encoder\\]"),
        ("[screen]\nlayout='synthetic'\n[encoder]\n[metrics.nsc]", 'encoder: needs name = "..."'),
        ("[screen]\n[encoder]\nname='vit'\n[metrics.nsc]", 'screen: needs layout = "..."'),
        (
            "profiling = 3\n[profiles]\ntable='a'\n[metrics.nsc]",
            r"profiling: expected a list of .*, got 3 \(int\)",
        ),
        (
            "metrics = 'nsc'\n[profiles]\ntable='a'",
            "metrics: 'nsc' is not a table",
        ),
    ],
)
def test_a_recipe_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        Recipe.load(path)
    assert "mine.toml" in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(InputError, match="is not TOML"):
        Recipe.load(tmp_path / "mine.toml")


def test_recipes_are_found_by_path_and_by_name(tiny: Path) -> None:
    assert find_recipe(str(tiny)) == tiny
    assert find_recipe("quickstart") == SHIPPED / "quickstart.toml"
    assert find_recipe("simulated/byol") == SHIPPED / "simulated" / "byol.toml"
    names = {path.relative_to(SHIPPED).with_suffix("").as_posix() for path in RECIPES}
    assert names == set(shipped_recipes())
    assert "compare/methods_fluorescence" in shipped_grids()
    assert "compare/claims" not in shipped_grids()
    assert shipped_claims() == SHIPPED / "compare" / "claims.toml"
    with pytest.raises(InputError, match="quickstar: no such recipe; did you mean 'quickstart'"):
        find_recipe("quickstar")
    with pytest.raises(InputError, match="no such recipe; did you mean 'quickstart'"):
        find_recipe("elsewhere/quickstart.toml")


def test_a_table_recipe_builds_no_pixel_half() -> None:
    recipe = Recipe.load("cellprofiler_bbbc021")
    assert isinstance(recipe.source, Table)
    assert "training" not in recipe.settings
    assert "baselines" not in recipe.settings
    assert "phenolens.runs.recipe" in sys.modules


def test_a_metric_may_be_measured_before_a_step() -> None:
    recipe = Recipe.load(
        "cellprofiler_bbbc021", ["metrics.wells={metric='nsc', before='aggregate'}"]
    )
    assert recipe.stages == {"nsc": 2, "nscb": 2, "drop": 2, "wells": 1}
    again = Recipe.from_table(tomllib.loads(recipe.to_toml()))
    assert again.stages == recipe.stages
    assert again.settings == recipe.settings
    assert recipe.settings["metrics"]["wells"]["before"] == "aggregate"
    assert "before" not in recipe.settings["metrics"]["nsc"]
