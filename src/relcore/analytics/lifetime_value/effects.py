"""What covariates do, as a table, and whether they do anything at all."""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs

from relcore.analytics._numerics.special import chi_square_above
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.analytics.uncertainty import Evidence, Row, grid_of, quantile_of
from relcore.kernel.errors import Invalid

_ROUNDING = 1e-6  # log-likelihood by which a model may seem worse than a part of it


@attrs.frozen
class Effect:
    """What one unit more of a covariate does to ``process``, buying or leaving.

    estimate : of the log of the rate (or odds) of the process. z : in standard errors. factor : what that multiplies it by,
        exp(estimate). low, high : the interval of the estimate.
    """

    process: str
    covariate: str
    estimate: float
    standard_error: float
    z: float
    factor: float
    low: float
    high: float


def effects_of(
    buying: Mapping[str, float], leaving: Mapping[str, float], evidence: Evidence, level: float
) -> tuple[Effect, ...]:
    """The effects with their errors, which are the last that the evidence is of."""
    told = [("buying", *effect) for effect in buying.items()] + [
        ("leaving", *effect) for effect in leaving.items()
    ]
    if evidence.covariance is None:
        return tuple(
            Effect(process, name, value, math.inf, 0.0, math.exp(value), -math.inf, math.inf)
            for process, name, value in told
        )
    reach, first = quantile_of(level), len(evidence.covariance) - len(told)
    effects: list[Effect] = []
    for n, (process, name, value) in enumerate(told, start=first):
        error = math.sqrt(evidence.covariance[n][n])
        bounds = value - reach * error, value + reach * error
        effects.append(Effect(process, name, value, error, value / error, math.exp(value), *bounds))
    return tuple(effects)


@attrs.frozen
class EffectsSummary:
    """``rows`` of the parameters where all covariates are 0, and ``effects``; ``str`` for people."""

    title: str
    rows: tuple[Row, ...]
    effects: tuple[Effect, ...]
    level: float
    footer: str

    def sheet(self) -> Sheet:
        """What it shows of itself."""
        wide = max(len(effect.covariate) for effect in self.effects) + 4
        told = [self._grid(process, wide) for process in ("buying", "leaving")]
        grids = [grid_of(self.rows, self.level, wide), *(grid for grid in told if grid.rows)]
        return Sheet((self.title, *grids, self.footer))

    def _grid(self, process: str, wide: int) -> Grid:
        head = (process, "effect", "std. error", f"{self.level:.0%} from", "to", "z", "factor")
        cells: list[tuple[str, ...]] = []
        for effect in self.effects:
            if effect.process == process:
                numbers = (effect.estimate, effect.standard_error, effect.low, effect.high)
                told = [f"{number:.4g}" for number in numbers]
                cells.append((f"  {effect.covariate}", *told, f"{effect.z:.2f}", f"{effect.factor:.4g}"))
        return Grid((f"<{wide}", *[">12"] * 4, ">8", ">10"), tuple(cells), head)

    __str__ = as_text
    _repr_html_ = as_html


@attrs.frozen
class LikelihoodRatio:
    """Twice the gain in log-likelihood, and the chance of as much by covariates that do nothing (Wilks 1938).

    >>> LikelihoodRatio.of(-9594.98, -9591.14, degrees=2)
    LikelihoodRatio(statistic=7.68, degrees=2, p_value=0.0215)
    """

    statistic: float = attrs.field(repr=lambda value: f"{value:.4g}")
    degrees: int
    p_value: float = attrs.field(repr=lambda value: f"{value:.3g}")

    @classmethod
    def of(cls, simpler: float, fuller: float, *, degrees: int) -> LikelihoodRatio:
        """From two log-likelihoods of the same data, the second with so many parameters more."""
        gain = 2 * (fuller - simpler)
        if gain < -_ROUNDING * max(1.0, abs(fuller)):
            remedy = "fit both to the same purchases; one of them did not converge, if they are"
            raise Invalid(
                "simpler", "must not be more likely than the model of which it is a part", simpler, remedy
            )
        statistic = max(gain, 0.0)
        return cls(statistic, degrees, chi_square_above(statistic, degrees))
