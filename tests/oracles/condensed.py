"""Slow references for customers who buy regularly: ticks counted one by one, in thirty digits and more."""

from __future__ import annotations

import mpmath as mp

DIGITS = 40


def parts(k, r, alpha, a, b, x, recency, age, chances):
    """Reutterer, Platzer, Schroeder (2021), the two parts of the likelihood of one history: alive in each phase, and left.

    Without what does not depend on which of them it was: (product of z)^(k-1) / Gamma(k)^x, and alpha^r / Gamma(r).
    """
    r, alpha, a, b, recency, age = map(mp.mpf, (r, alpha, a, b, recency, age))
    alive = [
        mp.beta(a, b + chances) / mp.beta(a, b)
        * mp.gamma(r + k * x + j) * (age - recency) ** j / mp.factorial(j) / (alpha + age) ** (r + k * x + j)
        for j in range(k)
    ]  # fmt: skip
    gone = mp.mpf(0)
    if chances > 0:
        gone = mp.beta(a + 1, b + chances - 1) / mp.beta(a, b)
        gone *= mp.gamma(r + k * x) / (alpha + recency) ** (r + k * x)
    return alive, gone


def log_likelihood(k, r, alpha, a, b, x, recency, age, log_gaps, chances):
    """The log of their sum, with everything."""
    with mp.workdps(DIGITS):
        alive, gone = parts(k, r, alpha, a, b, x, recency, age, chances)
        common = r * mp.log(mp.mpf(alpha)) - mp.loggamma(mp.mpf(r))
        return float(mp.log(mp.fsum(alive) + gone) + common + (k - 1) * mp.mpf(log_gaps) - x * mp.loggamma(k))


def probability_alive(k, r, alpha, a, b, x, recency, age, chances):
    """The share of the first part."""
    with mp.workdps(DIGITS):
        alive, gone = parts(k, r, alpha, a, b, x, recency, age, chances)
        return float(mp.fsum(alive) / (mp.fsum(alive) + gone))


def phases(k, r, alpha, a, b, x, recency, age):
    """The chance of each phase, if alive."""
    with mp.workdps(DIGITS):
        alive, _ = parts(k, r, alpha, a, b, x, recency, age, 0)
        return [part / mp.fsum(alive) for part in alive]


def counted(w, y, phase, a, b):
    """Expected purchases of somebody alive, the chance to stay, and the chance of none: tick by tick."""
    k = len(phase)
    with mp.workdps(DIGITS):
        w, y, a, b = map(mp.mpf, (w, y, a, b))
        bought = stays = none = mp.mpf(0)
        for j, share in enumerate(phase):
            if not share:
                continue
            shape, z = w + j, y / (1 + y)
            chance, made, still, i = mp.mpf(share) * (1 + y) ** -shape, mp.mpf(0), mp.mpf(1), 0
            while True:
                bought, stays = bought + chance * made, stays + chance * still
                none += chance if i + j < k else 0
                i += 1
                ratio = (shape + i - 1) * z / i
                chance *= ratio
                if (i + j) % k == 0:
                    m = (i + j) // k
                    made += still
                    still *= (b + m - 1) / (a + b + m - 1)
                left = chance / (1 - ratio) if ratio < 1 else mp.inf
                if (
                    i > k
                    and left * made < bought * mp.mpf(10) ** -20
                    and left * still < stays * mp.mpf(10) ** -20
                ):
                    break
        return float(bought), float(stays), float(none)


def distribution(w, y, phase, a, b, count):
    """Of somebody alive the chances of just so many purchases and of so many or more, from the chances of all fewer ticks."""
    k = len(phase)
    # All digits of what is left over are needed: the chances of fewer ticks may be nearly all.
    with mp.workdps(330):
        w, y, a, b = map(mp.mpf, (w, y, a, b))
        just = fewer = mp.mpf(0)
        for j, share in enumerate(phase):
            shape, z = w + j, y / (1 + y)
            chance = mp.mpf(share) * (1 + y) ** -shape
            for i in range(k * (count + 1) - j):
                if (i + j) // k == count:
                    just += chance
                else:
                    fewer += chance
                chance *= (shape + i) * z / (i + 1)
        whole = mp.fsum(phase)  # 1, but for their last digits
        more, reached = whole - fewer - just, whole - fewer
        if count == 0:
            return float(just), 1.0
        there = mp.rf(b, count - 1) / mp.rf(a + b, count - 1)
        leaves = a / (a + b + count - 1)
        return float(there * (just + leaves * more)), float(there * reached)


def sifted(w, y, phase, a, b):
    """Expected purchases as an average over p of a sum over the roots of unity, where there are too many ticks to count.

    b must not be below 1: where hardly anybody stays, the sum loses its digits.
    """
    k = len(phase)
    with mp.workdps(30):
        w, y, a, b = map(mp.mpf, (w, y, a, b))
        roots = [mp.expjpi(mp.mpf(2 * n) / k) for n in range(k)]

        def of_logit(s):
            p, q = 1 / (1 + mp.exp(-s)), 1 / (1 + mp.exp(s))
            theta = q ** (mp.mpf(1) / k)
            total = mp.mpf(0)
            for j, share in enumerate(phase):
                for u in roots:
                    # So close to 1 that no number of digits would tell.
                    apart = 1 - theta * u if u != 1 else -mp.expm1(mp.log1p(-p) / k)
                    term = -mp.expm1(-(w + j) * mp.log1p(y * apart)) / apart
                    total += share * (u ** (j + 1) * term).real * theta ** (j - k + 1) / k
            return p**a * q**b / mp.beta(a, b) * total

        middle, spread = mp.log(a / b), mp.sqrt(1 / a + 1 / b)
        edges = [middle + n * spread for n in (-8, -3, -1, 0, 1, 3, 8)]
        edges += [middle - n / a for n in (1, 3, 8, 20, 60)] + [middle + 40 / b]
        # The expectation bends where nearly all of the ticks leave him there.
        edges += [
            mp.log(n / (w * y)) for n in (mp.mpf(10) ** -12, mp.mpf(10) ** -4, 0.01, 0.1, 1, 10, 100, 10**4)
        ]
        return float(mp.quad(of_logit, sorted(edges)))


def discounted_for_ever(scale, w, phase, a, b, rate, maxterms=10**6):
    """Purchases of somebody alive, worth exp(-rate t): an average over the rate of ticks of a hypergeometric function.

    Where the function asks for more terms than that, mpmath gives up with NoConvergence.
    """
    k = len(phase)
    with mp.workdps(18):
        scale, w, a, b, rate = map(mp.mpf, (scale, w, a, b, rate))
        total = mp.mpf(0)
        for j, share in enumerate(phase):
            shape = w + j

            def of_log(t, shape=shape, j=j):
                g = mp.exp(t)
                rho = g / (g + scale * rate)
                density = mp.exp(shape * t - g - mp.loggamma(shape))
                return density * rho ** (k - j) * mp.hyp2f1(1, b, a + b, rho**k, maxterms=maxterms)

            middle, spread = mp.log(shape), min(1, 1 / mp.sqrt(shape))
            edges = [middle - 60 / shape, *(middle + n * spread for n in (-20, -8, -4, -1, 0, 1, 4, 8))]
            total += share * mp.quad(of_log, sorted(edges))
        return float(total)
