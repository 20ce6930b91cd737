"""Does how much go with how often? Gamma-Gamma, and every product of purchases and mean spend, takes it that it does not.

If it does not, the mean amount of those who came x times is expected to be the same for every x. Not so its spread: the mean
of few amounts varies more, and is skewed, so that its median and the mean of its logarithm rise with x. Rank correlations, and
those of logarithms, find that and take it for dependence. So the question is put to the expectation, with errors that hold
whatever the spread:

    E[m | x] = c x^e,    e = 0 where how much has nothing to do with how often,

by the pseudo-likelihood of gamma, which needs the mean to be right and nothing else (Gourieroux, Monfort and Trognon 1984,
Pseudo Maximum Likelihood Methods: Theory, Econometrica 52(3), 681-700); the test of e = 0 is that of its score.
"""

from __future__ import annotations

import math
from typing import Self

import attrs
import numpy as np

from relcore.analytics import wire
from relcore.analytics._numerics.newton import Point, maximum
from relcore.analytics._numerics.special import chi_square_above, normal_below, normal_quantile
from relcore.analytics.arrays import Floats, summed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value.spend_likelihood import spend_of
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.kernel.errors import Invalid

_GROUPS = 10


@attrs.frozen
class Measure:
    """How closely two things go together: 0 is not at all. ``p_value`` is the chance of as much where it is 0 in truth."""

    estimate: float
    low: float
    high: float
    p_value: float


@attrs.frozen
class FrequencyGroup:
    """Customers who came back ``lowest`` to ``highest`` times, and their mean amount, each counted once.

    standard_error : of mean_spend; infinite for one customer.
    """

    lowest: int
    highest: int
    customers: float
    mean_spend: float
    standard_error: float


@attrs.frozen(repr=False)
class SpendIndependence:
    """Whether how much customers spend per purchase has to do with how often they buy.

    elasticity : of the mean amount in the number of purchases: who came twice as often spends 2 ** elasticity times as much
        per purchase. This is the test; the others are shown because they are asked for.
    pearson : of number and mean amount; 0 for unrelated customers, but moved by the largest of them.
    spearman : of their ranks. Above 0 also for unrelated customers whose own amounts vary: its p-value is too small.
    between : the chance of as much difference between the means of the groups where there is none, for dependences that
        neither rise nor fall. eta_squared : the share of groups in the variance of mean amounts.
    groups : at most ten, of about as many customers. level : of the intervals. currency : of the amounts.
    """

    elasticity: Measure
    pearson: Measure
    spearman: Measure
    between: float
    eta_squared: float
    groups: tuple[FrequencyGroup, ...]
    customers: float
    level: float
    currency: str | None = None

    to_json = wire.to_json

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The value that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    @classmethod
    def of(cls, purchases: Purchases, *, level: float = 0.95) -> Self:
        """What the customers who came back and spent something tell; weights count.

        Raises `Invalid` without amounts, and where there are not at least three customers, some of whom came more often than
        others.
        """
        if not 0 < level < 1:
            raise Invalid("level", "must lie in (0, 1)", level, "0.95 gives a 95 % interval")
        spend = spend_of(purchases)
        used = (purchases.frequency > 0) & (spend > 0)
        x, weight = purchases.frequency[used], purchases.weight[used]
        if weight.sum() < 3 or np.all(x == x[0]):
            remedy = "observe longer: nothing can be told from customers who all came equally often"
            raise Invalid(
                "purchases", "must hold three customers of different frequency", len(purchases), remedy
            )
        mean, z = spend[used] / x, normal_quantile(0.5 + level / 2)
        groups, between, eta_squared = _grouped(x, mean, weight)
        return cls(
            elasticity=_elasticity(x, mean, weight, z),
            pearson=_pearson(x, mean, weight, z),
            spearman=_spearman(x, mean, weight, z),
            between=between,
            eta_squared=eta_squared,
            groups=groups,
            customers=float(weight.sum()),
            level=level,
            currency=purchases.currency,
        )

    def sheet(self) -> Sheet:
        """What it shows of itself."""
        twice, p_value = 2.0**self.elasticity.estimate, self.elasticity.p_value
        title = f"Spend and frequency of {self.customers:,.0f} customers who came back"
        says = f"twice as often goes with {twice:.3g} times as much per purchase (p = {p_value:.2g})"
        return Sheet((title, says, self._measures(), self._groups()))

    def _measures(self) -> Grid:
        cells: list[tuple[str, ...]] = []
        for name in ("elasticity", "pearson", "spearman"):
            here: Measure = getattr(self, name)
            numbers = [f"{number:.3f}" for number in (here.estimate, here.low, here.high)]
            cells.append((name, *numbers, f"{here.p_value:.2g}"))
        cells.append(("groups", f"{self.eta_squared:.3f}", "", "", f"{self.between:.2g}"))
        head = ("", "estimate", f"{self.level:.0%} from", "to", "p")
        return Grid(("<12", *[">10"] * 4), tuple(cells), head)

    def _groups(self) -> Grid:
        cells: list[tuple[str, ...]] = []
        for group in self.groups:
            low, high = group.lowest, group.highest
            span = f"{low}" if low == high else f"{low} to {high}"
            numbers = (f"{group.mean_spend:,.2f}", f"{group.standard_error:,.2f}")
            cells.append((span, f"{group.customers:,.0f}", *numbers))
        head = ("purchases", "customers", "mean spend", "std. error")
        return Grid(("<12", ">10", ">12", ">12"), tuple(cells), head)

    __repr__ = as_text
    _repr_html_ = as_html


