"""Files that bioio reads: OME-TIFF in the place of the formats of vendors. Skips without bioio."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.screens.bioio import Bioio

# Its readers count a warning as a failure where warnings are errors.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def bioio() -> None:
    pytest.importorskip("bioio", reason="the extra bioio is not installed")
    pytest.importorskip("bioio_ome_tiff", reason="bioio's reader of OME-TIFF is not installed")


def test_files_of_vendors_are_recognised_by_their_endings(tmp_path: Path) -> None:
    Bioio.fake(tmp_path)
    assert Bioio.recognises(Contents.of(tmp_path)) is None, "others read OME-TIFF"
    (tmp_path / "P1" / "x_A01.ND2").write_bytes(b"")
    found = Bioio.recognises(Contents.of(tmp_path))
    assert found is not None
    assert "1 files of a format that bioio reads, as P1/x_A01.ND2" in found.why


def test_without_the_package_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bioio", None)
    with pytest.raises(InputError, match="needs bioio") as caught:
        Bioio.fake(tmp_path)(tmp_path)
    assert "phenolens[bioio]" in caught.value.fix


def test_a_pattern_needs_a_well(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no group"):
        Bioio(pattern=r"(?P<plate>\w+)")
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(InputError, match="no file has a well in its name"):
        Bioio()(tmp_path)


@pytest.mark.usefixtures("bioio")
def test_channels_planes_and_pixel_size_are_those_of_the_files(tmp_path: Path) -> None:
    screen = Bioio.fake(tmp_path)(tmp_path)
    assert (screen.channels, screen.size, screen.pixel_size) == (("DNA", "ER"), (32, 40), 0.5)
    assert screen.meta.to_dict("list") == {
        "plate": ["P1"] * 4,
        "well": ["A01", "A01", "B03", "B03"],
        "site": [1] * 4,
        "z": [1, 2, 1, 2],
    }
    counts = tifffile.imread(tmp_path / "P1" / "x_B03.ome.tif")
    np.testing.assert_array_equal(screen.read(np.array([3, 2])), counts[[1, 0]])
    one = Bioio(names={"ER": "Actin"}, channels=("Actin",))(tmp_path)
    np.testing.assert_array_equal(one.read(np.array([2]))[0, 0], counts[0, 1])
    again = pickle.loads(pickle.dumps(one.read))
    np.testing.assert_array_equal(again(np.array([2]))[0, 0], counts[0, 1])
    assert screen.identify is not None
    assert len({one.tobytes() for one in screen.identify(np.arange(4))}) == 4


@pytest.mark.usefixtures("bioio")
def test_scenes_are_sites_and_a_platemap_is_joined(tmp_path: Path) -> None:
    path = tmp_path / "B02_DNA.ome.tif"
    counts = np.random.default_rng(0).poisson(900, (3, 1, 16, 20)).astype(np.uint16)
    with tifffile.TiffWriter(path, ome=True) as file:
        for scene in counts:
            file.write(scene[None], metadata={"axes": "ZCYX"}, photometric="minisblack")
    (tmp_path / "map.csv").write_text("well,compound\nb2,taxol\n")
    screen = Bioio(table="map.csv")(tmp_path)
    assert screen.meta["site"].tolist() == [1, 2, 3]
    assert screen.channels == ("c0",)
    assert screen.meta["compound"].tolist() == ["taxol"] * 3
    np.testing.assert_array_equal(screen.read(np.array([2, 0])), counts[[2, 0]])


@pytest.mark.usefixtures("bioio")
def test_a_damaged_file_and_one_of_other_channels(tmp_path: Path) -> None:
    Bioio.fake(tmp_path)
    (tmp_path / "P1" / "x_A02.czi").write_bytes(b"nothing")
    with pytest.raises(InputError, match="bioio cannot read it") as caught:
        Bioio()(tmp_path)
    assert "pip install bioio-czi" in caught.value.fix
    screen = Bioio(unreadable="leave_out")(tmp_path)
    assert len(screen) == 4
    assert screen.left_out is not None
    assert "x_A02.czi" in screen.left_out[0]
    other = np.zeros((1, 1, 32, 40), np.uint16)
    tifffile.imwrite(tmp_path / "P1" / "x_C01.ome.tif", other, metadata={"axes": "ZCYX"}, ome=True)
    kinds = [one.kind for one in Bioio(unreadable="leave_out").problems(tmp_path)]
    assert sorted(kinds) == ["odd image", "unreadable image"]
    tifffile.imwrite(tmp_path / "P1" / "x_C01.ome.tif", other.astype(np.float32), ome=True)
    found = list(Bioio().problems(tmp_path))
    assert any("float32 pixels" in one.what for one in found)
