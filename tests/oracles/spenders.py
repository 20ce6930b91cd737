"""Amounts of customers for whom Gamma-Gamma is true, and its likelihood as a plain loop over single amounts."""

from __future__ import annotations

import mpmath
import numpy as np

from relcore.analytics import Purchases


def spenders(model, n, *, random, rate=2.0, elasticity=0.0):
    """(n customers) with 1 + Poisson-gamma purchases; ``elasticity``: mean spend is that power of how often they buy."""
    x = 1 + random.poisson(random.gamma(0.8, rate / 0.8, n))
    nu = random.gamma(model.q, 1 / model.v, n) / x**elasticity
    who = np.repeat(np.arange(n), x)
    z = np.maximum(random.gamma(model.p, 1 / nu[who]), 1e-300)
    return of_amounts(x, who, z)


def of_amounts(x, who, z, **more):
    """The summary of single amounts z of the customers ``who``, each of whom has x."""
    n = len(x)
    with np.errstate(divide="ignore"):
        log = np.log(z)
    return Purchases.from_summary(
        frequency=x,
        recency=np.where(x > 0, 1.0, 0.0),
        age=np.full(n, 2.0),
        mean_spend=np.bincount(who, z, n) / np.maximum(x, 1),
        log_amounts=np.bincount(who, log, n),
        period="week",
        **more,
    )


def log_likelihood_of_amounts(p, q, v, amounts):
    """The density of all single amounts of one customer: an integral over his scale nu, done by quadrature."""
    p, q, v = map(mpmath.mpf, (p, q, v))

    def here(log_nu):
        nu = mpmath.exp(log_nu)
        log = q * mpmath.log(v * nu) - v * nu - mpmath.loggamma(q)
        for z in amounts:
            log += p * mpmath.log(nu * z) - nu * z - mpmath.loggamma(p) - mpmath.log(z)
        return mpmath.exp(log)

    shape, scale = p * len(amounts) + q, v + mpmath.fsum(amounts)
    centre, width = mpmath.log(shape / scale), 12 / mpmath.sqrt(shape)
    with mpmath.workdps(30):
        points = [centre + width * k for k in (-5, -1, -0.5, -0.2, 0, 0.2, 0.5, 1, 5)]
        return float(mpmath.log(mpmath.quad(here, points)))
