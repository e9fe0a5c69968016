"""What a worker answers, and when it refuses to read."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import UnreadableImage
from phenolens.screens.image_folder import ImageFolder
from phenolens.store import on_worker
from phenolens.store.on_worker import OnWorker, arrived
from phenolens.store.reading import Reading


def _none(rows: np.ndarray) -> np.ndarray:
    if (rows >= 2).any():
        raise UnreadableImage("is empty", where="2.tif")
    return np.full((len(rows), 1, 2, 2), 5, dtype=np.uint16)


def test_it_reads_what_it_sees_and_refuses_other_files(tmp_path: Path) -> None:
    screen = ImageFolder.fake(tmp_path)(tmp_path)
    work = arrived(pickle.loads(pickle.dumps(OnWorker.of(Reading.of(screen, ""), len(screen)))))
    rows = np.arange(len(screen))
    np.testing.assert_array_equal(work.read(rows).images, screen.read(rows))
    (tmp_path / "P1" / "A01_s1_DNA.tif").write_bytes(b"another")
    assert work.read(rows[-2:]).failed == ()  # it has looked
    with pytest.raises(InputError, match=r"does not see the image files .* same path"):
        pickle.loads(pickle.dumps(work)).read(rows[-2:])


def test_images_that_it_cannot_read_are_named_by_place(monkeypatch: pytest.MonkeyPatch) -> None:
    how = Reading(read=_none, identify=None, shape=(1, 2, 2), lenient=True, where="")
    reply = OnWorker.of(how, 4).read(np.array([1, 2, 0, 3]))
    assert reply.failed == (1, 3)
    assert reply.images[:, 0, 0, 0].tolist() == [5, 0, 5, 0]
    strict = OnWorker.of(replace(how, lenient=False), 4)
    with pytest.raises(UnreadableImage):
        strict.read(np.array([1, 2]))
    again = pickle.loads(pickle.dumps(strict))
    monkeypatch.setattr(on_worker, "source_hash", lambda: "another")
    with pytest.raises(InputError, match="other source files"):
        again.look()
