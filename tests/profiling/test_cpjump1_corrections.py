"""The corrections on five real plates of one layout (CPJUMP1): what they do, and what they may not.

The uncorrected figures are those of the data's own README.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.combat import Combat
from phenolens.profiling.harmony import Harmony
from phenolens.profiling.regress_position import RegressPosition
from phenolens.profiling.sphere import Sphere


@pytest.fixture(scope="module")
def wells(data_dir: Path) -> Profiles:
    files = sorted((data_dir / "cpjump1-cellprofiler-wells").glob("BR*.csv.gz"))
    plates = [Profiles.load(path) for path in files]
    return Profiles(
        meta=pd.concat([p.meta for p in plates], ignore_index=True),
        features=np.concatenate([p.features for p in plates]),
        names=plates[0].names,
    )


def similarity(profiles: Profiles) -> np.ndarray:
    x = profiles.features / np.linalg.norm(profiles.features, axis=1, keepdims=True)
    made: np.ndarray = x @ x.T
    np.fill_diagonal(made, -2)
    return made


def on_its_plate(profiles: Profiles) -> float:
    """Share of wells whose nearest is on their own plate; 0.2 where plates have no effect."""
    plate = profiles.meta["plate"].to_numpy()
    return float((plate[similarity(profiles).argmax(axis=1)] == plate).mean())


def in_its_position(profiles: Profiles) -> float:
    """Share of control wells whose nearest of another plate lies in their position, of 64."""
    own = profiles.take(profiles.meta["control"].to_numpy())
    close = similarity(own)
    plate, well = own.meta["plate"].to_numpy(), own.meta["well"].to_numpy()
    close[plate[:, None] == plate] = -2
    return float((well[close.argmax(axis=1)] == well).mean())


def test_harmony_mixes_the_plates(wells: Profiles) -> None:
    assert on_its_plate(wells) == pytest.approx(0.51, abs=0.005)
    assert on_its_plate(Harmony(by=("plate",))(wells)) < 0.25
    # After sphering the plates' share of variance rises while their wells mix.
    facts = Harmony(by=("plate",))(Sphere(regularization=1.0)(wells)).provenance[-1]["facts"]
    assert facts["batch_share_after"]["plate"] > facts["batch_share_before"]["plate"]
    assert facts["objective_rise"] == 0


def test_means_that_agree_are_not_plates_that_mix(wells: Profiles) -> None:
    """ComBat takes the means and spreads away; the nearest well stays on the plate."""
    combat = Combat(by=("plate",))(wells)
    facts = combat.provenance[-1]["facts"]
    assert facts["batch_share_after"] < 0.05 * facts["batch_share_before"]
    assert on_its_plate(combat) > 0.4


def test_one_layout_is_refused_where_it_must_be(wells: Profiles) -> None:
    for how in ("mean", "additive"):
        with pytest.raises(InputError, match="306 such compounds"):
            RegressPosition(how=how)(wells)
    assert in_its_position(wells) == pytest.approx(0.216, abs=0.005)
    additive = RegressPosition(how="additive", confounded="allow")(wells)
    assert in_its_position(additive) > 0.5  # more alike than before: the layout is written in
    assert in_its_position(RegressPosition(how="polish")(wells)) < 0.16
