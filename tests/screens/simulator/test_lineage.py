from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.brightfield.kinetics import KINETICS as BRIGHTFIELD
from phenolens.screens.simulator.consequences import KINETICS as FLUORESCENCE
from phenolens.screens.simulator.growth import Course, Growth, course, usual_death
from phenolens.screens.simulator.kinetics import Kinetics, Response
from phenolens.screens.simulator.lineage import Lineage, lineage

RATE = float(np.log(2) / 22)
GROWTH = Growth(RATE, usual_death(0.04, RATE), confluence=1e-3)
FOUNDERS = np.random.default_rng(0).integers(0, 2**63, 800, dtype=np.uint64)


def _cells(
    response: Response, until: float, founders: int = len(FOUNDERS)
) -> tuple[Lineage, Course]:
    expected = course(GROWTH, response, until)
    return lineage(FOUNDERS[:founders], np.zeros((founders, 2)), expected, 15.0, 24.0), expected


def _living(cells: Lineage, hour: float) -> int:
    return int(((cells.born <= hour) & (hour < cells.end)).sum())


def test_untreated_cells_grow_at_the_lines_rate() -> None:
    cells, _ = _cells(Response(), 48.0)
    hours = np.arange(-24.0, 49.0, 6.0)
    counts = np.array([_living(cells, h) for h in hours.tolist()])
    assert np.log(counts[-1] / counts[0]) / 72 == pytest.approx(RATE, rel=0.03)
    # Exponential from the start: founders are as far in their cycle as in a growing culture.
    expected = len(FOUNDERS) * np.exp(RATE * (hours + 24))
    assert counts == pytest.approx(expected, rel=0.05)


def test_counts_follow_the_rates_while_a_drug_changes_them() -> None:
    killed = Response(Kinetics(rise=6.0, division=0.3, death=2.0, lag=5.0), 0.8, 4.0)
    cells, expected = _cells(killed, 60.0)
    for hour in (0.0, 12.0, 24.0, 36.0, 60.0):
        wanted = len(FOUNDERS) * expected.grown(hour)
        assert _living(cells, hour) == pytest.approx(wanted, rel=0.1, abs=20)
    assert _living(cells, 60.0) < 0.3 * _living(cells, 12.0)


@pytest.mark.parametrize("catalogue", [BRIGHTFIELD, FLUORESCENCE])
def test_counted_divisions_and_deaths_have_the_class_of_the_truth(
    catalogue: dict[str, Kinetics],
) -> None:
    """Rates are counted over the hours that cells live, when the effect is whole."""
    start, end, strength = 46.0, 64.0, 0.7
    usual = GROWTH.division
    for name, kinetics in catalogue.items():
        cells, _ = _cells(Response(kinetics, strength, 1.0), end, founders=160)
        lived = (np.clip(cells.end, start, end) - np.clip(cells.born, start, end)).sum()
        ended = (cells.end >= start) & (cells.end < end)
        arrest = max(1 - (ended & ~cells.dies).sum() / lived / usual, 0.0)
        toll = max(((ended & cells.dies).sum() / lived - GROWTH.death) / usual, 0.0)
        share = toll / max(arrest + toll, 1e-9)
        counted = "cytotoxic" if share > 2 / 3 else "mixed" if share > 1 / 3 else "cytostatic"
        counted = "none" if arrest + toll < 0.2 else counted
        assert counted == kinetics.effect(strength), (name, arrest, toll)


def test_a_frame_does_not_depend_on_how_far_the_course_goes() -> None:
    response = Response(Kinetics(division=0.5, death=0.5), 0.9, 3.0)
    (short, _), (long, _) = _cells(response, 24.0), _cells(response, 60.0)
    here = {}
    for name, cells in (("short", short), ("long", long)):
        there = (cells.born <= 24.0) & (cells.end > 24.0)
        order = np.argsort(cells.cell[there])
        here[name] = cells.cell[there][order], cells.at(24.0, 15.0)[there][order]
    np.testing.assert_array_equal(here["short"][0], here["long"][0])
    np.testing.assert_allclose(here["short"][1], here["long"][1])


def test_daughters_start_where_their_mother_was_and_dead_cells_stay() -> None:
    cells, _ = _cells(Response(), 30.0)
    born = np.flatnonzero(cells.mother >= 0)
    mothers = cells.mother[born]
    assert (cells.born[born] == cells.end[mothers]).all()
    assert not cells.dies[mothers].any()
    at = cells.at(30.0, 15.0)
    np.testing.assert_allclose(cells.place[born], at[mothers])
    assert (np.bincount(mothers)[np.unique(mothers)] == 2).all()
    dead = cells.dies & (cells.end < 20.0)
    np.testing.assert_array_equal(cells.at(21.0, 15.0)[dead], at[dead])
    assert (cells.left()[dead] > cells.end[dead]).all()
    assert (cells.left()[dead] - cells.end[dead]).mean() == pytest.approx(16.0, rel=0.15)
