"""Chains of states in fractions: no floating point, no linear algebra but schoolbook elimination."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction


def counts(pairs):
    """How often each pair occurs."""
    return Counter(pairs)


def shares(table):
    """Rows of counts as rows of fractions; a row without counts stays zero."""
    return [[Fraction(c, sum(row)) if sum(row) else Fraction(0) for c in row] for row in table]


def solved(matrix, right):
    """The solution of a regular system, by elimination with a search for a pivot."""
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    n = len(rows)
    for i in range(n):
        pivot = next(r for r in range(i, n) if rows[r][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for r in range(n):
            if r != i and rows[r][i] != 0:
                rows[r] = [a - rows[r][i] * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [row[-1] for row in rows]


def can_reach(p, goal, barred=frozenset()):
    """The states with a way into the goal that does not lead through the barred ones."""
    found, grown = set(goal), True
    while grown:
        grown = False
        for i, row in enumerate(p):
            if i not in found and i not in barred and any(row[j] > 0 for j in found):
                found.add(i)
                grown = True
    return found


def time_to(p, goal):
    """Expected steps until the goal from each state; None where it may never be reached."""
    n, hopeful = len(p), can_reach(p, goal)
    lost = {i for i in range(n) if i not in hopeful}
    in_danger = can_reach(p, lost, barred=frozenset(goal)) if lost else set()
    inner = [i for i in range(n) if i not in goal and i not in in_danger]
    matrix = [[Fraction(int(i == j)) - p[i][j] for j in inner] for i in inner]
    found = dict(zip(inner, solved(matrix, [Fraction(1)] * len(inner)), strict=True))
    return [Fraction(0) if i in goal else found.get(i) for i in range(n)]


def chance_of(p, goal):
    """The chance ever to reach the goal from each state."""
    hopeful = sorted(can_reach(p, goal) - set(goal))
    matrix = [[Fraction(int(i == j)) - p[i][j] for j in hopeful] for i in hopeful]
    right = [sum((p[i][j] for j in goal), Fraction(0)) for i in hopeful]
    found = dict(zip(hopeful, solved(matrix, right), strict=True))
    return [Fraction(1) if i in goal else found.get(i, Fraction(0)) for i in range(len(p))]
