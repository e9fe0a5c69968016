"""`.HTD` files and names of MetaXpress, real ones first."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.instruments.meta_xpress import (
    Htd,
    absences,
    has_id,
    images_of,
    is_preview,
    plate_folder,
    read_htd,
)


def test_real_htd_files(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "imagexpress"
    assert read_htd(root / "9987_Plate_3420" / "9987.HTD") == Htd(("DAPI",), 1, ("B02",), 1)
    several = read_htd(root / "9987_Plate_3435" / "9987.HTD")
    assert several == Htd(("DAPI", "FITC", "Texas Red", "Cy5"), 6, ("B02", "B03"), 2)


def test_names_of_databases_where_number_and_id_touch() -> None:
    names = [
        "1334/ZStep_2/Mix_E07_s189A35A04-20E3-47AD-A1F9-8065B2840EFD.tif",
        "1334/Mix_E07_s2DCFD1526-D063-4F8B-9E51-F1BD2EBD9F1A.tif",
        "1334/Mix_E07_s1_thumb4BFD4018-E675-475E-B5AB-2E959E6B6DA1.tif",
        "P/TimePoint_3/x_B02_s12_w2.TIF",
        "P/TimePoint_1/x_B02.TIF",
        "P/notes.tif",
    ]
    table = images_of(names)
    assert table["site"].tolist() == [1, 2, 12, 1]
    assert table["z"].tolist() == [2, 0, 0, 0]
    assert table["timepoint"].tolist() == [1, 1, 3, 1]
    assert table["wave"].tolist() == [1, 1, 2, 1]
    assert [is_preview(name) for name in names[:3]] == [False, False, True]
    assert [has_id(name) for name in names] == [True, True, False, False, False, False]
    assert plate_folder(names[0]) == "1334"


def test_what_was_planned_and_is_not_there_is_noted() -> None:
    files = images_of(["T/x_B02_s1_w1.TIF", "T/x_B02_s2_w1.TIF", "T/x_B03_s1_w1.TIF"])
    htd = Htd(("DAPI", "FITC"), 2, ("B02", "B03", "B04"), 2)
    found = {problem.kind: problem.what for problem in absences(htd, files, "x.HTD")}
    assert found == {
        "empty well": "1 chosen well has no image: B04",
        "missing site": "1 well has fewer sites than were chosen: B03 (1 of 2)",
        "missing time": "2 time points were planned, 1 has images",
        "missing channel": "1 wavelength has no image at all: FITC",
    }


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.HTD").write_bytes(b'"Other", 1\r\n')
    with pytest.raises(InputError, match=r"is not an \.HTD file"):
        read_htd(tmp_path / "a.HTD")
    (tmp_path / "a.HTD").write_bytes(b'"HTSInfoFile", 1\r\n"YWells", \xe9\r\n')
    with pytest.raises(InputError, match="YWells is 'é', not a whole number"):
        read_htd(tmp_path / "a.HTD")
