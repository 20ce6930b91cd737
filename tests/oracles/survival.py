"""The product-limit estimate once more: one time after another, everybody asked at each, in fractions.

Nothing here shares a formula with ``relcore``: the number at risk is counted anew at every time, and never carried on.
"""

from __future__ import annotations

from fractions import Fraction
from math import exp, log, sqrt


def curve(rows):
    """[(time, survival, at risk, left, censored, Greenwood's sum)] of rows (duration, observed, entry, weight)."""
    rows = [(d, seen, entry, Fraction(weight)) for d, seen, entry, weight in rows]
    survival, greenwood, found = Fraction(1), Fraction(0), []
    for time in sorted({d for d, _, _, _ in rows}):
        there = sum(w for d, _, entry, w in rows if d >= time and (entry < time or entry == 0))
        left = sum(w for d, seen, _, w in rows if d == time and seen)
        gone = sum(w for d, seen, _, w in rows if d == time and not seen)
        survival *= 1 - left / there
        greenwood = greenwood + left / (there * (there - left)) if left < there else None
        found.append((time, survival, there, left, gone, greenwood))
        if greenwood is None:
            greenwood = Fraction(0)
    return found


def bounds(survival, greenwood, z):
    """Kalbfleisch and Prentice's bounds of one point."""
    centre, error = log(-log(survival)), sqrt(greenwood) / abs(log(survival))
    return exp(-exp(centre + z * error)), exp(-exp(centre - z * error))


def area(rows, horizon):
    """Under the curve, up to the horizon."""
    total, before, height = Fraction(0), Fraction(0), Fraction(1)
    for time, survival, *_ in curve(rows):
        if time >= horizon:
            break
        total, before, height = total + (Fraction(time) - before) * height, Fraction(time), survival
    return total + (Fraction(horizon) - before) * height
