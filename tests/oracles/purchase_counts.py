"""Slow references for how many purchases come while a customer is alive, in many digits.

Of a customer who may leave at any moment, the textbook way: condition on when he leaves, and write the integral as the
Appell function that it is, or sum it up over many short panels where that function is beyond reach.
"""

from __future__ import annotations

import mpmath as mp


def poisson_mixed(w, scale, time, count):
    """Negative binomial, as its Gamma functions are printed."""
    with mp.workdps(60):
        w, scale, time = map(mp.mpf, (w, scale, time))
        rising = mp.gamma(w + count) / (mp.gamma(w) * mp.factorial(count))
        return rising * (scale / (scale + time)) ** w * (time / (scale + time)) ** count


def exactly_until_leaving(w, alpha, s, beta, time, count):
    """Pareto/NBD, alive at first: leaves at u with ``count`` purchases, or is there at the end with them."""
    with mp.workdps(60):
        w, alpha, s, beta, time = map(mp.mpf, (w, alpha, s, beta, time))
        stays = poisson_mixed(w, alpha, time, count) * (beta / (beta + time)) ** s
        ways = mp.gamma(w + count) / (mp.gamma(w) * mp.factorial(count)) * s / beta
        # Its arguments are brought into (0, 1) by the transformation of Euler and Pfaff.
        appell = mp.appellf1(1, w + count, s + 1, count + 2, time / (alpha + time), time / (beta + time))
        appell *= (1 + time / alpha) ** -(w + count) * (1 + time / beta) ** -(s + 1)
        leaves = ways / alpha**count * time ** (count + 1) / (count + 1) * appell
        return float(stays + leaves)


def power_integral(k, p, alpha, q, beta, gap):
    """The log of the integral over (0, gap) of (u / (alpha + u))^k (1 + u / alpha)^-p (1 + u / beta)^-q."""
    with mp.workdps(30):
        k, p, alpha, q, beta, gap = map(mp.mpf, (k, p, alpha, q, beta, gap))

        def log(t):
            u = mp.exp(t)
            return -k * mp.log1p(alpha / u) - p * mp.log1p(u / alpha) - q * mp.log1p(u / beta) + t

        end = mp.log(gap) if gap < mp.inf else mp.mpf(3000)
        low, high = mp.mpf(-300), end
        for _ in range(120):  # the peak, by ternary search: the integrand is log-concave in ln u
            third = (high - low) / 3
            low, high = (low + third, high) if log(low + third) < log(high - third) else (low, high - third)
        peak = low

        def edge(step, last):
            while (peak + step < last if step > 0 else peak + step > last) and log(peak + step) > log(
                peak
            ) - 65:
                step *= mp.mpf("1.2")
            return min(peak + step, last) if step > 0 else peak + step

        left, right = edge(-mp.mpf("1e-3"), mp.mpf(-3000)), edge(mp.mpf("1e-3"), end)
        panels = max(24, int(right - left))
        points = [left + (right - left) * n / panels for n in range(panels + 1)]
        top = log(peak)
        total = mp.fsum(
            mp.quad(lambda t: mp.exp(log(t) - top), points[n : n + 2], method="gauss-legendre", maxdegree=4)
            for n in range(panels)
        )
        return float(top + mp.log(total))
