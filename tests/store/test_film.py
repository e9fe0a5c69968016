"""Frames that are kept: the highest dose of each drug, a control of its plate, spaced in time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.core.roles import with_roles
from phenolens.store.film import FRAMES, film_rows, is_film

HOURS = np.arange(-2.0, 30.0, 2.0)


def frames(**columns: object) -> pd.DataFrame:
    wells = [
        ("P1", "A01", "DMSO", 0.0), ("P1", "A02", "x", 1.0), ("P1", "A03", "x", 10.0),
        ("P2", "A01", "DMSO", 0.0), ("P2", "A02", "x", 10.0), ("P2", "A03", "y", 5.0),
    ]  # fmt: skip
    rows = [
        {"plate": plate, "well": well, "site": site, "compound": drug, "concentration": dose,
         "time": hour}
        for plate, well, drug, dose in wells for site in (1, 2) for hour in HOURS
    ]  # fmt: skip
    return with_roles(pd.DataFrame(rows).assign(**columns))


def test_the_first_site_of_the_highest_dose_and_of_a_control_on_its_plate() -> None:
    meta = frames().sample(frac=1, random_state=0).reset_index(drop=True)
    found = meta.iloc[film_rows(meta)]
    strips = found.drop_duplicates(["plate", "well"])[["plate", "well", "compound"]]
    assert strips.to_numpy().tolist() == [
        ["P1", "A01", "DMSO"], ["P2", "A01", "DMSO"], ["P1", "A03", "x"], ["P2", "A03", "y"]
    ]  # fmt: skip
    assert (found["site"] == 1).all()


def test_frames_are_spaced_evenly_and_hold_both_ends() -> None:
    meta = frames()
    strip = meta.iloc[film_rows(meta)].query("compound == 'y'")["time"].tolist()
    assert len(strip) == FRAMES
    assert (strip[0], strip[-1]) == (-2.0, 28.0)
    assert max(np.diff(strip)) <= 6


def test_a_short_series_is_kept_whole() -> None:
    meta = frames().query("time < 4").reset_index(drop=True)
    assert meta.iloc[film_rows(meta)].query("compound == 'y'")["time"].tolist() == [-2.0, 0.0, 2.0]


def test_without_compounds_each_well_is_a_strip() -> None:
    meta = frames().drop(columns=["compound", "concentration", "treatment", "control"])
    assert len(meta.iloc[film_rows(meta)].drop_duplicates(["plate", "well"])) == 6


def test_images_of_one_moment_are_no_film() -> None:
    assert is_film(frames())
    assert not is_film(frames(time=3.0))
    assert not is_film(frames().drop(columns="time"))
