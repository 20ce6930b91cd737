"""Two records are found to be one customer, and two again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import (
    Actor,
    Case,
    Consent,
    ContactPoint,
    Customer,
    Interaction,
    Invalid,
    Money,
    Opportunity,
    Order,
    Refused,
    VersionConflict,
    Workspace,
)
from relcore.channel import Channel
from relcore.customers import (
    ContactKind,
    ContactPointFields,
    CustomerFields,
    CustomerKind,
    CustomerState,
    Merge,
    PartyRole,
    Redirects,
    SurvivorshipPolicy,
)
from relcore.ids import (
    CaseId,
    ConsentId,
    ContactPointId,
    CustomerId,
    InteractionId,
    MergeId,
    OpportunityId,
    OrderId,
    SuppressionId,
)
from relcore.interactions import Direction, InteractionFields, Participant, Role
from relcore.kernel.change import Change
from relcore.privacy import ConsentFields, Proof, Suppression, SuppressionKind, may_contact
from relcore.privacy.suppression import SuppressionFields
from relcore.sales import OpportunityFields, OrderFields, Pipeline
from relcore.service import CaseFields
from relcore.storage import in_memory
from relcore.testing import CountingIds
from relcore.workflows import Known, merge, unmerge
from tests.strategies import NOON, actors, maybe, texts

ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")
ADA_HERSELF = Actor("customer", "ada")
DAY = timedelta(days=1)
KEEP_SURVIVOR = SurvivorshipPolicy.keep_survivor()
NEWEST = SurvivorshipPolicy.newest()
MOST_COMPLETE = SurvivorshipPolicy.most_complete()
VERIFIED = SurvivorshipPolicy.verified()
LATER = NOON + 10 * DAY
IDS = CountingIds()
PROOF = Proof("notice-3", "9f86d081", "form")


def customer(name: str = "Ada", **given: Any) -> Customer:
    return Customer.create(IDS.new(CustomerId), name=name, at=NOON, **given).entity


def merged(
    loser: Customer, survivor: Customer, policy: Any = KEEP_SURVIVOR, **given: Any
) -> tuple[Change[Any], ...]:
    return merge(
        IDS.new(MergeId),
        loser=Known(loser),
        survivor=Known(survivor),
        policy=policy,
        at=LATER,
        by=ME,
        **given,
    )


def after(changes: Sequence[Change[Any]], *held: Any) -> list[Any]:
    """These records as the changes leave them."""
    new = {change.entity.id: change.entity for change in changes}
    return [new.get(each.id, each) for each in held]


def the_merge(changes: Sequence[Change[Any]]) -> Merge:
    return next(change.entity for change in changes if isinstance(change.entity, Merge))


# --- C1: an event with its inverse ----------------------------------------------------------------


def test_c1_the_loser_keeps_what_it_was_and_sends_on_to_the_survivor() -> None:
    ada, augusta = customer("Ada", owner=ME, roles=[PartyRole.DONOR]), customer("Augusta")

    gone, stays = after(merged(ada, augusta), ada, augusta)

    assert (gone.state, gone.survivor) == (CustomerState.MERGED, augusta.id)
    assert attrs.evolve(gone, state=ada.state, survivor=None) == ada
    assert stays.state is CustomerState.ACTIVE
    assert Redirects.of([gone, stays]).resolve(ada.id) == augusta.id


def test_c1_merging_again_changes_nothing() -> None:
    ada, augusta = customer(), customer()

    gone, stays = after(merged(ada, augusta), ada, augusta)

    assert merged(gone, stays) == ()


def test_c1_a_customer_is_not_merged_with_itself() -> None:
    ada = customer()

    with pytest.raises(Refused, match="it cannot be merged into itself"):
        merged(ada, ada)


def test_c1_merging_into_a_merged_one_is_refused_and_names_the_survivor() -> None:
    ada, augusta, byron = customer(), customer(), customer()
    gone, stays = after(merged(ada, augusta), ada, augusta)

    with pytest.raises(Refused, match=f"it was itself merged; merge into {stays.id} instead") as refused:
        merged(byron, gone)
    assert refused.value.allowed == ("erase",)


def test_c1_a_merged_one_is_not_merged_elsewhere() -> None:
    ada, augusta, byron = customer(), customer(), customer()
    gone, stays = after(merged(ada, augusta), ada, augusta)

    with pytest.raises(Refused, match=f"it was merged into {stays.id}; merge that one, or undo it"):
        merged(gone, byron)


def test_c1_an_erased_one_is_not_merged_at_all() -> None:
    ada, erased = customer(), customer().erase(at=NOON).entity

    with pytest.raises(Refused, match="there is no merge from erased"):
        merged(erased, ada)
    with pytest.raises(Refused, match="there is no absorb from erased"):
        merged(ada, erased)


def test_a_person_is_not_merged_with_an_organisation() -> None:
    with pytest.raises(Invalid, match="relate them instead"):
        merged(customer(), customer(kind=CustomerKind.ORGANISATION))


def test_c1_chains_are_shortened_and_restored() -> None:
    ada, augusta, byron = customer(), customer(), customer()
    ada, augusta = after(merged(ada, augusta), ada, augusta)

    second = merged(augusta, byron, earlier=[ada])
    ada, augusta, byron = after(second, ada, augusta, byron)
    assert (ada.survivor, augusta.survivor) == (byron.id, byron.id)

    undone = unmerge(
        the_merge(second), loser=augusta, survivor=byron, redirected=[ada], reason="no", at=LATER
    )
    ada, augusta = after(undone, ada, augusta)
    assert (ada.survivor, augusta.state) == (augusta.id, CustomerState.ACTIVE)


def test_only_records_that_were_merged_into_the_loser_are_sent_on() -> None:
    with pytest.raises(Invalid, match="must have been merged into the loser"):
        merged(customer(), customer(), earlier=[customer()])


kept_roles = st.lists(st.sampled_from(PartyRole), max_size=3)


@given(
    texts, texts, maybe(actors), maybe(actors), kept_roles, kept_roles,
    st.sampled_from([KEEP_SURVIVOR, NEWEST, MOST_COMPLETE, VERIFIED]),
)  # fmt: skip
def test_c1_taking_it_back_leaves_both_as_they_were(
    one: str, other: str, mine: Any, yours: Any, here: list[Any], there: list[Any], policy: Any
) -> None:
    loser, survivor = customer(one, owner=mine, roles=here), customer(other, owner=yours, roles=there)
    known = {"edited_at": LATER, "verified": ("name",)}

    changes = merge(
        IDS.new(MergeId), loser=Known(loser, **known), survivor=Known(survivor), policy=policy, at=LATER
    )
    gone, stays = after(changes, loser, survivor)
    back = unmerge(the_merge(changes), loser=gone, survivor=stays, reason="two", at=LATER + DAY)

    assert after(back, gone, stays) == [loser, survivor]
    assert unmerge(the_merge(back), loser=loser, survivor=survivor, reason="two", at=LATER + DAY) == ()


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda c: c.rename("Countess", at=LATER), "its survivor was edited since"),
        (lambda c: c.assign(YOU, at=LATER), "its survivor was edited since"),
        (lambda c: c.take_on_role(PartyRole.VENDOR, at=LATER), "its survivor was edited since"),
        (lambda c: c.merge(IDS.new(CustomerId), at=LATER), "was itself merged or erased since"),
        (lambda c: c.erase(at=LATER), "was itself merged or erased since"),
    ],
)
def test_c1_it_is_not_taken_back_once_the_survivor_went_on(edit: Any, reason: str) -> None:
    ada, augusta = customer(), customer()
    changes = merged(ada, augusta)
    gone, stays = after(changes, ada, augusta)

    with pytest.raises(Refused, match=reason):
        unmerge(the_merge(changes), loser=gone, survivor=edit(stays).entity, reason="two", at=LATER)


def test_c1_it_is_not_taken_back_once_the_loser_was_erased_or_before_it_was_made() -> None:
    ada, augusta = customer(), customer()
    changes = merged(ada, augusta)
    gone, stays = after(changes, ada, augusta)

    with pytest.raises(Refused, match="there is no unmerge from erased"):
        unmerge(the_merge(changes), loser=gone.erase(at=LATER).entity, survivor=stays, reason="two", at=LATER)
    with pytest.raises(Refused, match="that is before it was made"):
        unmerge(the_merge(changes), loser=gone, survivor=stays, reason="two", at=NOON)
    with pytest.raises(Invalid, match="must be those of the merge"):
        unmerge(the_merge(changes), loser=stays, survivor=gone, reason="two", at=LATER)


def test_c1_two_merges_into_one_are_taken_back_in_reverse() -> None:
    ada, byron, stays = customer("Ada", roles=[PartyRole.DONOR]), customer("Byron Ada"), customer("A")
    first = merge(IDS.new(MergeId), loser=Known(ada), survivor=Known(stays), policy=MOST_COMPLETE, at=LATER)
    ada2, middle = after(first, ada, stays)
    second = merge(
        IDS.new(MergeId), loser=Known(byron), survivor=Known(middle), policy=MOST_COMPLETE, at=LATER
    )
    byron2, last = after(second, byron, middle)

    with pytest.raises(Refused, match="its survivor was edited since"):
        unmerge(the_merge(first), loser=ada2, survivor=last, reason="two", at=LATER)
    back = unmerge(the_merge(second), loser=byron2, survivor=last, reason="two", at=LATER)
    again = after(back, last)[0]
    assert again == middle
    back = unmerge(the_merge(first), loser=ada2, survivor=again, reason="two", at=LATER)
    assert after(back, ada2, again) == [ada, stays]


# --- C2: no history is lost -----------------------------------------------------------------------


@pytest.fixture
def workspace() -> Workspace:
    return Workspace(in_memory(), tenant="acme", ids=CountingIds())


def histories(workspace: Workspace, of: CustomerId) -> list[Change[Any]]:
    """One record of each kind that is kept about a customer."""
    new, pipeline = workspace.new, Pipeline.of("new business", {"qualify": 0.1})
    return [
        Case.open(new(CaseId), customer=of, subject="Hello", at=NOON),
        Order.place(new(OrderId), customer=of, amount=Money("1", "EUR"), at=NOON),
        Opportunity.open(
            new(OpportunityId), customer=of, name="An engine", pipeline=pipeline, amount=Money("1", "EUR"), at=NOON
        ),
        Interaction.record(
            new(InteractionId), customer=of, channel=Channel.PHONE, direction=Direction.INBOUND,
            participants=[Participant(ME, Role.TO)], happened_at=NOON, at=NOON,
        ),
        ContactPoint.add(
            new(ContactPointId), customer=of, kind=ContactKind.EMAIL, value="ada@example.org", at=NOON
        ),
        consent(of),
        suppression(of),
    ]  # fmt: skip


ABOUT_CUSTOMERS: list[tuple[type[Any], Any]] = [
    (Case, CaseFields), (Order, OrderFields), (Opportunity, OpportunityFields), (Interaction, InteractionFields),
    (ContactPoint, ContactPointFields), (Consent, ConsentFields), (Suppression, SuppressionFields),
]  # fmt: skip


def consent(of: CustomerId, controller: str = "acme") -> Change[Consent]:
    return Consent.note(
        IDS.new(ConsentId), customer=of, channel=Channel.EMAIL, purpose="offers", controller=controller,
        proof=PROOF, at=NOON,
    )  # fmt: skip


def suppression(of: CustomerId) -> Change[Suppression]:
    return Suppression.impose(
        IDS.new(SuppressionId), kind=SuppressionKind.OBJECTION, reason="asked", customer=of, at=NOON
    )


def test_c2_all_of_the_loser_s_history_is_found_under_the_survivor(workspace: Workspace) -> None:
    ada, augusta = customer(), customer()
    kept = histories(workspace, ada.id)
    workspace.commit(*(made(c) for c in (ada, augusta)), *kept)

    workspace.commit(*merge_from(workspace, ada.id, augusta.id))

    redirects = Redirects.of(workspace.each(Customer, CustomerFields.state.is_(CustomerState.MERGED)))
    family = redirects.family(augusta.id)
    for (entity, fields), change in zip(ABOUT_CUSTOMERS, kept, strict=True):
        found = workspace.find(entity, fields.customer.one_of(*family)).rows
        assert [row.id for row in found] == [change.entity.id], entity


def test_c2_a_merge_that_is_taken_back_leaves_each_with_its_own_history(workspace: Workspace) -> None:
    ada, augusta = customer(), customer()
    theirs = {id: histories(workspace, id) for id in (ada.id, augusta.id)}
    workspace.commit(*(made(c) for c in (ada, augusta)), *theirs[ada.id], *theirs[augusta.id])
    changes = merge_from(workspace, ada.id, augusta.id)
    workspace.commit(*changes)

    workspace.commit(
        *unmerge(
            workspace.get(Merge, the_merge(changes).id),
            loser=workspace.get(Customer, ada.id),
            survivor=workspace.get(Customer, augusta.id),
            consents=workspace.each(Consent),
            suppressions=workspace.each(Suppression),
            reason="two",
            at=LATER,
        )
    )

    for id, kept in theirs.items():
        for (entity, fields), change in zip(ABOUT_CUSTOMERS, kept, strict=True):
            assert [r.id for r in workspace.find(entity, fields.customer.is_(id)).rows] == [change.entity.id]


def test_c1_an_edit_by_somebody_faster_is_a_conflict(workspace: Workspace) -> None:
    ada, augusta = customer(), customer()
    workspace.commit(*(made(c) for c in (ada, augusta)))
    changes = merge_from(workspace, ada.id, augusta.id)
    workspace.apply(Customer, augusta.id, lambda c: c.rename("Countess", at=LATER))

    with pytest.raises(VersionConflict):
        workspace.commit(*changes)
    assert workspace.get(Customer, ada.id).state is CustomerState.ACTIVE


def made(held: Customer) -> Change[Customer]:
    return Customer.create(held.id, name=held.name or "", at=NOON)


def merge_from(workspace: Workspace, loser: CustomerId, survivor: CustomerId) -> tuple[Change[Any], ...]:
    return merge(
        workspace.new(MergeId),
        loser=Known(workspace.get(Customer, loser)),
        survivor=Known(workspace.get(Customer, survivor)),
        policy=NEWEST,
        consents=workspace.find(Consent, ConsentFields.customer.is_(loser)).rows,
        suppressions=workspace.find(Suppression, SuppressionFields.customer.is_(loser)).rows,
        at=LATER,
    )


# --- C3: the strictest consent wins ---------------------------------------------------------------


def answer(of: Customer, consents: Sequence[Consent], suppressions: Sequence[Suppression] = ()) -> str:
    verdict = may_contact(
        of.id, channel=Channel.EMAIL, purpose="offers", controller="acme", at=LATER + DAY,
        consents=consents, suppressions=suppressions,
    )  # fmt: skip
    return str(verdict.reason)


def said(of: Customer, what: str) -> list[Consent]:
    if what == "nothing":
        return []
    granted = consent(of.id).entity
    return [granted if what == "granted" else granted.withdraw(at=NOON).entity]


@pytest.mark.parametrize(
    ("loser", "survivor", "together"),
    [
        ("withdrawn", "granted", "withdrawn"),
        ("granted", "withdrawn", "withdrawn"),
        ("withdrawn", "nothing", "withdrawn"),
        ("nothing", "withdrawn", "withdrawn"),
        ("granted", "granted", "granted"),
        ("granted", "nothing", "granted"),
        ("nothing", "nothing", "no_consent"),
    ],
)
def test_c3_the_strictest_of_what_was_said_to_either_decides(
    loser: str, survivor: str, together: str
) -> None:
    gone, stays = customer(), customer()
    consents = said(gone, loser) + said(stays, survivor)

    changes = merged(gone, stays, consents=consents)

    assert answer(stays, after(changes, *consents)) == together


def test_c3_a_no_to_the_loser_is_not_forgotten_when_the_survivor_is_imported_again() -> None:
    gone, stays = customer(), customer()
    refusal = said(gone, "withdrawn")

    carried = after(merged(gone, stays, consents=refusal), *refusal)
    imported = consent(stays.id).entity

    assert answer(stays, [imported, *carried]) == "withdrawn"


def test_c3_what_stands_against_the_loser_stands_against_the_survivor() -> None:
    gone, stays = customer(), customer()
    grant, block = said(stays, "granted"), suppression(gone.id).entity
    assert answer(stays, grant, [block]) == "granted"

    blocks = after(merged(gone, stays, suppressions=[block]), block)

    assert answer(stays, grant, blocks) == "objection"


def test_c3_consents_and_suppressions_go_back_with_the_one_who_said_so() -> None:
    gone, stays = customer(), customer()
    refusal, block = said(gone, "withdrawn"), suppression(gone.id).entity
    changes = merged(gone, stays, consents=refusal, suppressions=[block])
    held = after(changes, gone, stays)

    def undo(**given: Any) -> tuple[Change[Any], ...]:
        return unmerge(the_merge(changes), loser=held[0], survivor=held[1], reason="two", at=LATER, **given)

    back = undo(consents=after(changes, *refusal), suppressions=after(changes, block))
    assert [c.customer for c in after(back, *refusal, block)] == [gone.id, gone.id]
    with pytest.raises(Invalid, match="must hold every record that the merge names"):
        undo(consents=after(changes, *refusal))


def test_c3_consents_of_others_are_left_alone() -> None:
    other = consent(customer().id).entity

    assert not [c for c in merged(customer(), customer(), consents=[other]) if c.entity.id == other.id]


# --- C5: fields by a named policy -----------------------------------------------------------------


def test_c5_the_merge_names_its_policy_and_what_it_took() -> None:
    ada, augusta = customer("Ada Byron", owner=ME), customer("Ada")

    changes = merged(ada, augusta, MOST_COMPLETE, because="same number")

    (stays,) = after(changes, augusta)
    told = the_merge(changes)
    assert (stays.name, stays.owner) == ("Ada Byron", ME)
    assert (told.policy, told.taken, told.former_name) == ("most complete", ("name", "owner"), "Ada")
    assert (told.made_at, told.loser, told.survivor) == (LATER, ada.id, augusta.id)


def test_c5_each_field_is_picked_for_itself() -> None:
    ada, augusta = customer("Ada", owner=ME), customer("Augusta", owner=YOU)
    newer = Known(ada, edited_at=LATER, verified=())
    checked = Known(augusta, edited_at=NOON, verified=("name",))

    changes = merge(IDS.new(MergeId), loser=newer, survivor=checked, policy=VERIFIED, at=LATER)

    (stays,) = after(changes, augusta)
    assert (stays.name, stays.owner) == ("Augusta", ME)


def test_c5_roles_are_joined_and_not_doubled() -> None:
    ada, augusta = customer(roles=[PartyRole.DONOR, PartyRole.VENDOR]), customer(roles=[PartyRole.DONOR])

    (stays,) = after(merged(ada, augusta), augusta)

    assert [held.role for held in stays.roles] == [PartyRole.DONOR, PartyRole.VENDOR]


def test_nothing_of_a_person_is_shown_by_what_a_merge_refuses() -> None:
    ada = customer("Ada Byron")

    with pytest.raises(Refused) as refused:
        merged(ada, ada)
    assert "Byron" not in str(refused.value)
    assert "Byron" not in repr(merged(ada, customer("Augusta Byron"), NEWEST))
