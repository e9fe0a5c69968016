from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.drug_vs_control import DrugVsControl, Figure
from phenolens.statistics.held_out import FIGURES

PLATES, WELLS, FIELDS = 4, 12, 5


def screen(features: Callable[[pd.DataFrame], np.ndarray]) -> Profiles:
    """Four plates of two drugs (three wells each) and six control wells, five fields a well."""
    rows = [
        {
            "plate": f"p{plate}",
            "well": f"{chr(65 + well)}{plate:02d}",
            "site": site,
            "compound": ("A1", "A10", "DMSO", "DMSO")[well // 3],
            "control": well >= 6,
        }
        for plate in range(PLATES)
        for well in range(WELLS)
        for site in range(FIELDS)
    ]
    meta = pd.DataFrame(rows)
    return Profiles(meta=meta, features=features(meta))


def wells_of(meta: pd.DataFrame) -> np.ndarray:
    return pd.factorize(meta["plate"] + meta["well"])[0]


def where(profiles: Profiles, query: str) -> Profiles:
    return profiles.take(profiles.meta.query(query).index.to_numpy())


def leaky(meta: pd.DataFrame) -> np.ndarray:
    """One feature a well, and nothing of the drug."""
    return np.eye(PLATES * WELLS)[wells_of(meta)]


def test_what_only_names_the_well_gives_chance() -> None:
    """Fields split at random over folds would be told perfectly: their well is in the training."""
    profiles = screen(leaky)
    score = DrugVsControl(folds=4)(profiles)
    assert score.rows["value"].tolist() == [0.5, 0.5]
    x, drug = profiles.features, (profiles.meta["compound"] == "A1").to_numpy()
    kept = drug | profiles.meta["control"].to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    split = cross_val_predict(model, x[kept], drug[kept], cv=folds, method="predict_proba")
    assert roc_auc_score(drug[kept], split[:, 1]) == 1


def test_the_random_split_of_the_papers_leaks_and_says_so() -> None:
    """The same features, with fields dealt at random: nearly perfect, which is why it is noted."""
    score = DrugVsControl(folds=4, groups="row")(screen(leaky))
    assert score.rows["value"].min() > 0.95
    assert "rows of one well are trained on and judged" in score.notes[0]
    assert not any("at random" in note for note in DrugVsControl(folds=4)(screen(leaky)).notes)


def test_what_only_names_the_plate_gives_chance() -> None:
    def plates(meta: pd.DataFrame) -> np.ndarray:
        return np.eye(PLATES)[pd.factorize(meta["plate"])[0]]

    for score in (DrugVsControl()(screen(plates)), DrugVsControl(groups="plate")(screen(plates))):
        assert score.rows["value"].tolist() == [0.5, 0.5]


def test_many_features_of_noise_give_chance() -> None:
    """60 features tell the training's 38 wells apart perfectly; held-out wells they do not."""
    values = []
    for seed in range(8):
        profiles = screen(leaky)
        noise = np.random.default_rng(seed).normal(size=(PLATES * WELLS, 60))
        made = replace(profiles, features=noise[wells_of(profiles.meta)], names=())
        values.append(DrugVsControl()(made).value)
    assert np.mean(values) == pytest.approx(0.5, abs=0.08)


def test_a_drug_that_acts_is_told_and_the_other_not() -> None:
    def acts(meta: pd.DataFrame) -> np.ndarray:
        noise = np.random.default_rng(1).normal(size=(len(meta), 10))
        return noise + 4 * (meta["compound"] == "A1").to_numpy()[:, None]

    score = DrugVsControl(permutations=9)(screen(acts))
    found = dict(zip(score.rows["compound"], score.rows["value"], strict=True))
    assert found["A1"] > 0.99
    assert found["A10"] == pytest.approx(0.5, abs=0.15)  # A1 is no part of A10
    assert score.rows["drug_rows"].tolist() == [60, 60]
    assert score.rows["control_rows"].tolist() == [120, 120]
    assert score.p == 0.1
    assert score.null == pytest.approx(0.5, abs=0.1)
    assert score.figures["roc_auc_median"] == pytest.approx(score.value)
    assert score.figures["roc_auc_mad"] == pytest.approx((found["A1"] - found["A10"]) / 2)


def test_leave_one_plate_out_against_scikit_learn() -> None:
    rng = np.random.default_rng(2)

    def some(meta: pd.DataFrame) -> np.ndarray:
        drug = (meta["compound"] == "A10").to_numpy()[:, None]
        return rng.normal(size=(len(meta), 6)) + 0.6 * drug * (np.arange(6) < 2)

    profiles = screen(some)
    score = DrugVsControl(groups="plate", folds=PLATES, inverse_penalty=0.3)(profiles)
    meta = profiles.meta
    for compound, value in zip(score.rows["compound"], score.rows["value"], strict=True):
        kept = ((meta["compound"] == compound) | meta["control"]).to_numpy()
        x, y = profiles.features[kept].astype(np.float64), ~meta["control"].to_numpy()[kept]
        plate = meta["plate"].to_numpy()[kept]
        logistic = LogisticRegression(C=0.3, class_weight="balanced", tol=1e-8)
        model = make_pipeline(StandardScaler(), logistic)
        aucs = []
        for train, test in GroupKFold(PLATES).split(x, y, plate):
            assert len(set(plate[test])) == 1
            told = model.fit(x[train], y[train]).predict_proba(x[test])[:, 1]
            aucs.append(roc_auc_score(y[test], told))
        assert value == pytest.approx(np.mean(aucs), abs=1e-9)


def two_lines() -> Profiles:
    """In line M14 the drugs act, in HT29 not; its controls have nothing to do with M14's."""
    profiles = screen(lambda meta: np.random.default_rng(3).normal(size=(len(meta), 4)))
    line = np.where(profiles.meta["plate"].isin(["p0", "p1"]), "M14", "HT29")
    meta = profiles.meta.assign(cell_line=line)
    meta.loc[meta["cell_line"] == "HT29", "well"] = "M" + meta["well"].str[1:].str.zfill(2)
    meta["well"] = meta["well"] + profiles.meta["well"].str[0]
    x = profiles.features.copy()
    x[(line == "M14") & ~meta["control"]] += 5
    x[line == "HT29"] += 20
    return replace(profiles, meta=meta, features=x)


def test_cell_lines_are_apart() -> None:
    score = DrugVsControl()(two_lines())
    assert list(score.rows.columns[:2]) == ["compound", "cell_line"]
    found = score.rows.set_index(["cell_line", "compound"])
    assert (found["control_rows"] == 60).all()
    assert (found.loc["M14", "value"] > 0.99).all()
    assert (found.loc["HT29", "value"] < 0.75).all()


def test_all_drugs_of_a_line_as_published() -> None:
    score = DrugVsControl(per=("cell_line",))(two_lines())
    assert score.rows["cell_line"].tolist() == ["HT29", "M14"]
    assert score.rows["drug_rows"].tolist() == [60, 60]
    for name in FIGURES:
        low, high = sorted(score.rows[name])
        assert score.figures[f"{name}_median"] == pytest.approx((low + high) / 2)
        assert score.figures[f"{name}_mad"] == pytest.approx((high - low) / 2)


def test_any_figure_may_be_the_value() -> None:
    figures: tuple[Figure, ...] = get_args(Figure)
    assert figures == FIGURES
    for name in figures:
        score = DrugVsControl(figure=name)(two_lines())
        assert score.value == pytest.approx(score.rows[name].mean())


def test_controls_are_of_the_drugs_plates_and_what_is_left_out_is_said() -> None:
    profiles = screen(lambda meta: np.random.default_rng(4).normal(size=(len(meta), 3)))
    meta = profiles.meta.copy()
    meta.loc[(meta["compound"] == "A1") & (meta["plate"] != "p0"), "compound"] = None
    meta.loc[meta["plate"] == "p3", "control"] = False
    meta.loc[meta["compound"] == "DMSO", "compound"] = None
    score = DrugVsControl()(replace(profiles, meta=meta))
    found = score.rows.set_index("compound")
    assert found["drug_rows"].to_dict() == {"A1": 15, "A10": 45}
    assert found["control_rows"].to_dict() == {"A1": 30, "A10": 90}
    assert found["folds"].to_dict() == {"A1": 3, "A10": 5}
    assert score.notes == (
        "rows without plate, well, compound left out: 75",
        "rows on plates without controls left out: 15",
        "drugs with too few groups for 5 folds, judged in fewer: 1",
    )


def test_too_few_groups() -> None:
    profiles = screen(lambda meta: np.random.default_rng(5).normal(size=(len(meta), 3)))
    one = where(profiles, "compound != 'A1' or plate == 'p0'")
    score = DrugVsControl(groups="plate")(one)
    assert score.rows["compound"].tolist() == ["A10"]
    assert score.notes[0] == "drugs left out, in fewer than 2 plates with controls: 1 (A1)"
    with pytest.raises(InputError, match=r"in at least 2 plates each.*groups = 'well'"):
        DrugVsControl(groups="plate")(where(profiles, "plate == 'p0'"))


def test_settings_that_mean_nothing_are_refused() -> None:
    for wrong in ({"folds": 1}, {"inverse_penalty": 0.0}, {"components": -1}, {"per": ()}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            DrugVsControl(**wrong)


@pytest.fixture(scope="module")
def jump(data_dir: Path) -> Profiles:
    folder = data_dir / "cpjump1-cellprofiler-wells"
    parts = [Profiles.load(path) for path in sorted(folder.glob("BR*.csv.gz"))]
    return Profiles(
        meta=pd.concat([part.meta for part in parts], ignore_index=True),
        features=np.concatenate([part.features for part in parts]),
        names=parts[0].names,
    )


def test_real_wells_of_a_few_compounds(jump: Profiles) -> None:
    """Every eighteenth of 306 compounds, five plates, one plate held out at a time."""
    names = sorted(jump.meta["compound"].dropna().unique())[::18]
    kept = jump.meta["control"] | jump.meta["compound"].isin(names)
    score = DrugVsControl(groups="plate")(jump.take(kept.to_numpy()))
    assert score.n == 17
    assert (score.rows["control_rows"] == 320).all()
    assert 0.9 < score.value < 1
    assert not score.notes


@pytest.mark.slow
def test_real_wells_of_all_compounds(jump: Profiles) -> None:
    score = DrugVsControl(groups="plate")(jump)
    assert score.n == 306
    assert score.value == pytest.approx(0.954, abs=0.005)
    assert score.figures["roc_auc_median"] == pytest.approx(0.988, abs=0.005)
