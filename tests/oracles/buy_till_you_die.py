"""Slow references for models of how often and how much: the papers' formulas as printed, in sixty digits.

Nothing here shares a formula with `relcore`: likelihoods come from the equations with their Gamma and Beta functions,
expectations from the textbook hypergeometric form, which is exact when there are digits enough.
"""

from __future__ import annotations

import mpmath as mp

DIGITS = 60


def likelihood(r, alpha, a, b, x, recency, age):
    """Fader, Hardie, Lee (2005), equation (6), one customer; its logarithm."""
    with mp.workdps(DIGITS):
        r, alpha, a, b, recency, age = map(mp.mpf, (r, alpha, a, b, recency, age))
        common = mp.loggamma(r + x) + r * mp.log(alpha) - mp.loggamma(r)
        alive = mp.beta(a, b + x) / mp.beta(a, b) * (alpha + age) ** -(r + x)
        gone = mp.mpf(0)
        if x > 0:
            gone = mp.beta(a + 1, b + x - 1) / mp.beta(a, b) * (alpha + recency) ** -(r + x)
        return float(common + mp.log(alive + gone))


def probability_alive(r, alpha, a, b, x, recency, age):
    """Alive's share of equation (6)."""
    with mp.workdps(DIGITS):
        r, alpha, a, b, recency, age = map(mp.mpf, (r, alpha, a, b, recency, age))
        if x == 0:
            return 1.0
        alive = mp.beta(a, b + x) * (alpha + age) ** -(r + x)
        gone = mp.beta(a + 1, b + x - 1) * (alpha + recency) ** -(r + x)
        return float(alive / (alive + gone))


def purchases_while_alive(w, y, a, b):
    """The textbook bracket of equations (9) and (10): (c / (a - 1)) (1 - (1 + y)^-w 2F1(w, b; c; y / (1 + y)))."""
    with mp.workdps(DIGITS):
        w, y, a, b = map(mp.mpf, (w, y, a, b))
        if a == 1:
            a += mp.mpf(10) ** -25  # the limit: removable
        if a + b == 1:
            b += mp.mpf(10) ** -25
        c = a + b - 1
        for digits in (DIGITS, 120, 240, 480):
            with mp.workdps(digits):
                try:
                    bracket = 1 - (1 + y) ** -w * mp.hyp2f1(w, b, c, y / (1 + y), maxterms=10**7)
                except ValueError:  # mpmath asks for more digits
                    continue
                value = c / (a - 1) * bracket
                # Purchases come at most at the rate w; a value outside is what too few digits leave of a difference.
                if mp.fabs(bracket) > mp.mpf(10) ** (25 - digits) and 0 < value <= w * y * (
                    1 + mp.mpf(10) ** -12
                ):
                    return float(value)
    return integral_while_alive(w, y, a, b)


def integral_while_alive(w, y, a, b):
    """The same as the integral over the dropout probability that it is."""
    with mp.workdps(30):
        w, y, a, b = map(mp.mpf, (w, y, a, b))

        def of_logit(s):
            p, q = 1 / (1 + mp.exp(-s)), 1 / (1 + mp.exp(s))
            return p**a * q**b / mp.beta(a, b) * -mp.expm1(-w * mp.log1p(p * y)) / p

        middle, spread = mp.log(a / b), mp.sqrt(1 / a + 1 / b)
        return float(mp.quad(of_logit, [middle + k * spread for k in (-60, -20, -8, -3, 0, 3, 8, 20, 60)]))


def modified_likelihood(r, alpha, a, b, x, recency, age):
    """Batislam, Denizel, Filiztekin (2007): as above with a dropout after the first purchase too; its logarithm."""
    with mp.workdps(DIGITS):
        r, alpha = mp.mpf(r), mp.mpf(alpha)
        common = mp.loggamma(r + x) + r * mp.log(alpha) - mp.loggamma(r)
        alive, gone = _modified(r, alpha, a, b, x, recency, age)
        return float(common + mp.log(alive + gone))


