"""Reading image files: real ones, all their kinds, and everything that can be wrong with one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.read import Header, read_header, read_image

RNG = np.random.default_rng(3)
THREE = RNG.integers(0, 65_535, (3, 20, 24)).astype(np.uint16)


def test_a_real_tiff_reads_as_its_bytes_say(data_dir: Path) -> None:
    path = data_dir / "cellprofiler-example-images/ExampleHuman/AS_09125_050116030001_D03f00d2.tif"
    image = read_image(path)
    assert read_header(path) == Header(1, (512, 512), "uint8")
    assert image.dtype == np.uint16
    # Uncompressed: the pixels are the file's bytes, at the offset that its first strip names.
    with tifffile.TiffFile(path) as tif:
        begin = tif.pages[0].dataoffsets[0]
    raw = np.frombuffer(path.read_bytes(), np.uint8, 512 * 512, begin).reshape(512, 512)
    np.testing.assert_array_equal(image[0], raw)


def test_real_fields_of_three_compressions(data_dir: Path) -> None:
    folder = data_dir / "cellpainting-images"
    nf1 = folder / "NF1_Plate_2" / "Plate_2_images" / "B7_01_1_3_DAPI_001.tif"
    phenix = folder / "pediatric_BR00143976" / "images" / "orig"
    assert read_header(nf1) == Header(1, (904, 1224), "uint16")
    for path in (nf1, *sorted(phenix.glob("*.tiff"))):
        header, image = read_header(path), read_image(path)
        assert image.shape == (header.channels, *header.size)
        assert 100 < np.median(image) < 30_000


@pytest.mark.parametrize("cut", [0.02, 0.5, 0.99])
def test_a_real_truncated_tiff_is_found_without_decoding(
    data_dir: Path, tmp_path: Path, cut: float
) -> None:
    real = data_dir / "cellpainting-images/NF1_Plate_2/Plate_2_images/B7_01_1_3_DAPI_001.tif"
    short = tmp_path / "short.tif"
    data = real.read_bytes()
    short.write_bytes(data[: int(cut * len(data))])
    for read in (read_header, read_image):
        with pytest.raises(InputError, match=r"short\.tif"):
            read(short)


def test_pages_samples_and_planes_are_channels(tmp_path: Path) -> None:
    last = np.moveaxis(THREE, 0, -1)
    tifffile.imwrite(tmp_path / "pages.tif", THREE, photometric="minisblack")
    tifffile.imwrite(tmp_path / "rgb.tif", last, photometric="rgb", compression="zlib")
    tifffile.imwrite(tmp_path / "planes.tif", THREE, photometric="rgb", planarconfig="separate")
    tifffile.imwrite(tmp_path / "tiles.tif", THREE, photometric="minisblack", tile=(16, 16))
    tifffile.imwrite(tmp_path / "big.tif", THREE, photometric="minisblack", bigtiff=True)
    tifffile.imwrite(tmp_path / "ome.ome.tif", THREE, metadata={"axes": "CYX"})
    (tmp_path / "rgb.png").write_bytes(imagecodecs.png_encode(np.ascontiguousarray(last)))
    for path in sorted(tmp_path.iterdir()):
        assert read_header(path) == Header(3, (20, 24), "uint16"), path.name
        np.testing.assert_array_equal(read_image(path), THREE, err_msg=path.name)


def test_eight_bits_are_widened_not_scaled(tmp_path: Path) -> None:
    grey = (THREE[0] >> 8).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", grey)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(grey))
    for name in ("a.tif", "a.png"):
        image = read_image(tmp_path / name)
        assert image.dtype == np.uint16
        np.testing.assert_array_equal(image[0], grey)


def test_a_real_jpeg(data_dir: Path, tmp_path: Path) -> None:
    path = data_dir / "brightfield-example" / "HCT15_example.jpg"
    header, image = read_header(path), read_image(path)
    assert image.shape == (header.channels, *header.size)
    data = path.read_bytes()
    (tmp_path / "short.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"short\.jpg: is truncated"):
        read_image(tmp_path / "short.jpg")


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.98])
def test_a_truncated_png(tmp_path: Path, cut: float) -> None:
    data = imagecodecs.png_encode(THREE[0])
    (tmp_path / "short.png").write_bytes(data[: int(cut * len(data))])
    for read in (read_header, read_image):
        with pytest.raises(InputError, match=r"short\.png: is truncated"):
            read(tmp_path / "short.png")


def test_a_tiff_cut_between_two_pages_is_not_a_shorter_stack(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    with tifffile.TiffWriter(path) as tif:
        for plane in THREE:
            tif.write(plane, metadata=None, contiguous=False)
    with tifffile.TiffFile(path) as tif:
        second = tif.pages[2].offset  # where the third page's directory begins
    path.write_bytes(path.read_bytes()[:second])
    for read in (read_header, read_image):
        with pytest.raises(InputError, match="page 3 is missing"):
            read(path)


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint32", "bool"])
def test_other_pixel_types_are_refused(tmp_path: Path, dtype: str) -> None:
    tifffile.imwrite(tmp_path / "odd.tif", np.zeros((8, 8), dtype))
    for read in (read_header, read_image):
        with pytest.raises(InputError, match=rf"odd\.tif: has {dtype} pixels"):
            read(tmp_path / "odd.tif")


def test_reading_changes_no_file(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", THREE[0])
    before = hashlib.sha256((tmp_path / "a.tif").read_bytes()).hexdigest()
    read_image(tmp_path / "a.tif")[:] = 0
    assert hashlib.sha256((tmp_path / "a.tif").read_bytes()).hexdigest() == before
