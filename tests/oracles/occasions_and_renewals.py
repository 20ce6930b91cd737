"""Slow references for models in discrete time: the papers' sums of Beta functions as printed, in many digits.

FHS = Fader, Hardie, Shang (2010), Marketing Science 29(6). FH = Fader, Hardie (2007), Journal of Interactive Marketing 21(1).
Nothing here shares a formula with `relcore`, which knows ratios and recursions only.
"""

from __future__ import annotations

import mpmath as mp

DIGITS = 40


def _parts(alpha, beta, gamma, delta, x, recency, n):
    """The two ways of FHS's likelihood: alive until n, and left before one of the occasions after the last purchase."""
    common = mp.beta(alpha, beta) * mp.beta(gamma, delta)
    alive = mp.beta(alpha + x, beta + n - x) * mp.beta(gamma, delta + n) / common
    gone = mp.fsum(
        mp.beta(alpha + x, beta + recency - x + i) * mp.beta(gamma + 1, delta + recency + i) / common
        for i in range(n - recency)
    )
    return alive, gone


def likelihood(values, x, recency, n):
    """The logarithm of FHS's likelihood, one customer."""
    with mp.workdps(DIGITS):
        return float(mp.log(mp.fsum(_parts(*map(mp.mpf, values), x, recency, n))))


def probability_alive(values, x, recency, n, ahead=0):
    """At occasion n + ahead: FHS equation (A10)."""
    with mp.workdps(DIGITS):
        alive, gone = _parts(*map(mp.mpf, values), x, recency, n)
        gamma, delta = map(mp.mpf, values[2:])
        stays = mp.beta(gamma, delta + n + ahead) / mp.beta(gamma, delta + n)
        return float(alive / (alive + gone) * stays)


def expected_purchases(values, x, recency, n, ahead):
    """FHS equation (13); at gamma = 1 its limit."""
    with mp.workdps(60):
        alpha, beta, gamma, delta = map(mp.mpf, values)
        if gamma == 1:
            gamma += mp.mpf(10) ** -25
        alive, gone = _parts(alpha, beta, gamma, delta, x, recency, n)
        bracket = mp.gammaprod([1 + delta + n], [gamma + delta + n])
        bracket -= mp.gammaprod([1 + delta + n + ahead], [gamma + delta + n + ahead])
        tail = delta / (gamma - 1) * mp.gammaprod([gamma + delta], [1 + delta]) * bracket
        total = mp.beta(alpha + x + 1, beta + n - x) / mp.beta(alpha, beta) * tail
        return float(total / (alive + gone))


def probability_of_exactly(values, x, recency, n, count, ahead):
    """FHS: so many purchases on the next occasions, given a history."""
    with mp.workdps(DIGITS):
        alpha, beta, gamma, delta = map(mp.mpf, values)
        alive, gone = _parts(alpha, beta, gamma, delta, x, recency, n)
        a, b, d = alpha + x, beta + n - x, delta + n
        common = mp.beta(a, b) * mp.beta(gamma, d)
        chance = mp.binomial(ahead, count) * mp.beta(a + count, b + ahead - count) * mp.beta(gamma, d + ahead)
        chance += mp.fsum(
            mp.binomial(i, count) * mp.beta(a + count, b + i - count) * mp.beta(gamma + 1, d + i)
            for i in range(count, ahead)
        )
        now = alive / (alive + gone)
        return float((1 - now if count == 0 else 0) + now * chance / common)


def discounted_purchases(values, x, recency, n, rate):
    """FHS equation (14), DERT: v = exp(-rate) is 1 / (1 + d) per occasion."""
    with mp.workdps(DIGITS):
        alpha, beta, gamma, delta = map(mp.mpf, values)
        alive, gone = _parts(alpha, beta, gamma, delta, x, recency, n)
        v = mp.exp(-mp.mpf(rate))
        often = mp.beta(alpha + x + 1, beta + n - x) / mp.beta(alpha, beta)
        lives = mp.beta(gamma, delta + n + 1) / mp.beta(gamma, delta) * v
        return float(often * lives * _gauss(delta + n, gamma, v) / (alive + gone))


def _gauss(b, a, v):
    """2F1(1, b + 1; a + b + 1; v), which lies between its first term and 1 / (1 - v); digits until it does so twice alike."""
    before = mp.mpf(0)
    for digits in (40, 80, 160, 320, 640, 1280):
        with mp.workdps(digits):
            value = mp.hyp2f1(1, b + 1, a + b + 1, v, maxterms=10**7)
            if 1 <= value <= 1 / (1 - v) and mp.almosteq(value, before, rel_eps=mp.mpf(10) ** -18):
                return value
            before = value
    raise ValueError("too few digits")


def survival(alpha, beta, t, c=1):
    """There after t renewals: FH, with t^c of Fader and others (2018)."""
    with mp.workdps(DIGITS):
        return mp.beta(alpha, mp.mpf(beta) + mp.mpf(t) ** c) / mp.beta(alpha, beta)


def renewal_likelihood(alpha, beta, rows, c=1):
    """The logarithm of the chance that of those at risk so many renew: rows of (renewal, at risk, renewed)."""
    with mp.workdps(DIGITS):
        total = mp.mpf(0)
        for t, at_risk, renewed in rows:
            before, after = survival(alpha, beta, t - 1, c), survival(alpha, beta, t, c)
            total += renewed * mp.log(after / before) + (at_risk - renewed) * mp.log1p(-after / before)
        return float(total)


def cohort_likelihood(alpha, beta, survivors):
    """The same as FH write it: each customer once, by how long he stayed."""
    with mp.workdps(DIGITS):
        curve = [survival(alpha, beta, t) for t in range(len(survivors))]
        lost = [
            (survivors[t - 1] - survivors[t]) * mp.log(curve[t - 1] - curve[t])
            for t in range(1, len(survivors))
        ]
        return float(mp.fsum(lost) + survivors[-1] * mp.log(curve[-1]))


def discounted_residual_lifetime(alpha, beta, renewals, rate):
    """DERL of Fader and Hardie (2010), Marketing Science 29(1), for a customer who has renewed so often."""
    with mp.workdps(DIGITS):
        a, b, v = mp.mpf(alpha), mp.mpf(beta) + renewals, mp.exp(-mp.mpf(rate))
        return float(b / (a + b) * _gauss(b, a, v))


def summed_lifetime(alpha, beta, c, renewals, rate, last):
    """Sum of v^(t - 1) S(renewals + t) / S(renewals) over t = 1, ..., last, term by term."""
    with mp.workdps(25):
        start, v = survival(alpha, beta, renewals, c), mp.exp(-mp.mpf(rate))
        return float(
            mp.fsum(v ** (t - 1) * survival(alpha, beta, renewals + t, c) for t in range(1, last + 1)) / start
        )
