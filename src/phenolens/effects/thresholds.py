"""Every constant of the rules, in one place, each with where it is from.

None of them was chosen on real curves. They are round values with which the rules were first
written down, or (where it says so) values between the simulated classes of seeds 0 to 4
(`tests/effects/simulated.py`); they are judged on seeds 5 to 9 and on real curves.
"""

from __future__ import annotations

from dataclasses import dataclass

from phenolens.core.ranges import above, at_least, between, within


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What counts as an effect, and which one it is.

    Attributes:
        least_loss: Share of the controls' growth rate that a treatment must lose, or kill per
            hour relative to it, to have an effect. 0.2: smaller losses are seldom repeated.
        noise: How many standard errors (from control curve to control curve) an effect must
            exceed; below it the answer is `cannot tell`.
        shrinks: Growth rate, relative to the controls', below which a population shrinks, where
            no death marker is known. GR metrics (Hafner et al. 2016): GR < 0 is cell death; the
            margin keeps a stopped population from being called dying by rounding.
        mostly: Share of the lost growth that death explains: from here on cytotoxic, below
            1 - mostly cytostatic, and between them mixed. 2/3: one explains twice the other.
        band: Width of the control band, in standard errors of a treatment's mean curve.
        least_departure: The same in standard deviations between single control curves.
        times: Measured times in a row that must be outside of the band: one is an outlier.
        far: Peak, in standard deviations between control curves, that a strong effect reaches.
        strong: The same, as a share of the highest peak in the table: units of a profile have no
            meaning of their own, so the strongest treatment is the measure. Set in the gap
            between the simulated mixed and cytotoxic drugs.
        weak: Share of the highest peak, below which an effect is weak; in the gap between the
            simulated cytostatic and mixed drugs.
        early: Share of the time after the drug, before which a departure is early.
        fallen: Share of the peak that a curve loses until its end, to have risen and fallen.
        level: Slope of the last third relative to the mean slope of the rise: below it the
            curve has reached a plateau.
        rising: Kendall's tau of distance and time, from which a rise is monotone.
        least_times: Times after the drug, below which a curve has no shape.
        least_points: Points of a log-linear fit.
        growing: Share of the controls' best growth rate, below which they lag or are confluent.
        sure: Share of redraws, below which the class is `cannot tell`.
    """

    least_loss: float = 0.2
    noise: float = 2.0
    shrinks: float = 0.1
    mostly: float = 2 / 3
    band: float = 3.0
    least_departure: float = 1.5
    times: int = 3
    far: float = 8.0
    strong: float = 0.6
    weak: float = 0.3
    early: float = 1 / 3
    fallen: float = 0.3
    level: float = 0.25
    rising: float = 0.6
    least_times: int = 6
    least_points: int = 4
    growing: float = 0.5
    sure: float = 0.5

    def __post_init__(self) -> None:
        within(0, 1, least_loss=self.least_loss, fallen=self.fallen, growing=self.growing)
        at_least(0, noise=self.noise, shrinks=self.shrinks, level=self.level)
        above(0.5, 1, mostly=self.mostly)
        above(0, band=self.band, least_departure=self.least_departure, far=self.far)
        between(0, 1, weak=self.weak, strong=self.strong)
        between(0, 1, early=self.early, rising=self.rising, sure=self.sure)
        at_least(1, times=self.times)
        at_least(3, least_times=self.least_times, least_points=self.least_points)


RULES = Thresholds()
