from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.brightfield.outlines import (
    ANGLES,
    THETA,
    ellipses,
    processes,
    wobbles,
)
from phenolens.screens.simulator.streams import Stream, stream


def test_an_ellipse_has_its_area_its_axes_and_its_direction() -> None:
    found = ellipses(np.array([100.0, 50.0]), np.array([1.0, 3.0]), np.array([0.0, np.pi / 2]))
    assert found.shape == (2, ANGLES)
    area = (found.astype(float) ** 2).sum(axis=1) * np.pi / ANGLES  # integral of r^2 / 2
    assert area == pytest.approx([100, 50], rel=1e-3)
    assert np.allclose(found[0], np.sqrt(100 / np.pi), rtol=1e-5)
    assert found[1].max() / found[1].min() == pytest.approx(3, rel=1e-3)
    assert abs(np.sin(THETA[found[1].argmax()])) == pytest.approx(1, abs=1e-3)


def test_wobbles_have_their_amplitude_and_none_without() -> None:
    rng = stream(0, Stream.SITE)
    assert (wobbles(rng, 3, 0.0) == 1).all()
    small, large = (wobbles(rng, 200, a).std() for a in (0.02, 0.08))
    assert large == pytest.approx(4 * small, rel=0.15)


def test_processes_reach_out_and_never_in() -> None:
    axis = np.linspace(0, 3, 100)
    short, long = (processes(stream(1, Stream.SITE), axis, length) for length in (0.3, 2.0))
    assert short.min() >= 1
    assert long.max(axis=1).mean() - 1 > 4 * (short.max(axis=1).mean() - 1)
    assert (processes(stream(1, Stream.SITE), axis, 0.0) == 1).all()
    assert processes(stream(1, Stream.SITE), np.empty(0), 1.0).shape == (0, ANGLES)
