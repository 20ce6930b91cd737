"""Gamma-Gamma: what a customer spends per purchase, as a compromise between his own mean and everybody's.

The story (Fader, Hardie and Lee 2005, "RFM and CLV", JMR 42(4), 415-430; Fader and Hardie 2013, "The Gamma-Gamma Model
of Monetary Value", whose equation numbers these are; their gamma is our v): amounts of one customer are Gamma(p, nu);
nu differs between customers as Gamma(q, v). How much a customer spends has nothing to do with how often.

With x purchases of sum S, the log-likelihood of the mean m = S / x (equation 1a) is

    -ln B(px, q) - ln m - q ln(1 + S / v) - px ln(1 + v / S).

The single amounts z say more: given their sum, the shares z / S are Dirichlet(p, ..., p), whatever nu is, so that what they add
is a function of p alone,

    ln Gamma(px) - x ln Gamma(p) + (p - 1) (sum of ln z - x ln S),

up to a constant. Both together are the density of all amounts, of which x, S and the sum of ln z are all that is needed.
"""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics.newton import maximum
from relcore.analytics.arrays import Counts, Floats, Mask, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import bootstrap
from relcore.analytics.lifetime_value.bootstrap import Resampled
from relcore.analytics.lifetime_value.spend_independence import warning
from relcore.analytics.lifetime_value.spend_likelihood import (
    NAMES,
    Likelihood,
    amounts_of_each,
    log_amounts_of,
    means_of_each,
    rows_of,
    spend_of,
)
from relcore.analytics.prior import Prior, pull
from relcore.analytics.uncertainty import Evidence, Positive, checked
from relcore.kernel.errors import Invalid

MEANS, AMOUNTS = "mean amounts", "single amounts"
"""What a fit has looked at, as its evidence says."""
_SMALLEST = 1e-290  # a scale that a float can still divide by


