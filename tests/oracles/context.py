"""Slow references for rates that change: the integrals of Bachmann, Meierer and Naef (2021) as they stand, in thirty digits.

A path is a list of (begin, end, values of buying, values of leaving); effects are lists of numbers. Nothing is substituted: clocks are
sums, and moments of leaving are integrated over calendar time, piece by piece.
"""

from __future__ import annotations

import mpmath as mp

DIGITS = 30


def rate(effects, values):
    return mp.exp(mp.fsum(mp.mpf(e) * mp.mpf(v) for e, v in zip(effects, values, strict=True)))


class Line:
    """A piece with the rates in it, and what both clocks show where it begins."""

    def __init__(self, begin, end, buys, leaves, x, y):
        self.begin, self.end, self.buys, self.leaves, self.x, self.y = begin, end, buys, leaves, x, y

    def at(self, u):
        return self.x + self.buys * (u - self.begin), self.y + self.leaves * (u - self.begin)


class Model:
    def __init__(self, r, alpha, s, beta, buying, leaving):
        self.r, self.alpha, self.s, self.beta = map(mp.mpf, (r, alpha, s, beta))
        self.buying, self.leaving = buying, leaving

    def lines(self, path):
        lines, x, y = [], self.alpha, self.beta
        for begin, end, buying, leaving in path:
            lines.append(
                Line(mp.mpf(begin), mp.mpf(end), rate(self.buying, buying), rate(self.leaving, leaving), x, y)
            )
            x, y = lines[-1].at(lines[-1].end)
        return lines

    def clocks(self, path, t):
        """(X, Y) at t."""
        return next(line.at(t) for line in self.lines(path) if line.begin <= t <= line.end)

    def over(self, path, low, high, of):
        """The integral of of(u, line), panel by panel: early moments may be a thousand times as dense as late ones."""
        total = mp.mpf(0)
        for line in self.lines(path):
            begin, end = max(line.begin, low), min(line.end, high)
            if begin < end:
                edges = [begin, *(begin + (end - begin) * mp.mpf(1.5) ** -n for n in range(36, -1, -1))]
                total += mp.quad(
                    lambda u, line=line: of(u, line), edges, method="gauss-legendre", maxdegree=5
                )
        return total

    def parts(self, path, w, low, high):
        """Silent from low to high: still there, and left in between."""

        def leaves(u, line):
            x, y = line.at(u)
            return self.s * line.leaves * x**-w * y ** -(self.s + 1)

        x, y = self.clocks(path, high)
        return x**-w * y**-self.s, self.over(path, low, high, leaves)

    def log_likelihood(self, path, bought, x, recency, age):
        """bought : the values of buying at the repeat purchases, one list for each."""
        with mp.workdps(DIGITS):
            stayed, left = self.parts(path, self.r + x, mp.mpf(recency), mp.mpf(age))
            common = mp.loggamma(self.r + x) - mp.loggamma(self.r)
            common += self.r * mp.log(self.alpha) + self.s * mp.log(self.beta)
            common += mp.fsum(mp.log(rate(self.buying, values)) for values in bought)
            return float(common + mp.log(stayed + left))

    def probability_alive(self, path, x, recency, age, ahead=0):
        with mp.workdps(DIGITS):
            age = mp.mpf(age)
            stayed, left = self.parts(path, self.r + x, mp.mpf(recency), age)
            now, later = (self.clocks(path, t)[1] for t in (age, age + mp.mpf(ahead)))
            return float(stayed / (stayed + left) * (now / later) ** self.s)

    def discounted_purchases(self, path, x, recency, age, horizon, discount=0):
        """discount : the continuous rate."""
        alive = self.probability_alive(path, x, recency, age)
        with mp.workdps(DIGITS):
            age = mp.mpf(age)
            buys, leaves = self.clocks(path, age)

            def worth(u, line):
                return line.buys * (leaves / line.at(u)[1]) ** self.s * mp.exp(-discount * (u - age))

            there = self.over(path, age, age + mp.mpf(horizon), worth)
            return float(alive * (self.r + x) / buys * there)

    def probability_of_none(self, path, x, recency, age, horizon):
        alive = self.probability_alive(path, x, recency, age)
        with mp.workdps(DIGITS):
            age, w = mp.mpf(age), self.r + x
            stayed, left = self.parts(path, w, age, age + mp.mpf(horizon))
            buys, leaves = self.clocks(path, age)
            return float(1 - alive + alive * (stayed + left) * buys**w * leaves**self.s)

    def probability_of_exactly(self, path, x, recency, age, count, horizon):
        """Negative binomial on the clock of buying, until the end or until he leaves."""
        alive = self.probability_alive(path, x, recency, age)
        with mp.workdps(DIGITS):
            age, w, end = mp.mpf(age), self.r + x, mp.mpf(age) + mp.mpf(horizon)
            buys, leaves = self.clocks(path, age)

            def made(clock):
                share = buys / clock
                return mp.rf(w, count) / mp.factorial(count) * share**w * (1 - share) ** count

            def gone(u, line):
                clock, worn = line.at(u)
                return made(clock) * self.s * line.leaves * leaves**self.s * worn ** -(self.s + 1)

            clock, worn = self.clocks(path, end)
            told = made(clock) * (leaves / worn) ** self.s + self.over(path, age, end, gone)
            return float((1 - alive if count == 0 else 0) + alive * told)

    def probability_of_next(self, path, x, recency, age, ahead):
        """The chance that the next purchase comes within the time ahead: its density, moment by moment."""
        alive = self.probability_alive(path, x, recency, age)
        with mp.workdps(DIGITS):
            age, w = mp.mpf(age), self.r + x
            buys, leaves = self.clocks(path, age)

            def comes(u, line):
                clock, worn = line.at(u)
                return w * line.buys / clock * (buys / clock) ** w * (leaves / worn) ** self.s

            return float(alive * self.over(path, age, age + mp.mpf(ahead), comes))