def warning(x: Floats, mean: Floats, weight: Floats) -> str:
    """What a fit has to say of it, if anything: the score test, which costs a look at the data."""
    logs = np.log(x)
    centred = logs - weight @ logs / weight.sum()
    spread = weight @ centred**2
    if not spread > 0:
        return ""
    p_value = _score_test(centred, mean * (weight.sum() / (weight @ mean)), weight)
    if not p_value < _SUSPECT:
        return ""
    step = float((weight * centred) @ mean) * float(weight.sum()) / float(weight @ mean) / float(spread)
    more = "more" if step > 0 else "less"
    return f"who comes more often spends {more} per purchase (p = {p_value:.1g}): see SpendIndependence"


_SUSPECT = 0.01


def _elasticity(x: Floats, mean: Floats, weight: Floats, z: float) -> Measure:
    centred = np.log(x) - weight @ np.log(x) / weight.sum()
    share = mean * (weight.sum() / (weight @ mean))
    columns = np.stack([np.ones(x.size), centred])

    def at(theta: Floats) -> Point:
        eta = theta @ columns
        off = share * np.exp(-eta)
        return Point(
            theta,
            -float(weight @ (eta + off)),
            columns @ (weight * (off - 1.0)),
            -(columns * (weight * off)) @ columns.T,
        )

    found = maximum(at, np.zeros(2), ("mean", "elasticity"))
    bread = np.linalg.inv(-at(found.theta).hessian)
    off = share * np.exp(-found.theta @ columns) - 1.0
    total = float(weight.sum())
    robust = bread @ ((columns * (weight * off**2)) @ columns.T) @ bread * (total / (total - 2.0))
    estimate, error = float(found.theta[1]), math.sqrt(robust[1, 1])
    return Measure(estimate, estimate - z * error, estimate + z * error, _score_test(centred, share, weight))


def _score_test(centred: Floats, share: Floats, weight: Floats) -> float:
    """That e = 0, where ``share`` is the mean amount in parts of everybody's; with the spread that the data show."""
    score = float((weight * centred) @ share)
    spread = float(weight @ (centred * (share - 1.0)) ** 2)
    return _two_sided(score, math.sqrt(spread))