def modified_probability_alive(r, alpha, a, b, x, recency, age):
    """Alive's share of it."""
    with mp.workdps(DIGITS):
        alive, gone = _modified(r, alpha, a, b, x, recency, age)
        return float(alive / (alive + gone))


def _modified(r, alpha, a, b, x, recency, age):
    r, alpha, a, b, recency, age = map(mp.mpf, (r, alpha, a, b, recency, age))
    alive = mp.beta(a, b + x + 1) / mp.beta(a, b) * (alpha + age) ** -(r + x)
    gone = mp.beta(a + 1, b + x) / mp.beta(a, b) * (alpha + recency) ** -(r + x)
    return alive, gone


def still_alive(w, y, a, b):
    """E[(1 + p y)^-w], p ~ Beta(a, b), as the hypergeometric function that it is."""
    with mp.workdps(DIGITS):
        w, y, a, b = map(mp.mpf, (w, y, a, b))
        # Pfaff's transformation: all terms positive.
        return float((1 + y) ** -w * mp.hyp2f1(w, b, a + b, y / (1 + y), maxterms=10**7))


def discounted_for_ever(alive, w, scale, a, b, rate):
    """A living customer buys at rate l, dies at rate l p: E[l / (rate + l p)] over l ~ Gamma(w, scale), p ~ Beta(a, b)."""
    with mp.workdps(18):
        w, scale, a, b, rate = map(mp.mpf, (w, scale, a, b, rate))

        def of_log(u):
            z = mp.exp(u)  # scale * l
            density = mp.exp(w * u - z - mp.loggamma(w))
            return density * z / (scale * rate) * mp.hyp2f1(1, a, a + b, -z / (scale * rate))

        middle = mp.log(w + 1)
        edges = [
            middle - 60 / w - 5,
            middle - 12,
            middle - 4,
            middle - 1,
            middle,
            middle + 1,
            middle + 3,
            middle + 6,
        ]
        return float(alive * mp.quad(of_log, sorted(edges)))


def pareto_parts(r, alpha, s, beta, x, recency, age):
    """Fader and Hardie (2005), the two terms of equation (18) without what is common to both: alive, left.

    Where the difference of the two hypergeometric functions leaves too few digits, the integral is taken that it is.
    """
    with mp.workdps(DIGITS):
        r, alpha, s, beta, recency, age = map(mp.mpf, (r, alpha, s, beta, recency, age))
        alive = (alpha + age) ** -(r + x) * (beta + age) ** -s
        if recency == age:
            return alive, mp.mpf(0)
        early, late = (_a0(r, alpha, s, beta, x, at) for at in (recency, age))
        if early - late > early * mp.mpf(10) ** -20:
            return alive, s / (r + s + x) * (early - late)
    with mp.workdps(25):
        length = age - recency
        edges = [recency] + [recency + length * mp.mpf(1.5) ** -n for n in range(60, -1, -1)]

        def leaves(u):
            return s * (alpha + u) ** -(r + x) * (beta + u) ** -(s + 1)

        return alive, mp.quad(leaves, edges, method="gauss-legendre", maxdegree=5)


def _a0(r, alpha, s, beta, x, at):
    """One of the two terms of equation (18)'s A_0, for alpha >= beta and for alpha < beta."""
    whole = r + s + x
    if alpha >= beta:
        gauss = mp.hyp2f1(whole, s + 1, whole + 1, (alpha - beta) / (alpha + at), maxterms=10**7)
        return gauss / (alpha + at) ** whole
    gauss = mp.hyp2f1(whole, r + x, whole + 1, (beta - alpha) / (beta + at), maxterms=10**7)
    return gauss / (beta + at) ** whole


def pareto_likelihood(r, alpha, s, beta, x, recency, age):
    """Equation (18), one customer; its logarithm."""
    alive, left = pareto_parts(r, alpha, s, beta, x, recency, age)
    with mp.workdps(DIGITS):
        r, alpha, s, beta = map(mp.mpf, (r, alpha, s, beta))
        common = mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + s * mp.log(beta)
        return float(common + mp.log(alive + left))


