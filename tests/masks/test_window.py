"""Windows hold the pixels around a centre, by the rule for the border and for neighbours."""

from __future__ import annotations

import pickle

import numpy as np

from phenolens.masks.window import Windows, fitting

FIELDS = np.random.default_rng(0).integers(100, 999, (2, 2, 20, 30)).astype(np.uint16)
CENTRES = np.array([[10.0, 15.0], [1.2, 2.6], [10.0, 21.0], [10.0, 10.0]])
OF = np.array([0, 0, 0, 1])


def read(rows: np.ndarray) -> np.ndarray:
    return FIELDS[rows]


def windows(**changed: object) -> Windows:
    settings: dict[str, object] = {
        "read": read,
        "fields": OF,
        "centres": CENTRES,
        "kept": np.arange(4),
        "side": 8,
        "border": "shift",
        "others": "keep",
    }
    return Windows(**{**settings, **changed})  # type: ignore[arg-type]


def test_a_window_is_cut_around_its_centre() -> None:
    made = windows()(np.array([0, 3]))
    assert np.array_equal(made[0], FIELDS[0, :, 6:14, 11:19])
    assert np.array_equal(made[1], FIELDS[1, :, 6:14, 6:14])


def test_at_the_border_it_is_moved_or_filled_with_ground() -> None:
    assert np.array_equal(windows()(np.array([1]))[0], FIELDS[0, :, :8, :8])
    padded = windows(border="pad")(np.array([1]))[0]  # begins at row -3, column -1
    assert np.array_equal(padded[:, 3:, 1:], FIELDS[0, :, :5, :7])
    ground = np.percentile(FIELDS[0].reshape(2, -1), 5, axis=1, method="lower")
    assert (padded[:, :3] == ground[:, None, None]).all()
    assert (padded[:, :, 0] == ground[:, None]).all()


def test_which_windows_are_cut() -> None:
    assert fitting(CENTRES, (20, 30), 8, "drop").tolist() == [True, False, True, True]
    assert fitting(CENTRES, (20, 30), 12, "drop").tolist() == [True, False, True, True]
    outside = np.array([[5.0, -1.0], [19.0, 29.0], [20.0, 3.0]])
    assert fitting(outside, (20, 30), 8, "shift").tolist() == [False, True, False]


def test_what_is_nearer_to_another_cell_becomes_ground() -> None:
    """Cells 0 and 2 are 6 pixels apart: the middle is at column 18."""
    made = windows(others="ground")(np.array([0]))[0]
    ground = np.percentile(FIELDS[0].reshape(2, -1), 5, axis=1, method="lower")
    assert np.array_equal(made[:, :, :7], FIELDS[0, :, 6:14, 11:18])
    far = windows(others="ground", side=12)(np.array([0]))[0]  # columns 9 to 20
    assert (far[:, :, 10:] == ground[:, None, None]).all()


def test_a_dropped_cell_is_a_neighbour_still() -> None:
    made = windows(others="ground", side=12, kept=np.array([0, 3]))
    assert np.array_equal(made(np.array([0])), windows(others="ground", side=12)(np.array([0])))
    assert np.array_equal(made(np.array([1]))[0], FIELDS[1, :, 4:16, 4:16])


def test_a_hash_is_of_the_field_and_the_place() -> None:
    def files(rows: np.ndarray) -> np.ndarray:
        return np.repeat(rows.astype(np.uint8)[:, None], 16, axis=1)

    hashes = windows(files=files).identify(np.arange(4))
    assert len({one.tobytes() for one in hashes}) == 4
    moved = CENTRES.copy()
    moved[0] += 1
    again = windows(files=files, centres=moved).identify(np.arange(4))
    assert (again != hashes).any(axis=1).tolist() == [True, False, False, False]
    both = [
        windows(files=files, centres=c, others="ground").identify(np.arange(4))
        for c in (CENTRES, moved)
    ]
    assert (both[0] != both[1]).any(axis=1).tolist() == [True, True, True, False]


def test_it_reads_a_field_once_for_its_cells_and_pickles() -> None:
    seen: list[int] = []

    def counted(rows: np.ndarray) -> np.ndarray:
        seen.extend(rows.tolist())
        return FIELDS[rows]

    windows(read=counted)(np.array([0, 1, 2, 3, 0]))
    assert seen == [0, 1]
    made = windows()
    assert np.array_equal(pickle.loads(pickle.dumps(made))(np.arange(4)), made(np.arange(4)))
