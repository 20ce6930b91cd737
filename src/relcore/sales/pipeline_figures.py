"""What a pipeline is worth, and how fast it turns: small sums over opportunities, as they stand.

The weighted value is the expectation of what will be won, and an expectation alone misleads: many small sales and one
whale have the same. So the spread goes with it (each sale is won or it is not, independently of the others: the variance
of one is a^2 p (1 - p)), and the share of the largest. What is on hold, void or merged is in none of these.

Rates of winning have two cohorts. By the time of *closing*, every sale of a period has its end, but easy ones close first
and a growing team looks better than it is. By the time of *opening*, the open ones have no end yet: they are counted
beside the rate and never dropped silently. How long sales take is asked of all, also of those that have not ended:
``Cohort.durations`` is what ``relcore.analytics.KaplanMeier`` needs (Kaplan and Meier, J. Am. Stat. Assoc. 53, 1958); the
average of those that have ended is too short.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Self

import attrs

from relcore.kernel.clock import aware
from relcore.kernel.errors import Invalid
from relcore.kernel.money import Money, total
from relcore.sales.opportunity import Opportunity
from relcore.sales.pipeline import Forecast, Pipeline
from relcore.sales.standing import OpportunityState

OPEN, WON, LOST = OpportunityState.OPEN, OpportunityState.WON, OpportunityState.LOST


@attrs.frozen
class PipelineFigures:
    """Of the open opportunities of one currency."""

    count: int
    amount: Money
    """What they come to if all are won."""
    weighted: Money
    """What is to be expected: exact, and rounded once."""
    sigma: float
    """The standard deviation of what will be won, in units of the currency."""
    largest_share: float
    """The largest amount as a share of all, from 0 to 1; 0 where nothing is open."""

    @classmethod
    def of(cls, opportunities: Iterable[Opportunity], *, currency: str) -> Self:
        """Of those that are open; ``Invalid`` where one is in another currency."""
        held = [o for o in opportunities if o.state is OPEN]
        whole = total((o.amount for o in held), currency)
        weighted, variance = Decimal(0), Decimal(0)
        with localcontext(prec=76):  # no digit is lost, whatever the host's own context
            for opportunity in held:
                amount, chance = opportunity.amount.amount, Decimal(repr(float(opportunity.probability)))
                weighted += amount * chance
                variance += amount * amount * chance * (1 - chance)
            sigma = float(variance.sqrt())
        largest = max((o.amount.minor for o in held), default=0)
        share = largest / whole.minor if whole else 0.0
        return cls(len(held), whole, Money.rounded(weighted, currency), sigma, share)


def roll_up(
    opportunities: Iterable[Opportunity], *, pipelines: Iterable[Pipeline], currency: str
) -> Mapping[Forecast, Money]:
    """The amounts by what they count as in a forecast: the open ones by their stage, the won ones as closed.

    ``Invalid`` where an opportunity stands in a pipeline or a stage that is not among those given.
    """
    known = {pipeline.name: pipeline for pipeline in pipelines}
    amounts: dict[Forecast, list[Money]] = {forecast: [] for forecast in Forecast}
    for opportunity in opportunities:
        if opportunity.state is WON:
            amounts[Forecast.CLOSED].append(opportunity.amount)
        elif opportunity.state is OPEN:
            if opportunity.pipeline not in known:
                raise Invalid("pipelines", "must hold every pipeline that is used", opportunity.pipeline)
            stage = known[opportunity.pipeline].stage(opportunity.stage)
            amounts[stage.forecast].append(opportunity.amount)
    return {forecast: total(parts, currency) for forecast, parts in amounts.items()}


@attrs.frozen
class Cohort:
    """Opportunities that have something in common: what came of them. Void and merged ones never were any."""

    won: tuple[Opportunity, ...]
    lost: tuple[Opportunity, ...]
    undecided: tuple[Opportunity, ...] = ()
    """Those that have not ended; a rate says nothing of them."""

    @property
    def win_rate(self) -> float | None:
        """Won of those that have ended; None where none has."""
        ended = len(self.won) + len(self.lost)
        return len(self.won) / ended if ended else None

    @property
    def average_cycle(self) -> timedelta | None:
        """From opening to winning, on average; None where nothing was won."""
        cycles = [o.closed_at - o.opened_at for o in self.won if o.closed_at is not None]
        return sum(cycles, timedelta(0)) / len(cycles) if cycles else None

    def durations(self, at: datetime) -> tuple[tuple[timedelta, bool], ...]:
        """Of each how long it was there until it ended, or has been until ``at``, and whether it has ended."""
        ended = [(o.age(at), True) for o in (*self.won, *self.lost)]
        return (*ended, *((o.age(at), False) for o in self.undecided))


def closed_in(opportunities: Iterable[Opportunity], *, since: datetime, until: datetime) -> Cohort:
    """The cohort that closed from ``since`` on and before ``until``."""
    start, stop = _period(since, until)
    ended = [o for o in opportunities if o.closed_at is not None and start <= o.closed_at < stop]
    return _cohort(ended)


def created_in(opportunities: Iterable[Opportunity], *, since: datetime, until: datetime) -> Cohort:
    """The cohort that was opened from ``since`` on and before ``until``."""
    start, stop = _period(since, until)
    return _cohort([o for o in opportunities if start <= o.opened_at < stop])


def velocity(open_count: int, cohort: Cohort, *, currency: str) -> float | None:
    """What is won per day, in units of the currency: open sales x win rate x average amount won / average cycle in days.

    None where the cohort has won nothing, or won it in no time at all.
    """
    cycle, rate = cohort.average_cycle, cohort.win_rate
    if not cycle or rate is None:
        return None
    average = float(total((o.amount for o in cohort.won), currency).amount) / len(cohort.won)
    return open_count * rate * average / (cycle / timedelta(days=1))


def _period(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    start, stop = aware("since", since), aware("until", until)
    if stop < start:
        raise Invalid("until", "must not lie before since", until)
    return start, stop


def _cohort(opportunities: list[Opportunity]) -> Cohort:
    won = tuple(o for o in opportunities if o.state is WON)
    lost = tuple(o for o in opportunities if o.state is LOST)
    open_still = tuple(
        o for o in opportunities if o.state in (OpportunityState.OPEN, OpportunityState.ON_HOLD)
    )
    return Cohort(won, lost, open_still)
