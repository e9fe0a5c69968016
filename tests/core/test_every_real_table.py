"""Every table of the real data is read right, or refused in one line; and counted."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

_JUMP = "cpjump1-cellprofiler-wells/BR001170{}_normalized_feature_select_negcon_batch.csv.gz"
_NF1 = "nf1-image-qc/Plate_{}_image_quality.csv.gz"
_CELLS = "single-cell-profiles-4plates/localhost2409{}0001.parquet"
# File -> rows, features: as each folder's README has them. Coordinates of single cells are
# metadata: 80 of the NF1 cells' 2,006 and 134 of the BR00143976 cells' 2,995.
TABLES = {
    "bbbc021-cellprofiler-wells/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz": (632, 516),
    **dict.fromkeys([_JUMP.format(n) for n in (10, 11, 12, 24, 25)], (384, 904)),
    "lincs-a549-one-plate/SQ00015054_normalized_feature_select.csv.gz": (384, 454),
    "timelapse-apoptosis/train.parquet": (20, 2349),
    "timelapse-apoptosis/predicted_terminal_profiles.parquet": (780, 11),
    _CELLS.format(2706): (458, 632),
    _CELLS.format(2712): (455, 664),
    _CELLS.format(2812): (472, 621),
    "cellpainting-images/NF1_Plate_2/Plate_2_with_image_data_shrunken.parquet": (5, 1926),
    "cellpainting-images/pediatric_BR00143976/BR00143976_shrunken.parquet": (5, 2861),
    _NF1.format("3"): (1800, 28),
    _NF1.format("3_prime"): (1800, 28),
    _NF1.format("4"): (1500, 28),
    _NF1.format("5"): (1512, 28),
}
ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_profiles_has_all_its_rows_and_features(data_dir: Path, name: str) -> None:
    made = Profiles.load(data_dir / name)
    assert made.features.shape == TABLES[name]
    assert all(made.meta[c].map(type).eq(str).all() for c in ("plate", "well") if c in made.meta)


def test_every_other_table_is_read_or_refused_in_one_line(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Platemaps, image tables, tracks and exports of instruments are no profiles."""
    caplog.set_level(logging.CRITICAL, "phenolens")
    read, refused = [], []
    for path in sorted(data_dir.rglob("*")):
        name = path.relative_to(data_dir).as_posix()
        if name in TABLES or not path.name.lower().endswith(ENDINGS) or not path.is_file():
            continue
        try:
            read.append((name, Profiles.load(path).features.shape))
        except InputError as error:
            refused.append(str(error).removeprefix(str(path)))
    assert len(read) + len(refused) > 60
    assert all(text.startswith(": ") and "\n" not in text for text in refused)
    folders = {name.split("/")[0] for name, _ in read}
    # Few numbers per image or experiment; and published scores.
    assert folders == {"bbbc006-focus", "cpjump1-cellprofiler-wells", "mitocheck-singlecells"}