def _pearson(x: Floats, mean: Floats, weight: Floats, z: float) -> Measure:
    """Errors from the influence of each customer, which hold without normal distributions."""
    total = float(weight.sum())
    one, other = _standardised(x, weight), _standardised(mean, weight)
    r = float(weight @ (one * other)) / total
    influence = one * other - r * (one**2 + other**2) / 2
    error = math.sqrt(float(weight @ influence**2)) / total
    by_chance = math.sqrt(float(weight @ (one * other) ** 2)) / total
    return _on_fishers_scale(r, error / max(1 - r**2, 1e-300), z, _two_sided(r, by_chance))


def _spearman(x: Floats, mean: Floats, weight: Floats, z: float) -> Measure:
    """Errors by Bonett and Wright 2000, Sample size requirements for estimating correlations, Psychometrika 65(1), 23-28."""
    total = float(weight.sum())
    one, other = (_standardised(_ranks(column, weight), weight) for column in (x, mean))
    rho = float(weight @ (one * other)) / total
    error = math.sqrt((1 + rho**2 / 2) / (total - 3)) if total > 3 else math.inf
    return _on_fishers_scale(rho, error, z, _two_sided(rho, 1 / math.sqrt(total - 1)))


def _on_fishers_scale(r: float, error: float, z: float, p_value: float) -> Measure:
    if abs(r) >= 1 - 1e-12:
        return Measure(r, r, r, p_value)
    centre = math.atanh(r)
    return Measure(r, math.tanh(centre - z * error), math.tanh(centre + z * error), p_value)


def _standardised(column: Floats, weight: Floats) -> Floats:
    """Mean 0 and variance 1; all 0 where all are alike."""
    off = column - weight @ column / weight.sum()
    spread = math.sqrt(float(weight @ off**2 / weight.sum()))
    tiny = 1e-13 * float(np.abs(column).max())
    return off / spread if spread > tiny else np.zeros(column.size)


def _ranks(column: Floats, weight: Floats) -> Floats:
    """The mean rank of those who are tied, each of whom is ``weight`` customers."""
    values, which = np.unique(column, return_inverse=True)
    customers = summed(which, weight, values.size)
    ranks: Floats = (np.cumsum(customers) - customers / 2)[which]
    return ranks


def _grouped(x: Floats, mean: Floats, weight: Floats) -> tuple[tuple[FrequencyGroup, ...], float, float]:
    """Groups, whether their means differ (Welch's weights, chi-square), and their share in the variance."""
    count, which = np.unique(x, return_inverse=True)
    customers = summed(which, weight, count.size)
    middle = (np.cumsum(customers) - customers / 2) / customers.sum()
    _, group_of = np.unique(np.floor(middle * _GROUPS), return_inverse=True)
    groups = int(group_of[-1]) + 1
    at = group_of[which]
    total = summed(at, weight, groups)
    center = summed(at, weight * mean, groups) / total
    within = summed(at, weight * (mean - center[at]) ** 2, groups)
    known = total > 1
    variance = np.full(groups, np.inf)
    np.divide(within, (total - 1) * total, out=variance, where=known)
    everybody = weight @ mean / weight.sum()
    between = float(total @ (center - everybody) ** 2)
    told = known & (variance > 0)
    p_value = 1.0
    if told.sum() > 1:
        precision = 1 / variance[told]
        off = center[told] - precision @ center[told] / precision.sum()
        p_value = float(chi_square_above(precision @ off**2, int(told.sum()) - 1))
    rows = tuple(
        FrequencyGroup(int(count[here].min()), int(count[here].max()), float(n), float(m), math.sqrt(v))
        for g, (n, m, v) in enumerate(zip(total, center, variance, strict=True))
        for here in [group_of == g]
    )
    whole = between + float(within.sum())
    return rows, p_value, between / whole if whole > 0 else 0.0


def _two_sided(found: float, error: float) -> float:
    """The chance of something as far from 0."""
    if not error > 0:
        return 1.0
    return 2.0 * normal_below(-abs(found) / error)
