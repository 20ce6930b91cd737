"""Slow references for customers who age: the integrals of Bemmaor and Glady (2012) in twenty digits, panel by panel."""

from __future__ import annotations

import mpmath as mp

DIGITS = 20


def survival(b, s, beta, t):
    """Equation (3): the chance to be there at t."""
    return (beta / (beta + mp.expm1(b * t))) ** s


def density(b, s, beta, t):
    """Its derivative, with the sign changed."""
    return s * b * mp.exp(b * t) / (beta + mp.expm1(b * t)) * survival(b, s, beta, t)


def integral(of, low, high, b, beta, power=0):
    """Over panels that shrink towards the beginning, the faster the higher the power, and around where hazards stop rising."""
    length = high - low
    # A power u^k that meets a steep fall is a peak as wide as u / sqrt(k).
    ratio = 1 + 1 / (2 + mp.sqrt(power))
    edges = {low, high} | {low + length * ratio**-n for n in range(1, int(28 / mp.log(ratio)))}
    edges |= {low + length * mp.mpf(n) / 40 for n in range(1, 40)}
    if beta > 1:
        peak = mp.log(beta) / b
        edges |= {peak + n / b for n in range(-16, 9)}
    inside = sorted(edge for edge in edges if low <= edge <= high)
    return mp.quad(of, inside, method="gauss-legendre", maxdegree=5)


def parts(r, alpha, b, s, beta, x, recency, age):
    """The two parts of the likelihood of one history: alive, left."""
    r, alpha, b, s, beta, recency, age = map(mp.mpf, (r, alpha, b, s, beta, recency, age))
    alive = survival(b, s, beta, age) * (alpha + age) ** -(r + x)
    if recency == age:
        return alive, mp.mpf(0)
    left = integral(lambda u: (alpha + u) ** -(r + x) * density(b, s, beta, u), recency, age, b, beta)
    return alive, left


def log_likelihood(r, alpha, b, s, beta, x, recency, age):
    """The log of their sum, with the Gamma terms."""
    with mp.workdps(DIGITS):
        alive, left = parts(r, alpha, b, s, beta, x, recency, age)
        common = mp.loggamma(mp.mpf(r) + x) - mp.loggamma(mp.mpf(r)) + mp.mpf(r) * mp.log(mp.mpf(alpha))
        return float(common + mp.log(alive + left))


def probability_alive(r, alpha, b, s, beta, x, recency, age):
    """The share of the first part."""
    with mp.workdps(DIGITS):
        alive, left = parts(r, alpha, b, s, beta, x, recency, age)
        return float(alive / (alive + left))


def discounted_purchases(r, alpha, b, s, beta, x, recency, age, rate, horizon):
    """The mean rate, times the discounted time there; undiscounted where the rate is 0."""
    alive = probability_alive(r, alpha, b, s, beta, x, recency, age)
    with mp.workdps(DIGITS):
        r, alpha, b, s, beta, age, rate, horizon = map(mp.mpf, (r, alpha, b, s, beta, age, rate, horizon))
        now = 1 + (beta - 1) * mp.exp(-b * age)
        there = integral(lambda u: mp.exp(-rate * u) * survival(b, s, now, u), mp.mpf(0), horizon, b, now)
        return float(alive * (r + x) / (alpha + age) * there)


def distribution(r, alpha, b, s, beta, x, age, count, ahead):
    """Of somebody alive at this age the chances of just so many purchases and of so many or more: as until when he is there."""
    with mp.workdps(DIGITS):
        r, alpha, b, s, beta, age, ahead = map(mp.mpf, (r, alpha, b, s, beta, age, ahead))
        w, scale, now = r + x, alpha + age, 1 + (beta - 1) * mp.exp(-b * age)

        def just(u):
            ways = mp.gammaprod([w + count], [w, count + 1])
            return ways * (u / (scale + u)) ** count * (scale / (scale + u)) ** w

        def comes(u):
            density = (u / (scale + u)) ** (count - 1) * (scale / (scale + u)) ** (w + 1) / scale
            return density / mp.beta(count, w)

        left = integral(lambda u: just(u) * density(b, s, now, u), mp.mpf(0), ahead, b, now, count)
        exactly = just(ahead) * survival(b, s, now, ahead) + left
        if count == 0:
            return float(exactly), 1.0
        reached = integral(lambda u: comes(u) * survival(b, s, now, u), mp.mpf(0), ahead, b, now, count)
        return float(exactly), float(reached)
