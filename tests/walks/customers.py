"""Customers, their contact points, relationships and merges, walked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from relcore import ContactPoint, Customer, Relationship
from relcore.customers import (
    Bounce,
    ContactKind,
    ContactPointState,
    CustomerKind,
    Merge,
    MergeState,
    PartyRole,
    Purpose,
    RelationshipState,
    RelationshipType,
    RoleHeld,
    SinceMerge,
    Validity,
)
from relcore.customers.customer import CustomerState, Ends, MergeInto, TakesOn
from relcore.customers.relationship import RULES, Ending
from relcore.ids import ConsentId, ContactPointId, CustomerId, MergeId, RelationshipId, SuppressionId
from relcore.kernel.change import Change
from tests.strategies import NOON, actors, customer_ids, maybe, texts
from tests.walks.walk import ME, Given, Walk, soon

LATER = NOON + timedelta(days=30)
ADA, AUGUSTA = CustomerId.imported("shop", "ada"), CustomerId.imported("shop", "augusta")
FORMER = (RoleHeld(PartyRole.PROSPECT, NOON, LATER), RoleHeld(PartyRole.CUSTOMER, LATER))

roles = st.sampled_from(PartyRole)
spans = st.builds(RoleHeld, roles, soon) | st.builds(RoleHeld, roles, st.just(NOON), st.just(LATER))
held = st.lists(spans, max_size=3).map(tuple)
known = {"name": maybe(texts), "owner": maybe(actors), "roles": held}
statuses = st.sampled_from([None, "4.2.2", "5.0.0", "5.1.1", "5.1.8", "5.2.2", "5.4.4", "5.7.1"])
bounces = {"bounce": st.builds(Bounce, statuses)}
validities = st.builds(Validity, maybe(soon), maybe(soon))
values = st.sampled_from(
    [
        (ContactKind.EMAIL, "ada@example.org"),
        (ContactKind.PHONE, "+49 30 1234567"),
        (ContactKind.SOCIAL, "@Ada"),
    ]
) | st.tuples(st.just(ContactKind.POST), texts)


def _customer_facts(given: Given) -> list[object]:
    if "survivor" in given:
        return [MergeInto(given["survivor"])]
    if "since" in given and "role" in given:
        return [TakesOn(given["role"], given["since"])]
    if "until" in given:
        return [Ends(given["role"], given["until"])]
    return [given["since"]] if "since" in given else []


def _added(id: ContactPointId, customer: CustomerId, value: tuple[ContactKind, str]) -> Change[ContactPoint]:
    return ContactPoint.add(id, customer=customer, kind=value[0], value=value[1], at=NOON)


@st.composite
def _established(draw: st.DrawFn) -> Change[Relationship]:
    type = draw(st.sampled_from(RelationshipType))
    rules, ids = RULES[type], draw(st.lists(customer_ids, min_size=2, max_size=2, unique=True))
    source, target = (
        Customer(id, "Ada", draw(st.sampled_from(kinds)), roles=(RoleHeld(role, NOON),) if role else ())
        for id, kinds, role in (
            (ids[0], rules.source, None),
            (ids[1], rules.target, rules.target_role),
        )
    )
    id = RelationshipId.of(draw(st.uuids()))
    return Relationship.establish(
        id, type=type, source=source, target=target, others=(), at=NOON, title=draw(maybe(texts))
    )


WALKS: dict[type[Any], Walk] = {
    Customer: Walk(
        Customer(
            ADA,
            "Ada \u00c9 \U0001f600",
            CustomerKind.PERSON,
            CustomerState.ACTIVE,
            created_at=NOON,
            owner=ME,
            survivor=AUGUSTA,
            roles=FORMER,
            version=3,
        ),
        st.builds(
            Customer.create,
            customer_ids,
            name=texts,
            at=st.just(NOON),
            kind=st.just(CustomerKind.PERSON),
            roles=st.lists(roles, max_size=2),
        )
        | st.builds(
            Customer.create,
            customer_ids,
            name=texts,
            at=st.just(NOON),
            kind=st.just(CustomerKind.ORGANISATION),
        ),
        {
            "rename": {"name": texts},
            "assign": {"owner": actors},
            "take_on_role": {"role": roles, "since": maybe(soon)},
            "end_role": {"role": roles, "until": maybe(soon)},
            "absorb": known | {"name": texts},
            "release": known | {"name": texts},
            "merge": {"survivor": customer_ids},
            "redirect": {"survivor": customer_ids},
            "unmerge": {"since": st.builds(SinceMerge, st.booleans(), st.booleans())},
            "erase": {},
        },
        _customer_facts,
    ),
    ContactPoint: Walk(
        ContactPoint(
            ContactPointId.imported("shop", "ada"),
            ADA,
            ContactKind.EMAIL,
            "ada@example.org",
            NOON,
            (Purpose.BILLING, Purpose.SUPPORT),
            ContactPointState.UNDELIVERABLE,
            Validity(NOON, LATER),
            preferred=True,
            verified_at=NOON,
            verified_how="link",
            delivered_at=NOON,
            soft_bounces=(NOON, LATER),
            undeliverable_since=LATER,
            undeliverable_status="5.1.1",
            retire_reason="moved",
            version=4,
        ),
        st.builds(_added, st.uuids().map(ContactPointId.of), customer_ids, values),
        {
            "verify": {"how": texts},
            "note_delivery": {},
            "hard_bounce": bounces,
            "soft_bounce": bounces,
            "prefer": {},
            "stop_preferring": {},
            "repurpose": {"purposes": st.lists(st.sampled_from(Purpose), min_size=1, max_size=3)},
            "limit": {"validity": validities},
            "retire": {"reason": texts},
            "reinstate": {},
            "erase": {},
        },
        lambda given: [given[name] for name in ("bounce", "validity") if name in given],
    ),
    Relationship: Walk(
        Relationship(
            RelationshipId.imported("shop", "1"),
            RelationshipType.EMPLOYMENT,
            ADA,
            AUGUSTA,
            NOON,
            until=LATER,
            state=RelationshipState.VOID,
            title="Head of Purchasing",
            end_reason="retired",
            void_reason="another Ada",
            version=3,
        ),
        _established(),
        {
            "describe": {"title": maybe(texts)},
            "end": {"reason": texts, "until": maybe(soon)},
            "void": {"reason": texts},
        },
        lambda given: [Ending(given["until"])] if "until" in given else [],
    ),
    Merge: Walk(
        Merge(
            MergeId.imported("shop", "1"),
            ADA,
            AUGUSTA,
            "newest",
            NOON,
            MergeState.UNDONE,
            because="same number",
            taken=("name",),
            former_name="Augusta King",
            former_owner=ME,
            former_roles=FORMER,
            redirected=(CustomerId.imported("shop", "byron"),),
            consents=(ConsentId.imported("shop", "1"),),
            suppressions=(SuppressionId.imported("shop", "1"),),
            undo_reason="her mother",
            undone_at=LATER,
            version=2,
        ),
        st.builds(
            Merge.make,
            st.uuids().map(MergeId.of),
            loser=st.just(ADA),
            survivor=st.just(AUGUSTA),
            policy=texts,
            at=st.just(NOON),
            because=maybe(texts),
            former_name=maybe(texts),
            former_roles=held,
        ),
        {"undo": {"reason": texts}, "erase": {}},
    ),
}
