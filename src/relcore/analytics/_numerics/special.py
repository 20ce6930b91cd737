"""The special functions of the models, elementwise on float64, with types that say so: scipy's ufuncs have looser ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special as scipy_special

from relcore.analytics.arrays import Floats

_ufuncs: Any = scipy_special


def digamma(z: Floats | float) -> Floats:
    """The derivative of log Gamma."""
    values: Floats = _ufuncs.digamma(z)
    return values


def trigamma(z: Floats | float) -> Floats:
    """The second derivative of log Gamma: zeta(2, z), which is faster than asking for any polygamma."""
    values: Floats = _ufuncs.zeta(2.0, z)
    return values


def log_gamma(z: Floats | float) -> Floats:
    """Log Gamma, for z > 0."""
    values: Floats = _ufuncs.gammaln(z)
    return values


def log_beta(a: Floats | float, b: Floats | float) -> Floats:
    """Log Beta, without the cancellation of three log Gammas."""
    values: Floats = _ufuncs.betaln(a, b)
    return values


def incomplete_beta(a: Floats | float, b: Floats | float, z: Floats | float) -> Floats:
    """The regularised I_z(a, b)."""
    values: Floats = _ufuncs.betainc(a, b, z)
    return values


def incomplete_beta_above(a: Floats | float, b: Floats | float, z: Floats | float) -> Floats:
    """The rest, 1 - I_z(a, b), computed directly."""
    values: Floats = _ufuncs.betaincc(a, b, z)
    return values


def hypergeometric(a: Floats, b: float, c: Floats, z: Floats) -> Floats:
    """Gauss's 2F1."""
    values: Floats = _ufuncs.hyp2f1(a, b, c, z)
    return values


def log_sum_exp(logs: Floats) -> Floats:
    """(n,) ln of the sum of exp over the rows of (n, k); minus infinity where all are."""
    highest = logs.max(axis=1)
    shift = np.where(np.isfinite(highest), highest, 0.0)
    with np.errstate(divide="ignore"):
        sums: Floats = shift + np.log(np.exp(logs - shift[:, None]).sum(axis=1))
    return sums


def logistic(odds: Floats) -> Floats:
    """1 / (1 + exp(-odds))."""
    values: Floats = _ufuncs.expit(odds)
    return values


def log_odds(share: Floats) -> Floats:
    """ln(share / (1 - share))."""
    values: Floats = _ufuncs.logit(share)
    return values


def normal_quantile(share: float) -> float:
    """Below which a standard normal number lies with this chance."""
    return float(_ufuncs.ndtri(share))


def normal_below(z: float) -> float:
    """The chance of a standard normal number below z."""
    return float(_ufuncs.ndtr(z))


def chi_square_above(value: float, degrees: int) -> float:
    """The chance of a chi-square number with so many degrees of freedom above the value."""
    return float(_ufuncs.chdtrc(degrees, value))