def pareto_probability_alive(r, alpha, s, beta, x, recency, age):
    """Alive's share of equation (18)."""
    alive, left = pareto_parts(r, alpha, s, beta, x, recency, age)
    return float(alive / (alive + left))


def pareto_expected_purchases(r, alpha, s, beta, x, recency, age, ahead):
    """Equation (41)."""
    alive = pareto_probability_alive(r, alpha, s, beta, x, recency, age)
    with mp.workdps(DIGITS):
        r, alpha, s, beta, age, ahead = map(mp.mpf, (r, alpha, s, beta, age, ahead))
        if s == 1:
            s += mp.mpf(10) ** -25
        shrunk = 1 - ((beta + age) / (beta + age + ahead)) ** (s - 1)
        return float(alive * (r + x) * (beta + age) / ((alpha + age) * (s - 1)) * shrunk)


def pareto_discounted_for_ever(r, alpha, s, beta, x, recency, age, rate):
    """Fader, Hardie, Lee (2005), RFM and CLV: the closed form with the confluent hypergeometric function U.

    U(1, 2 - s, z) is the integral of exp(-z t) (1 + t)^-s, as which it is computed for a large s: mpmath rounds it to 0.
    """
    alive = pareto_probability_alive(r, alpha, s, beta, x, recency, age)
    with mp.workdps(DIGITS):
        r, alpha, s, beta, age, rate = map(mp.mpf, (r, alpha, s, beta, age, rate))
        z = rate * (beta + age)
        if s < 100:
            u = mp.hyperu(1, 2 - s, z)
        else:
            edges = [n / (z + s) for n in (0, 1, 4, 16, 64, 256, 1024)]
            u = mp.quad(lambda t: mp.exp(-z * t - s * mp.log1p(t)), edges)
        return float(alive * (r + x) * (beta + age) / (alpha + age) * u)


def spend_likelihood(p, q, v, x, mean):
    """Fader and Hardie (2013), equation (1a), one customer; its logarithm."""
    with mp.workdps(DIGITS):
        p, q, v, mean = map(mp.mpf, (p, q, v, mean))
        px = p * x
        density = mp.log(mp.gamma(px + q)) - mp.log(mp.gamma(px)) - mp.log(mp.gamma(q))
        density += q * mp.log(v) + (px - 1) * mp.log(mean) + px * mp.log(x) - (px + q) * mp.log(v + x * mean)
        return float(density)


def discounted_purchases(r, alpha, a, b, x, recency, age, rate, horizon):
    """Integral over u of exp(-rate u) times the rate of purchases at u, for which the mean of p is integrated too."""
    alive = probability_alive(r, alpha, a, b, x, recency, age)
    with mp.workdps(30):
        r, alpha, a, b, age, rate = map(mp.mpf, (r, alpha, a, b, age, rate))
        w, scale, b_now = r + x, alpha + age, b + x

        def flow(u):
            # d/du of E[(1 - (1 + p u / scale)^-w) / p]
            return w / scale * mp.hyp2f1(w + 1, a, a + b_now, -u / scale) * mp.exp(-rate * u)

        edges = [0, scale / 8, scale, 4 * scale, 16 * scale, 64 * scale, 256 * scale]
        points = [edge for edge in edges if edge < horizon] + [horizon]
        return float(alive * mp.quad(flow, points))


def probability_of_purchases(r, alpha, a, b, time, count):
    """Fader, Hardie, Lee (2005), equation (8), as printed: a newcomer makes just so many repeat purchases in this time."""
    with mp.workdps(DIGITS):
        r, alpha, a, b, time = map(mp.mpf, (r, alpha, a, b, time))

        def poisson_mixed(j):
            rising = mp.gamma(r + j) / (mp.gamma(r) * mp.factorial(j))
            return rising * (alpha / (alpha + time)) ** r * (time / (alpha + time)) ** j

        chance = mp.beta(a, b + count) / mp.beta(a, b) * poisson_mixed(count)
        if count > 0:
            left = 1 - mp.fsum(poisson_mixed(j) for j in range(count))
            chance += mp.beta(a + 1, b + count - 1) / mp.beta(a, b) * left
        return float(chance)
