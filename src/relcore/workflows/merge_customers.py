"""Two records are found to be one customer: everything that changes, for one commit. And the way back.

Crosses customers and privacy. Three kinds of things are decided here:

- *Fields* are picked by a named policy, each for itself; roles are joined, for both sets of dates are true.
- *History* stays where it was recorded and is read through the redirect (``relcore.customers.Redirects``): interactions,
  cases, opportunities, orders, contact points, relationships, consents and suppressions alike. None of it can be lost.
- *Consent*: a no said to one record is a no to both. What the other record had granted is withdrawn at once; silence is no
  refusal, and a merge never grants anything. Only the customer can reopen it, so taking the merge back does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from relcore.customers.customer import Customer, CustomerState, SinceMerge
from relcore.customers.merge import Merge, MergeState
from relcore.customers.role import RoleHeld, joined
from relcore.customers.survivorship import Claim, SurvivorshipPolicy
from relcore.ids import MergeId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment_or_none
from relcore.kernel.entity import a
from relcore.kernel.errors import Invalid, Refused
from relcore.kernel.lifecycle import Answer
from relcore.privacy.consent import Consent, ConsentState

Changes = tuple[Change[Any], ...]
MERGED = CustomerState.MERGED


@attrs.frozen
class Known:
    """A customer record with what speaks for it: when it was last edited, where it comes from, which fields were checked.

    Without ``edited_at`` it is as old as the record.
    """

    customer: Customer = attrs.field(validator=a(Customer))
    edited_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    source: str | None = None
    verified: tuple[str, ...] = ()

    def claim(self, field: str) -> Claim[Any]:
        """What it says in one field."""
        said_at = self.edited_at or self.customer.created_at
        return Claim(getattr(self.customer, field), said_at, self.source, field in self.verified)


def merge(
    id: MergeId,
    *,
    loser: Known,
    survivor: Known,
    policy: SurvivorshipPolicy,
    at: datetime,
    by: Actor | None = None,
    because: str | None = None,
    earlier: Iterable[Customer] = (),
    consents: Iterable[Consent] = (),
) -> Changes:
    """The changes that make one customer of two, for one commit; none if they are one already.

    ``earlier`` are the records that were merged into the loser before: they are sent on to the survivor. ``consents`` are
    those of both. The survivor is always among the changes, so that an edit by somebody faster is a conflict.

    Raises ``Refused`` with the remedy when one of the two was merged elsewhere or erased, and for a merge with itself;
    ``Invalid`` for a person and an organisation.
    """
    gone, stays = loser.customer, survivor.customer
    if gone.state is MERGED and gone.survivor == stays.id:
        return ()
    _check(gone, stays, at)
    taken = [f for f in ("name", "owner") if policy.takes(f, survivor.claim(f), loser.claim(f))]
    roles = joined(stays.roles, gone.roles)
    merged = gone.merge(stays.id, at=at, by=by)
    absorbed = stays.absorb(
        **_after(taken, gone=gone, former_name=stays.name, former_owner=stays.owner),
        roles=roles,
        at=at,
        by=by,
    )
    onward = [customer.redirect(stays.id, at=at, by=by) for customer in _pointing_to(gone, earlier)]
    withdrawn = _withdrawn(gone, stays, consents, at=at, by=by)
    made = Merge.make(
        id,
        loser=gone.id,
        survivor=stays.id,
        policy=policy.name,
        at=at,
        by=by,
        because=because,
        taken=taken,
        former_name=stays.name,
        former_owner=stays.owner,
        former_roles=stays.roles,
        redirected=[change.entity.id for change in onward],
        withdrawn=[change.entity.id for change in withdrawn],
    )
    return (made, merged, absorbed, *onward, *withdrawn)


def unmerge(
    made: Merge,
    *,
    loser: Customer,
    survivor: Customer,
    reason: str,
    at: datetime,
    by: Actor | None = None,
    redirected: Iterable[Customer] = (),
) -> Changes:
    """The changes that make two of them again, for one commit; none if that was done already.

    The loser is as it was; the survivor gives back what it took. Possible until the survivor was edited, merged or erased,
    or the loser erased: ``Refused`` says which. Merges into one survivor are taken back in reverse. History that was
    recorded since stays with the record it was recorded under.
    """
    if (loser.id, survivor.id) != (made.loser, made.survivor):
        raise Invalid("loser and survivor", "must be those of the merge", (loser.id, survivor.id))
    if made.state is MergeState.UNDONE:
        return ()
    before = {c.id: c for c in redirected}
    if missing := set(made.redirected) - set(before):
        raise Invalid("redirected", "must hold every record that the merge sent on", min(missing))
    since = SinceMerge(
        survivor_active=survivor.state is CustomerState.ACTIVE,
        survivor_edited=_survivor_as_left(made, loser) != (survivor.name, survivor.owner, survivor.roles),
    )
    undone = made.undo(reason, at=at, by=by)
    own = loser.unmerge(since, at=at, by=by)
    released = survivor.release(
        name=made.former_name, owner=made.former_owner, roles=made.former_roles, at=at, by=by
    )
    back = [before[id] for id in made.redirected if before[id].state is MERGED]
    return (undone, own, released, *(customer.redirect(loser.id, at=at, by=by) for customer in back))


def _check(gone: Customer, stays: Customer, at: datetime) -> None:
    if gone.state is MERGED:
        raise _refused(gone, "merge", f"it was merged into {gone.survivor}; merge that one, or undo it", at)
    if stays.state is MERGED:
        raise _refused(stays, "absorb", f"it was itself merged; merge into {stays.survivor} instead", at)
    if gone.kind is not stays.kind:
        raise Invalid("survivor", f"must be a {gone.kind} like the loser", stays.kind, "relate them instead")


def _refused(customer: Customer, move: str, reason: str, at: datetime) -> Refused:
    allowed = tuple(o.move for o in customer.moves(at=at) if o.answer is Answer.ALLOWED)
    return Refused(customer.id, customer.state, move, (reason,), allowed)


def _after(
    taken: Iterable[str], *, gone: Customer, former_name: str | None, former_owner: Actor | None
) -> dict[str, Any]:
    """Name and owner of the survivor after the merge."""
    former = {"name": former_name, "owner": former_owner}
    return former | {field: getattr(gone, field) for field in taken}


def _survivor_as_left(made: Merge, loser: Customer) -> tuple[str | None, Actor | None, tuple[RoleHeld, ...]]:
    left = _after(made.taken, gone=loser, former_name=made.former_name, former_owner=made.former_owner)
    return left["name"], left["owner"], joined(made.former_roles, loser.roles)


def _pointing_to(gone: Customer, earlier: Iterable[Customer]) -> list[Customer]:
    held = list(earlier)
    if strange := [c.id for c in held if c.state is not MERGED or c.survivor != gone.id]:
        raise Invalid("earlier", "must have been merged into the loser", strange[0])
    return held


def _withdrawn(
    gone: Customer, stays: Customer, consents: Iterable[Consent], *, at: datetime, by: Actor | None
) -> list[Change[Consent]]:
    """Consents of either that give way to a no of the other."""
    held = [consent for consent in consents if consent.customer in (gone.id, stays.id)]
    refused = {_about(c) for c in held if c.state in (ConsentState.WITHDRAWN, ConsentState.REFUSED)}
    giving_way = [c for c in held if _about(c) in refused and "withdraw" in Consent.lifecycle.table[c.state]]
    return [consent.withdraw(at=at, by=by) for consent in giving_way]


def _about(consent: Consent) -> tuple[object, ...]:
    return consent.channel, consent.purpose, consent.controller
