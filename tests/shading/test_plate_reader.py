"""A plate is estimated once, by exact sums, when it is first read."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, UnreadableImage
from phenolens.shading.functions import function_of
from phenolens.shading.plate_reader import Estimate, PlateReader

SIZE = (24, 32)
PLATES = ("a",) * 20 + ("b",) * 20


def counts(rows: Rows) -> Images:
    light = np.linspace(500, 1500, SIZE[1])
    made = [
        np.random.default_rng(int(r)).poisson(light, (1, *SIZE)) + 1000 * (r >= 20) for r in rows
    ]
    return np.stack(made).astype(np.uint16)


def hashes(rows: Rows) -> np.ndarray:
    return np.repeat(rows.astype(np.uint8)[:, None], 16, axis=1)


def reader(read: object = counts, **changed: object) -> PlateReader:
    settings: dict[str, object] = {
        "read": read,
        "plates": PLATES,
        "channels": ("DNA",),
        "size": SIZE,
        "estimate": Estimate(block=0, smoothing="median", size=12.0, scale="minimum"),
        "files": hashes,
    }
    return PlateReader(**{**settings, **changed})  # type: ignore[arg-type]


def test_the_function_is_that_of_the_mean_of_the_plates_images() -> None:
    made = reader()
    made(np.array([30]))
    mean = counts(np.arange(20, 40)).astype(np.float64).mean(axis=0)[0]
    wanted = function_of(mean, "median", 12.0, "minimum")
    assert np.array_equal(made._grids["b"][0], wanted)
    assert set(made._grids) == {"b"}, "only the plate that was read"


def test_every_image_is_read_once_more_and_no_more() -> None:
    seen: list[int] = []

    def counted(rows: Rows) -> Images:
        seen.extend(rows.tolist())
        return counts(rows)

    made = reader(counted)
    made(np.array([0]))
    made(np.array([1, 2]))
    assert sorted(seen) == sorted([0, *range(20), 1, 2])


def test_a_large_plate_is_estimated_from_images_all_over_it() -> None:
    seen: list[int] = []

    def counted(rows: Rows) -> Images:
        seen.extend(rows.tolist())
        return counts(rows)

    how = Estimate(block=0, smoothing="median", size=12.0, scale="minimum", images=5)
    made = reader(counted, estimate=how)
    made.function("b")
    assert sorted(seen) == [20, 25, 30, 34, 39]
    own = made.identify(np.array([0]))

    def other(row: int) -> np.ndarray:
        def changed(rows: Rows) -> np.ndarray:
            return np.where(rows[:, None] == row, np.uint8(255), hashes(rows))

        return reader(estimate=how, files=changed).identify(np.array([0]))

    assert np.array_equal(other(3), own), "it is not looked at"
    assert not np.array_equal(other(5), own)


def test_block_minima_follow_the_ground() -> None:
    """A bright spot in every image changes the mean, not the smallest count of a block."""

    def spotted(rows: Rows) -> Images:
        images = np.full((len(rows), 1, *SIZE), 100, dtype=np.uint16)
        images[:, :, 4:7, 4:7] = 9000
        return images

    how = Estimate(block=8, smoothing="gaussian", size=6.0, scale="mean")
    assert np.allclose(reader(spotted, estimate=how).function("a"), 1.0)
    regular = Estimate(block=0, smoothing="gaussian", size=6.0, scale="mean")
    assert reader(spotted, estimate=regular).function("a").max() > 3


def test_a_hash_covers_the_whole_plate() -> None:
    made = reader().identify(np.array([0, 1, 20]))
    assert len({one.tobytes() for one in made}) == 3

    def other(rows: Rows) -> np.ndarray:
        changed = hashes(rows)
        changed[rows == 5] = 255
        return changed

    again = reader(files=other).identify(np.array([0, 1, 20]))
    assert (again != made).any(axis=1).tolist() == [True, True, False]


def test_images_that_cannot_be_read_are_passed_over_where_they_may_be() -> None:
    def broken(rows: Rows) -> Images:
        if 3 in rows:
            raise UnreadableImage("is truncated", where="3.tif")
        return counts(rows)

    made = reader(broken, lenient=True).function("a")
    others = counts(np.array([r for r in range(20) if r != 3])).astype(np.float64).mean(axis=0)
    wanted = function_of(others[0], "median", 12.0, "minimum")
    assert np.array_equal(reader(broken, lenient=True)._of(("a",)).grids[0, 0], wanted)
    assert made.shape == (1, *SIZE)
    with pytest.raises(UnreadableImage, match=r"3.tif: is truncated"):
        reader(broken).function("a")


def test_a_file_is_taken_over_without_reading(tmp_path: Path) -> None:
    first = reader()
    first.save(tmp_path / first.name)

    def no_read(_: Rows) -> Images:
        raise AssertionError("pixels were read")

    again = reader(no_read)
    again.load(tmp_path / first.name)
    assert np.array_equal(again.function("b"), first.function("b"))
    with pytest.raises(InputError, match="other fields or channels"):
        reader(channels=("Actin",)).load(tmp_path / first.name)


def test_it_keeps_few_plates_at_every_pixel_and_pickles() -> None:
    made = reader(plates=tuple(f"p{i // 4}" for i in range(40)))
    for row in range(40):
        made(np.array([row]))
    assert (len(made._grids), len(made._full)) == (10, 4)
    again = pickle.loads(pickle.dumps(made))
    assert np.array_equal(again(np.array([7])), made(np.array([7])))
