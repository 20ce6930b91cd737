"""A lead becomes a customer once: matched first, whole, and with ids that make every second attempt the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from relcore import Actor, Customer, Interaction, Invalid, Lead, Money, Opportunity, Refused, Workspace
from relcore.channel import Channel
from relcore.customers import CustomerKind
from relcore.ids import CustomerId, InteractionId, LeadId, OpportunityId
from relcore.interactions import Direction, Participant, Role
from relcore.kernel.change import Change
from relcore.kernel.errors import VersionConflict
from relcore.sales import Checklist, LeadState, Likeness, OpportunityFields, Pipeline, Reachable
from relcore.storage import in_memory
from relcore.testing import CountingIds
from relcore.workflows import (
    CreateNew,
    LinkTo,
    MergeTo,
    NewOpportunity,
    conversion,
    customer_of,
    opportunity_of,
)
from tests.strategies import NOON

IDS = CountingIds()
ME = Actor("person", "u-17")
DAY = timedelta(days=1)
PIPELINE = Pipeline.of("new business", {"qualify": 0.1, "propose": 0.5})
SALE = NewOpportunity("An engine for Ada", PIPELINE, Money("1200", "EUR"))


def captured(**told: Any) -> Change[Lead]:
    said = {"name": "Ada Byron", "company": "Engines Ltd"} | told
    return Lead.capture(IDS.new(LeadId), source="fair", likeness=Likeness.DISTINCT, at=NOON, **said)


def qualified(**told: Any) -> Lead:
    worked = captured(**told).then(lambda lead: lead.work(ME, at=NOON))
    return worked.then(
        lambda lead: lead.qualify(Checklist(), reachable=Reachable(True), at=NOON)
    ).entity  # fmt: skip


def kept(workspace: Workspace) -> Lead:
    """A qualified lead that the workspace holds."""
    change = captured().then(lambda lead: lead.work(ME, at=NOON))
    change = change.then(lambda lead: lead.qualify(Checklist(), reachable=Reachable(True), at=NOON))
    return workspace.commit(change).of(change)


def customer(name: str = "Ada Byron") -> Customer:
    return Customer.create(IDS.new(CustomerId), name=name, at=NOON).entity


def call(to: CustomerId) -> tuple[Change[Interaction], ...]:
    """What was said with the lead, as the customer's: its id is derived, as all that is made here."""
    id = InteractionId.imported("lead", "call 1")
    people = [Participant(ME, Role.FROM)]
    recorded = Interaction.record(
        id, customer=to, channel=Channel.PHONE, direction=Direction.OUTBOUND, participants=people,
        happened_at=NOON, at=NOON,
    )  # fmt: skip
    return (recorded,)


def made(changes: tuple[Change[Any], ...], kind: type[Any]) -> list[Any]:
    return [change.entity for change in changes if type(change.entity) is kind]


# --- which customer -------------------------------------------------------------------------------


def test_somebody_new_is_made_with_an_id_that_follows_from_the_lead() -> None:
    lead = qualified()

    changes = conversion(lead, CreateNew(), opportunity=SALE, at=NOON, by=ME)

    (converted,), (new,), (sale,) = (made(changes, kind) for kind in (Lead, Customer, Opportunity))
    assert (new.id, new.name, new.owner) == (customer_of(lead.id), "Ada Byron", ME)
    assert (sale.id, sale.customer, sale.owner) == (opportunity_of(lead.id), new.id, ME)
    assert (converted.state, converted.customer) == (LeadState.CONVERTED, new.id)
    assert (converted.opportunity, converted.matched_by) == (sale.id, "create")


def test_an_organisation_is_called_by_its_company_and_nobody_by_nothing() -> None:
    (new,) = made(conversion(qualified(), CreateNew(CustomerKind.ORGANISATION), at=NOON), Customer)

    assert (new.name, new.kind) == ("Engines Ltd", "organisation")
    with pytest.raises(Invalid, match="must say its company to become a customer"):
        conversion(qualified(company=None), CreateNew(CustomerKind.ORGANISATION), at=NOON)


def test_a_customer_whom_we_have_is_linked_and_none_is_made() -> None:
    ada = customer()

    changes = conversion(qualified(), LinkTo(ada), at=NOON)

    assert made(changes, Customer) == []
    assert (changes[0].entity.customer, changes[0].entity.matched_by) == (ada.id, "link")
    assert changes[0].entity.opportunity is None


def test_records_that_are_one_become_one_in_the_same_commit() -> None:
    ada, again = customer(), customer("Ada Lovelace")

    changes = conversion(qualified(), MergeTo(ada, (again.merge(ada.id, at=NOON),)), at=NOON)

    (gone,) = made(changes, Customer)
    assert (gone.id, gone.survivor) == (again.id, ada.id)
    assert (changes[0].entity.customer, changes[0].entity.matched_by) == (ada.id, "merge")


