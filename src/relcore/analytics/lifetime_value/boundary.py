"""What it means that the chances of customers have no peak: they are all alike, or they are certain."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from relcore.analytics.uncertainty import Evidence

_ALIKE = 1e4  # the sum of Beta's parameters above which a chance hardly differs between customers
_CERTAIN = 1e-3


def named(evidence: Evidence, chances: Sequence[tuple[float, float, str, str, str]]) -> Evidence:
    """The evidence of a fit that did not converge, with a remark that begins with what became of its chances.

    chances : of each its Beta(a, b), what it means if it is 0 and if it is 1, and if all customers have the same.
    """
    if evidence.converged:
        return evidence
    says: list[str] = []
    for a, b, never, always, alike in chances:
        if a < _CERTAIN * b:
            says.append(never)
        elif b < _CERTAIN * a:
            says.append(always)
        elif a + b > _ALIKE:
            says.append(alike)
    if not says:
        return evidence
    return attrs.evolve(evidence, remark=f"{' and '.join(says)}: {evidence.remark}")
