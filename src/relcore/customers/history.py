"""The history of one customer, folded from facts as of a moment by the table of the customer lifecycle.

What was *recognised* by the moment asked for decides where somebody stood; when it *happened* decides how long they
stayed there. A colleague who knows better may say so for a time: that is a layer above the history and never in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from relcore.customers.lifecycle import Standing, customer_lifecycle
from relcore.customers.lifecycle_facts import SPOKEN, AnyFact, OverrideLifted, StageOverridden, in_time
from relcore.customers.lifecycle_policy import LifecyclePolicy
from relcore.customers.stage import Stage
from relcore.ids import CustomerId
from relcore.kernel.clock import aware
from relcore.kernel.lifecycle import Given


@attrs.frozen
class Stay:
    """One stay in one stage, half-open: ``[start, stop)``; ``stop`` is None for the one that goes on."""

    stage: Stage
    start: datetime
    stop: datetime | None
    cause: str
    """The fact or the rule of time that began it."""
    spell: int
    """1 for the first time as a customer, one more for each return from churned."""
    recognised_at: datetime
    """From when on all that it rests on was known: whoever asked as of then was told of this stay, and nobody before."""

    @property
    def returned(self) -> bool:
        return self.spell > 1


@attrs.frozen
class Ignored:
    """A fact that the table has no row for: it changed nothing, and is a question about the data."""

    fact: AnyFact
    stage: Stage


@attrs.frozen
class CustomerHistory:
    """What the facts come to, as of a moment."""

    customer: CustomerId
    as_of: datetime
    stays: tuple[Stay, ...]
    """They tile the time from the first fact to ``as_of``: empty when nothing was known by then."""
    ignored: tuple[Ignored, ...]
    override: StageOverridden | None = None
    """What a colleague says against it at ``as_of``: the stays know nothing of it."""

    @property
    def stage(self) -> Stage | None:
        """Where the customer stands; None when nothing was known by then."""
        return self.override.stage if self.override else self.computed

    @property
    def computed(self) -> Stage | None:
        """Where the facts alone put the customer."""
        return self.stays[-1].stage if self.stays else None


def fold(
    customer: CustomerId, facts: Iterable[AnyFact], *, policy: LifecyclePolicy, as_of: datetime
) -> CustomerHistory:
    """The history of one customer, from the facts that were recognised by ``as_of``.

    Facts come in any order; those of one moment count in the order of `KINDS`, so that good news comes first and an
    end last. The answer depends on nothing else.

    >>> from datetime import UTC, datetime
    >>> from relcore.customers.lifecycle_facts import Ordered
    >>> ada = CustomerId.imported("shop", "ada")
    >>> facts = [Ordered(at=datetime(2026, 1, 5, tzinfo=UTC)), Ordered(at=datetime(2026, 2, 3, tzinfo=UTC))]
    >>> history = fold(ada, facts, policy=LifecyclePolicy(), as_of=datetime(2026, 7, 1, tzinfo=UTC))
    >>> [(str(stay.stage), f"{stay.start:%d %B}", stay.cause) for stay in history.stays]
    [('new', '05 January', 'Ordered'), ('retained', '03 February', 'Ordered'), ('at_risk', '03 June', 'long_silence')]
    """
    as_of = aware("as_of", as_of)
    known = sorted((fact for fact in facts if fact.recognised_at <= as_of and fact.at <= as_of), key=in_time)
    if not known:
        return CustomerHistory(customer, as_of, (), ())
    first = known[0]
    walk = _Walk(Standing(customer, since=first.at), policy, first.recognised_at)
    walk.stays.append(Stay(Stage.AWARE, first.at, None, "known", 1, first.recognised_at))
    for fact in known:
        walk.pass_time(fact.at)
        walk.hear(fact)
    walk.pass_time(as_of)
    override = in_force(known, as_of=as_of, computed=walk.standing.state)
    return CustomerHistory(customer, as_of, _tiled(walk.stays), tuple(walk.ignored), override)


def in_force(known: Sequence[AnyFact], *, as_of: datetime, computed: Stage) -> StageOverridden | None:
    """What colleagues say: the last word of those that hold. Nobody speaks against a death or an erasure.

    known : in the order of ``in_time``, what was recognised by ``as_of``.
    """
    if computed in (Stage.DECEASED, Stage.ERASED):
        return None
    for fact in reversed(known):
        if isinstance(fact, OverrideLifted):
            return None
        if isinstance(fact, StageOverridden) and as_of < fact.until:
            return fact
    return None


@attrs.define
class _Walk:
    """One customer on the way through the table."""

    standing: Standing
    policy: LifecyclePolicy
    recognised_at: datetime
    """When the last of all that was told so far became known."""
    stays: list[Stay] = attrs.field(factory=list[Stay])
    ignored: list[Ignored] = attrs.field(factory=list[Ignored])

    def hear(self, fact: AnyFact) -> None:
        self.recognised_at = max(self.recognised_at, fact.recognised_at)
        if isinstance(fact, SPOKEN):
            return
        standing = self.standing
        standing.sign(fact)
        if not customer_lifecycle.knows(standing.state, type(fact)):
            self.ignored.append(Ignored(fact, standing.state))
            return
        standing.take(fact, self.policy)
        row = customer_lifecycle.told(standing, Given(fact.at, facts=(self.policy, fact)), fact)
        if row is not None and row.to is not None:
            self._move(row.to, fact.at, row.name)

    def pass_time(self, until: datetime) -> None:
        """What time alone does up to a moment, that moment included: a customer who comes too late was gone."""
        given = Given(until, facts=(self.policy,))
        while True:
            ahead = customer_lifecycle.due(self.standing, given)
            if ahead is None:
                return
            moment, row = ahead
            if moment > until or row.to is None:
                return
            # Never before the present stage began: a score may have moved a customer earlier than the silence would have.
            self._move(row.to, max(moment, self.standing.since or moment), row.name)

    def _move(self, to: Stage, at: datetime, cause: str) -> None:
        self.standing.state, self.standing.since = to, at
        known = max(at, self.recognised_at)
        self.stays.append(Stay(to, at, None, cause, self.standing.spell, known))


def _tiled(stays: list[Stay]) -> tuple[Stay, ...]:
    """Each stay ends where the next begins; one that took no time is passed over."""
    ends = [stay.start for stay in stays[1:]]
    closed = [
        attrs.evolve(stay, stop=end) for stay, end in zip(stays, ends, strict=False) if stay.start < end
    ]
    return (*closed, *stays[-1:])
