"""What is believed of customers before theirs are seen: a guess at the model, and the factors by which it may well be off.

Few customers do not tell all parameters of a model: its likelihood goes on growing as two of them grow together, and
predictions rest on numbers that nobody would have guessed. A prior adds what is known beside the data, and the fit is the peak
of both together (maximum a posteriori; Gelman and others 2013, Bayesian Data Analysis, section 13.3: with the inverse of the
curvature there for a covariance).

Beliefs are about the *logs* of parameters and of quotients of two, each of them normal. So they mean the same whatever the unit:
a factor of 3 is a factor of 3 in days and in years, in euros and in yen, and nothing depends on the customers, such as on the
age of the oldest. A penalty on the squares of the parameters themselves has neither of these properties.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

import attrs
import numpy as np

from relcore.analytics._numerics.newton import Pull
from relcore.analytics.period import Period, days_per
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.kernel.errors import Invalid


class Guess(Protocol):
    """Any model with parameters."""

    def parameters(self) -> dict[str, float]:
        """The parameters by name."""
        ...


class Told(Protocol):
    """Purchases, as far as units go."""

    @property
    def period(self) -> Period: ...
    @property
    def currency(self) -> str | None: ...


def _is_positive(belief: Belief, _field: attrs.Attribute[float], median: float) -> None:
    if not 0 < median < math.inf:
        raise Invalid("median", f"of {belief.quantity} must be finite and > 0", median)


def _leaves_room(belief: Belief, _field: attrs.Attribute[float], factor: float) -> None:
    if not 1 < factor < math.inf:
        remedy = "3 says that the truth may well be three times as large or as small"
        raise Invalid("factor", f"of {belief.quantity} must be finite and > 1", factor, remedy)


@attrs.frozen
class Belief:
    """That a quantity lies around ``median``: off by ``factor`` at most in two cases of three, by its square in 19 of 20.

    quantity : a parameter, or the quotient of two, such as "r/alpha".
    median : > 0, in the units of the prior. factor : > 1; its log is the standard deviation of the log of the quantity.
    time : the power of the unit of time in which the quantity is told: 1 for alpha, -1 for r/alpha, 0 for r.
    """

    quantity: str
    median: float = attrs.field(validator=_is_positive)
    factor: float = attrs.field(validator=_leaves_room)
    time: int = 0


@attrs.frozen(repr=False)
class Prior:
    """Beliefs about the parameters of one kind of model, independent of one another; give it to ``fit(..., prior=...)``.

    model : the name of the model's class. period, currency : the units in which medians are told, where the model has them.

    >>> from relcore.analytics import BetaGeoNBD
    >>> guess = BetaGeoNBD(r=0.5, alpha=10, a=0.6, b=2.4, period="week")
    >>> Prior.around(guess, factor={"r": 3, "r/alpha": 2, "a": 5, "b": 5})
    Prior of BetaGeoNBD, period week
      r        around 0.5     give or take a factor of 3
      r/alpha  around 0.05    give or take a factor of 2
      a        around 0.6     give or take a factor of 5
      b        around 2.4     give or take a factor of 5
    """

    model: str
    beliefs: tuple[Belief, ...]
    period: Period | None = None
    currency: str | None = None

    @classmethod
    def around(cls, guess: Guess, *, factor: float | Mapping[str, float]) -> Self:
        """Customers like these, give or take.

        guess : a model with the units in which it is told: published, made up, or fitted to more, earlier or other customers.
            Its own evidence is of no matter. A model with covariates (`WithCovariates`, `ParetoNBDInContext`): its base is the guess
            at a customer all of whose covariates are 0, and the factors by which they multiply a rate, exp(effect), are
            quantities like others, called "buying.web".
        factor : > 1, by which each parameter may well be off; or by name, of parameters and of quotients of two of them. Of
            what is not named nothing is believed.

        In small data it is the shapes that run away (r, s, a, b, p, q): beliefs about these alone are enough there, and leave
        the scales to the data. "r/alpha" is the mean rate of buying, "s/beta" that of leaving, "a/b" the odds to leave.
        """
        of: Guess = getattr(guess, "base", guess)
        known, times = _quantities(guess, of), _powers_of_time(type(of))
        factors = dict.fromkeys(known, factor) if isinstance(factor, int | float) else dict(factor)
        if not factors:
            raise Invalid("factor", "must say something about a parameter", {}, "fit without a prior instead")
        beliefs: list[Belief] = []
        for quantity, off in factors.items():
            parts = _parts(quantity, type(of).__name__, known)
            median = math.prod(known[name] ** power for name, power in parts)
            time = sum(times.get(name, 0) * power for name, power in parts)
            beliefs.append(Belief(quantity, median, float(off), time))
        open_: Any = of
        units = (getattr(open_, "period", None), getattr(open_, "currency", None))
        return cls(type(of).__name__, tuple(beliefs), *units)

    def sheet(self) -> Sheet:
        """What it shows of itself."""
        units = "".join(f", {name} {u}" for name in ("period", "currency") if (u := getattr(self, name)))
        cells = [
            (f"  {b.quantity}", f"around {b.median:<7.4g}", f"give or take a factor of {b.factor:g}")
            for b in self.beliefs
        ]
        wide, around = (max(len(cell[n]) for cell in cells) for n in (0, 1))
        layout = (f"<{wide + 2}", f"<{around + 1}", "<")
        return Sheet((f"Prior of {self.model}{units}", Grid(layout, tuple(cells))))

    __repr__ = as_text
    _repr_html_ = as_html


def pull(prior: Prior | None, model: type, names: Sequence[str], purchases: Told) -> Pull | None:
    """The prior as a function of the logs of the parameters ``names``, in the units of the purchases.

    Refuses a prior of another model, or in another currency; another period is converted.
    """
    if prior is None:
        return None
    if prior.model != model.__name__:
        remedy = "parameters mean other things in other models"
        raise Invalid("prior", f"must be of {model.__name__}", prior.model, remedy)
    if "currency" in attrs.fields_dict(model) and prior.currency != purchases.currency:
        remedy = "guess in the currency of the purchases"
        raise Invalid("prior", f"must be in {purchases.currency}", prior.currency, remedy)
    longer = 0.0 if prior.period is None else math.log(days_per(prior.period) / days_per(purchases.period))
    directions = np.zeros((len(prior.beliefs), len(names)))
    for row, belief in zip(directions, prior.beliefs, strict=True):
        for name, power in _parts(belief.quantity, prior.model, names):
            row[names.index(name)] += power
    centre = np.array([math.log(belief.median) + belief.time * longer for belief in prior.beliefs])
    spread = np.log([belief.factor for belief in prior.beliefs])
    return Pull(directions, centre, spread)


def _parts(quantity: str, model: str, known: Mapping[str, float] | Sequence[str]) -> list[tuple[str, int]]:
    """The parameters of which it consists, with their powers."""
    if quantity in known:
        return [(quantity, 1)]
    above, *below = quantity.split("/")
    parts = [(above, 1), *((name, -1) for name in below)]
    distinct = {name for name, _ in parts}
    if len(parts) > 2 or len(distinct) < len(parts) or not distinct <= set(known):
        remedy = f'the parameters of {model} are {", ".join(known)}; a quotient is written "x/y"'
        raise Invalid("factor", "must name parameters, or quotients of two", quantity, remedy)
    return parts


def _quantities(guess: Guess, base: Guess) -> dict[str, float]:
    """What can be believed in: the parameters, all of them positive, and the factors that effects are the logs of."""
    told = guess.parameters()
    return {name: told[name] if name in base.parameters() else math.exp(told[name]) for name in told}


def _powers_of_time(model: type) -> dict[str, int]:
    fields = attrs.fields_dict(model)
    return {name: f.metadata["support"].time for name, f in fields.items() if "support" in f.metadata}
