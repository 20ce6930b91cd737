"""Two records are found to be one customer: everything that changes, for one commit. And the way back.

Crosses customers and privacy. Three kinds of things are decided here:

- *Fields* are picked by a named policy, each for itself; roles are joined, for both sets of dates are true.
- *History* stays where it was recorded and is read through the redirect (``relcore.customers.Redirects``): interactions,
  cases, opportunities, orders, contact points and relationships alike. None of it can be lost.
- *Consents* and *suppressions* are carried over, every one of them. The strictest decides from then on (``may_contact``):
  a no said to one record is a no to both, and nothing is granted by merging that the customer did not grant.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

import attrs

from relcore.customers.customer import Customer, CustomerState, SinceMerge
from relcore.customers.merge import Merge, MergeState
from relcore.customers.role import RoleHeld, joined
from relcore.customers.survivorship import Claim, SurvivorshipPolicy
from relcore.ids import MergeId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment_or_none
from relcore.kernel.entity import Versioned, a
from relcore.kernel.errors import Invalid, Refused
from relcore.kernel.lifecycle import Answer
from relcore.privacy.consent import Consent
from relcore.privacy.suppression import Suppression

V = TypeVar("V", bound=Versioned)
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
    suppressions: Iterable[Suppression] = (),
) -> Changes:
    """The changes that make one customer of two, for one commit; none if they are one already.

    ``earlier`` are the records that were merged into the loser before: they are sent on to the survivor. ``consents`` and
    ``suppressions`` are those of the loser, all of them; those of others are left alone. The survivor is always among the
    changes, so that an edit by somebody faster is a conflict.

    Raises ``Refused`` with the remedy when one of the two was merged elsewhere or erased, and for a merge with itself;
    ``Invalid`` for a person and an organisation.
    """
    gone, stays = loser.customer, survivor.customer
    if gone.state is MERGED and gone.survivor == stays.id:
        return ()
    _check(gone, stays, at)
    taken = tuple(f for f in ("name", "owner") if policy.takes(f, survivor.claim(f), loser.claim(f)))
    merged = gone.merge(stays.id, at=at, by=by)
    onward = [customer.redirect(stays.id, at=at, by=by) for customer in _pointing_to(gone, earlier)]
    permissions = [c.carry(stays.id, at=at, by=by) for c in consents if c.customer == gone.id]
    blocks = [s.carry(stays.id, at=at, by=by) for s in suppressions if s.customer == gone.id]
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
        consents=[change.entity.id for change in permissions],
        suppressions=[change.entity.id for change in blocks],
    )
    name, owner, roles = _joined(made.entity, gone)
    absorbed = stays.absorb(name=name, owner=owner, roles=roles, at=at, by=by)
    return (made, merged, absorbed, *onward, *permissions, *blocks)


def unmerge(
    made: Merge,
    *,
    loser: Customer,
    survivor: Customer,
    reason: str,
    at: datetime,
    by: Actor | None = None,
    redirected: Iterable[Customer] = (),
    consents: Iterable[Consent] = (),
    suppressions: Iterable[Suppression] = (),
) -> Changes:
    """The changes that make two of them again, for one commit; none if that was done already.

    The loser is as it was, with the records that the merge names: ``redirected``, ``consents`` and ``suppressions`` must
    hold them. The survivor gives back what it took. Possible until the survivor was edited, merged or erased, or the loser
    erased: ``Refused`` says which. Merges into one survivor are taken back in reverse. What was recorded of the survivor
    since stays with the survivor.
    """
    if (loser.id, survivor.id) != (made.loser, made.survivor):
        raise Invalid("loser and survivor", "must be those of the merge", (loser.id, survivor.id))
    if made.state is MergeState.UNDONE:
        return ()
    since = SinceMerge(
        survivor_active=survivor.state is CustomerState.ACTIVE,
        survivor_edited=_joined(made, loser) != (survivor.name, survivor.owner, survivor.roles),
    )
    undone = made.undo(reason, at=at, by=by)
    own = loser.unmerge(since, at=at, by=by)
    released = survivor.release(
        name=made.former_name, owner=made.former_owner, roles=made.former_roles, at=at, by=by
    )
    sent_on = _named("redirected", made.redirected, redirected)
    permissions, blocks = (
        _named("consents", made.consents, consents),
        _named("suppressions", made.suppressions, suppressions),
    )
    return (
        undone,
        own,
        released,
        *(c.redirect(loser.id, at=at, by=by) for c in sent_on if c.state is MERGED),
        *(c.carry(loser.id, at=at, by=by) for c in permissions if c.customer == survivor.id),
        *(s.carry(loser.id, at=at, by=by) for s in blocks if s.customer == survivor.id),
    )


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


def _joined(made: Merge, gone: Customer) -> tuple[str | None, Actor | None, tuple[RoleHeld, ...]]:
    """Name, owner and roles as the merge leaves them with the survivor."""
    return (
        gone.name if "name" in made.taken else made.former_name,
        gone.owner if "owner" in made.taken else made.former_owner,
        joined(made.former_roles, gone.roles),
    )


def _pointing_to(gone: Customer, earlier: Iterable[Customer]) -> list[Customer]:
    held = list(earlier)
    if strange := [c.id for c in held if c.state is not MERGED or c.survivor != gone.id]:
        raise Invalid("earlier", "must have been merged into the loser", strange[0])
    return held


def _named(what: str, ids: Iterable[str], records: Iterable[V]) -> list[V]:
    """Those of the records that the merge names; all of them must be there."""
    held: dict[str, V] = {record.id: record for record in records}
    if missing := [id for id in ids if id not in held]:
        raise Invalid(what, "must hold every record that the merge names", missing[0])
    return [held[id] for id in ids]