def test_b1_nothing_is_made_for_a_customer_who_is_no_longer() -> None:
    gone = customer().erase(at=NOON).entity
    asked: list[CustomerId] = []

    def carry(to: CustomerId) -> tuple[Change[Any], ...]:
        asked.append(to)
        return ()

    with pytest.raises(Invalid, match="must be active, and it is erased"):
        conversion(qualified(), LinkTo(gone), opportunity=SALE, carry=[carry], at=NOON)
    assert asked == []


# --- what comes along -----------------------------------------------------------------------------


def test_b1_what_belonged_to_the_lead_moves_to_the_customer_whom_we_have() -> None:
    ada = customer()

    (moved,) = made(conversion(qualified(), LinkTo(ada), carry=[call], at=NOON), Interaction)

    assert moved.customer == ada.id


def test_what_would_be_carried_to_somebody_else_is_refused() -> None:
    stranger = customer()

    with pytest.raises(Invalid, match="must give changes of what belongs to"):
        conversion(qualified(), CreateNew(), carry=[lambda _: call(stranger.id)], at=NOON)


# --- once -----------------------------------------------------------------------------------------


def test_b1_converting_the_same_lead_again_decides_the_same() -> None:
    lead = qualified()

    once = conversion(lead, CreateNew(), opportunity=SALE, carry=[call], at=NOON)

    assert conversion(lead, CreateNew(), opportunity=SALE, carry=[call], at=NOON) == once


def test_b1_resending_converted_makes_no_second_customer_and_no_second_opportunity(
    workspace: Workspace,
) -> None:
    lead = kept(workspace)
    workspace.commit(*conversion(lead, CreateNew(), opportunity=SALE, at=NOON))

    again = workspace.get(Lead, lead.id)

    for verdict in (CreateNew(), LinkTo(customer())):
        with pytest.raises(Refused, match="there is no convert from converted"):
            conversion(again, verdict, opportunity=SALE, at=NOON + DAY)
    assert len(workspace.find(Opportunity, OpportunityFields.customer.is_(customer_of(lead.id))).rows) == 1


def test_b1_of_two_who_convert_at_once_one_has_a_conflict_whatever_they_decided(workspace: Workspace) -> None:
    lead, ada = kept(workspace), Customer.create(IDS.new(CustomerId), name="Ada", at=NOON)
    workspace.commit(ada)

    mine = conversion(lead, CreateNew(), opportunity=SALE, at=NOON)
    yours = conversion(lead, LinkTo(ada.entity), opportunity=SALE, at=NOON + timedelta(milliseconds=27))
    workspace.commit(*mine)

    with pytest.raises(VersionConflict):
        workspace.commit(*yours)
    assert workspace.get(Lead, lead.id).customer == customer_of(lead.id)
    assert workspace.get(Opportunity, opportunity_of(lead.id)).customer == customer_of(lead.id)
    assert not workspace.find(Opportunity, OpportunityFields.customer.is_(ada.entity.id)).rows


def test_b1_a_lost_acknowledgement_is_answered_with_the_first_receipt() -> None:
    workspace = Workspace(in_memory(), tenant="acme", ids=CountingIds())
    changes = conversion(kept(workspace), CreateNew(), opportunity=SALE, carry=[call], at=NOON)
    key = f"convert/{changes[0].entity.id}"

    receipt = workspace.commit(*changes, key=key)

    assert workspace.commit(*changes, key=key) == receipt


def test_b1_all_of_it_is_kept_or_nothing(workspace: Workspace) -> None:
    lead = kept(workspace)
    workspace.commit(*call(IDS.new(CustomerId)))  # an id that the conversion would make once more

    with pytest.raises(VersionConflict):
        workspace.commit(*conversion(lead, CreateNew(), opportunity=SALE, carry=[call], at=NOON))

    assert workspace.get(Lead, lead.id).state is LeadState.QUALIFIED
    for kind, id in ((Customer, customer_of(lead.id)), (Opportunity, opportunity_of(lead.id))):
        with pytest.raises(LookupError):
            workspace.get(kind, id)  # type: ignore[arg-type]


def test_only_a_qualified_lead_is_converted() -> None:
    with pytest.raises(Refused, match="there is no convert from new"):
        conversion(captured().entity, CreateNew(), at=NOON)


def test_the_plan_of_a_sale_does_not_show_whose_it_is() -> None:
    assert "Ada" not in repr(SALE)
    assert opportunity_of(LeadId.imported("form", "1")) == OpportunityId.imported(
        "lead", LeadId.imported("form", "1")
    )