@attrs.frozen(repr=False, field_transformer=checked)
class GammaGamma:
    """A fitted (or published) Gamma-Gamma model.

    p : shape of the amounts of one customer (their coefficient of variation is p ** -0.5).
    q, v : shape and scale of the spread between customers; a customer's mean spend is infinite on average if q <= 1.
    currency : of v, and of the spend that comes out; spend in another currency is refused.

    >>> spend = GammaGamma(p=6.25, q=3.74, v=15.44, currency="USD")
    >>> rows = Purchases.from_summary(
    ...     frequency=[0, 2], recency=[0, 5], age=[9, 9], mean_spend=[0, 22.35], period="week", currency="USD"
    ... )
    >>> spend.expected_spend(rows).round(2)
    array([35.22, 24.66])
    """

    p: Positive
    q: Positive
    v: Positive
    currency: str | None = None
    evidence: Evidence | None = None

    parameters = uncertainty.parameters
    summary = uncertainty.summary
    interval = uncertainty.interval
    draws = uncertainty.draws
    to_json = wire.to_json
    __repr__ = uncertainty.table
    _repr_html_ = uncertainty.notebook

    @classmethod
    def fit(cls, purchases: Purchases, *, prior: Prior | None = None) -> Self:
        """Maximum likelihood of the mean amounts of those who came back and spent something, by Newton's method.

        purchases : with spend. Rows without a repeat purchase or with a spend of 0 say nothing about amounts;
            ``evidence.left_out`` and the table tell how many they were.
        prior : what is known beside these data, in their currency.

        `fit_amounts` takes the single amounts, where they are known, and is surer of p.

        Always finite parameters; without an interior maximum (one customer, or all means alike),
        ``evidence.converged`` is False and the remark says which parameters ran away. Raises `Invalid` without amounts,
        or when no row is left.
        """
        used = _used(purchases, MEANS)
        return cls._fitted(purchases, used, Likelihood.of(rows_of(purchases, used)), MEANS, prior)

    @classmethod
    def fit_amounts(cls, purchases: Purchases, *, prior: Prior | None = None) -> Self:
        """Maximum likelihood of every single amount after the first, by Newton's method.

        purchases : with spend and ``log_amounts``, as they are when made from a log of orders. Rows are left out as in `fit`,
            and so are customers one of whose purchases was for nothing: an amount of 0 has no density.
        prior : what is known beside these data, in their currency.

        The parameters mean what they mean in `fit`, and both are right when the model is. The means know how much a customer's
        amounts vary only through how far the means of many purchases lie closer together than those of few; this sees the
        amounts themselves, and is surer of p by a factor of several. Where they are far from gamma distributed (one price for
        all, say), the two differ by more than their errors; `bootstrap` then tells how sure this is. Log-likelihoods are
        of different things and cannot be compared. Errors as in `fit`, and `Invalid` without ``log_amounts``.
        """
        used = _used(purchases, AMOUNTS)
        return cls._fitted(purchases, used, Likelihood.of_amounts(rows_of(purchases, used)), AMOUNTS, prior)

    @classmethod
    def _fitted(
        cls, purchases: Purchases, used: Mask, likelihood: Likelihood, seen: str, prior: Prior | None
    ) -> Self:
        found = maximum(likelihood.at, likelihood.start(), NAMES, pull(prior, cls, NAMES, purchases))
        left_out = 0.0 if used.all() else float(purchases.weight[~used].sum())
        evidence = Evidence.of(found, customers=likelihood.total, left_out=left_out, seen=seen, prior=prior)
        if found.converged:
            said = warning(likelihood.x, likelihood.spend / likelihood.x, likelihood.weight)
            evidence = attrs.evolve(evidence, remark=said)
        p, q, v = np.exp(found.theta).tolist()
        return cls(p, q, v, purchases.currency, evidence)

    def expected_spend(self, purchases: Purchases) -> Floats:
        """(n,) mean amount per future purchase, > 0: equation (5), p (v + S) / (p x + q - 1).

        A one-time buyer gets the population's mean, p v / (q - 1). Infinite where p x + q <= 1: with so heavy a tail the
        mean does not exist (a fit with q <= 1 says that for every one-time buyer).
        """
        spend = self._in_its_currency(purchases)
        weight = self.p * purchases.frequency + (self.q - 1.0)
        known = weight > 0
        expected = np.full(len(purchases), np.inf)
        np.divide(self.p * (self.v + spend), weight, out=expected, where=known)
        return sealed(expected)

    def amounts_drawn(self, purchases: Purchases, who: Counts, *, random: np.random.Generator) -> Floats:
        """(m,) an amount for each purchase to come, made by the customer in row ``who`` (m,).

        A customer's scale nu is Gamma(p x + q, v + S) by what is known of him (after equation 4), and his amounts share it.
        """
        spend = self._in_its_currency(purchases)
        nu = random.gamma(self.p * purchases.frequency + self.q) / (self.v + spend)
        amounts: Floats = random.gamma(self.p, size=who.size) / np.maximum(nu, _SMALLEST)[who]
        return amounts

    def log_likelihood_of_each(self, purchases: Purchases) -> Floats:
        """(n,) how likely the model finds the amounts of each, without his weight; 0 for those who are left out of a fit.

        Of single amounts for a model that was fitted to them, of mean amounts for any other.
        """
        self._in_its_currency(purchases)
        return sealed(_of_each(self, purchases, self._seen))

    def scores(self, purchases: Purchases) -> Floats:
        """(n, 3) the slopes of `log_likelihood_of_each` in ln p, ln q and ln v."""
        self._in_its_currency(purchases)
        seen = self._seen
        return sealed(bootstrap.slopes(self, lambda model: _of_each(model, purchases, seen)))

    def bootstrap(
        self, purchases: Purchases, *, draws: int = 1000, random: np.random.Generator
    ) -> Resampled[Self]:
        """Where the estimates would have gone with other samples of these customers, to first order and without fitting again.

        purchases : those that the model was fitted to; others are refused. draws : how many samples, >= 1.
        random : where chance comes from. Raises `NoEvidence` for a model made from parameters alone, and `Invalid` where the
        fit found no peak. With how often they buy: `joint_bootstrap`.
        """
        return bootstrap.stepped(self, purchases, self.scores(purchases), draws=draws, random=random)

    def refits(
        self, purchases: Purchases, *, draws: int = 200, random: np.random.Generator
    ) -> Resampled[Self]:
        """The same with a climb for every sample: exact, and as long as that many fits. With the same seed samples are the same.

        purchases : those that the model was fitted to. draws : how many samples, >= 1. random : where chance comes from.
        """
        return bootstrap.climbed(self, purchases, self.refit, draws=draws, random=random)

    def refit(self, purchases: Purchases) -> Self:
        """A fit to other purchases in the way in which this one was made: to means or single amounts, with the same prior."""
        fit = type(self).fit_amounts if self._seen == AMOUNTS else type(self).fit
        return fit(purchases, prior=None if self.evidence is None else self.evidence.prior)

    @property
    def _seen(self) -> str:
        return MEANS if self.evidence is None else self.evidence.seen

    def _in_its_currency(self, purchases: Purchases) -> Floats:
        spend = spend_of(purchases)
        if purchases.currency != self.currency:
            remedy = "fit a model per currency"
            raise Invalid(
                "currency",
                f"of the purchases must be the model's, {self.currency}",
                purchases.currency,
                remedy,
            )
        return spend

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)


def _used(purchases: Purchases, seen: str) -> Mask:
    """(n,) who says something about amounts."""
    used: Mask = (purchases.frequency > 0) & (spend_of(purchases) > 0)
    return used & np.isfinite(log_amounts_of(purchases)) if seen == AMOUNTS else used


def _of_each(model: GammaGamma, purchases: Purchases, seen: str) -> Floats:
    used = _used(purchases, seen)
    theta = np.log(list(model.parameters().values()))
    x, spend = purchases.frequency[used], spend_of(purchases)[used]
    each = np.zeros(len(purchases))
    each[used] = (
        means_of_each(theta, x, spend)
        if seen != AMOUNTS
        else amounts_of_each(theta, x, spend, log_amounts_of(purchases)[used])
    )
    return each
