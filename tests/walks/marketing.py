"""Campaigns and enrolments, walked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from relcore import Campaign, Enrolment, Money
from relcore.channel import Channel
from relcore.ids import CampaignId, CustomerId, EnrolmentId
from relcore.kernel.change import Change
from relcore.marketing import CampaignState, Contactable, EnrolmentState, Objective
from tests.strategies import NOON, customer_ids, maybe, texts
from tests.walks.sales import prices
from tests.walks.walk import ME, Walk, people

contactable = {"contactable": st.builds(Contactable, st.booleans(), texts)}


@st.composite
def _campaigns(draw: st.DrawFn) -> Change[Any]:
    """Half of them complete enough to be submitted, or no walk would come far."""
    id = CampaignId.of(draw(st.uuids()))
    begun = Campaign.draft(id, name=draw(texts), objective=draw(st.sampled_from(Objective)), at=NOON, by=ME)
    if draw(st.booleans()):
        return begun
    ready = {"audience": "all", "message": "hello", "channel": Channel.EMAIL, "purpose": "offers"}
    return begun.then(lambda c: c.revise(**ready, budget=Money("1", "EUR"), at=NOON))


WALKS: dict[type[Any], Walk] = {
    Campaign: Walk(
        Campaign(
            CampaignId.imported("crm", "1"),
            "Come back",
            Objective.RETENTION,
            CampaignState.CANCELLED,
            audience="at_risk",
            message="we miss you",
            channel=Channel.EMAIL,
            purpose="offers",
            budget=Money("100", "EUR"),
            owner=ME,
            submitted_by=ME,
            rejection="too dear",
            starts_at=NOON,
            ends_at=NOON,
            pause_reason="snow",
            measuring_since=NOON,
            attribution_days=14,
            lessons="write sooner",
            cancel_reason="enough",
            version=5,
        ),
        _campaigns(),
        {
            "revise": {
                "audience": maybe(texts),
                "message": maybe(texts),
                "channel": maybe(st.sampled_from(Channel)),
                "purpose": maybe(texts),
                "budget": maybe(prices),
            },
            "submit": {"by": people},
            "approve": {"by": people},
            "reject": {"rejection": texts, "by": people},
            "schedule": {
                "starts_at": st.just(NOON),
                "ends_at": st.just(NOON + timedelta(days=400)),
                "by": people,
            },
            "start": {"by": people},
            "pause": {"reason": texts, "by": people},
            "resume": {"by": people},
            "measure": {"by": people},
            "complete": {"lessons": texts, "by": people},
            "cancel": {"reason": texts, "by": people},
        },
    ),
    Enrolment: Walk(
        Enrolment(
            EnrolmentId.imported("crm", "1"),
            CampaignId.imported("crm", "1"),
            CustomerId.imported("shop", "ada"),
            EnrolmentState.EXITED,
            left_out_because="no_consent",
            enrolled_at=NOON,
            responded_at=NOON,
            converted_at=NOON,
            exit_reason="campaign_end",
            version=4,
        ),
        st.builds(
            Enrolment.propose,
            st.uuids().map(EnrolmentId.of),
            campaign=st.uuids().map(CampaignId.of),
            customer=customer_ids,
            at=st.just(NOON),
        ),
        {
            "suppress": {"because": texts},
            "hold_out": contactable,
            "enrol": contactable,
            "respond": {},
            "convert": {},
            "exit": {"reason": texts},
        },
        lambda given: [given["contactable"]] if "contactable" in given else [],
    ),
}
