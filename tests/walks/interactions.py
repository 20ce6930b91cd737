"""Interactions, walked."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from relcore import Interaction
from relcore.channel import Channel
from relcore.ids import CampaignId, CaseId, CustomerId, InteractionId, LeadId, OpportunityId
from relcore.interactions import (
    Attachment,
    Attribution,
    Direction,
    InteractionState,
    Participant,
    ReattributeTo,
    Role,
)
from tests.strategies import NOON, actors, customer_ids, maybe, moments, texts
from tests.walks.walk import ADA, ME, Walk


def what_is_redacted_says_nothing(interaction: Interaction) -> bool:
    redacted = interaction.state is InteractionState.REDACTED
    return not redacted or (interaction.summary, interaction.attachments) == (None, ())


def it_never_moved_to_where_it_was(interaction: Interaction) -> bool:
    whose = [*(held.customer for held in interaction.attributions), interaction.customer]
    return all(one != other for one, other in pairwise(whose))


WALKS: dict[type[Any], Walk] = {
    Interaction: Walk(
        Interaction(
            InteractionId.imported("shop", "1"),
            CustomerId.imported("shop", "ada"),
            Channel.PHONE,
            Direction.INBOUND,
            (Participant(ADA, Role.FROM), Participant(ME, Role.TO)),
            NOON,
            NOON,
            ended_at=NOON,
            summary="Cannot log in",
            attachments=(Attachment("file-7", "image/png"),),
            thread="t-1",
            outcome="answered",
            lead=LeadId.imported("crm", "1"),
            case=CaseId.imported("desk", "1"),
            opportunity=OpportunityId.imported("crm", "1"),
            campaign=CampaignId.imported("crm", "1"),
            corrects=InteractionId.imported("shop", "0"),
            state=InteractionState.REDACTED,
            redacted_at=NOON,
            redaction_reason="asked to",
            attributions=(Attribution(CustomerId.imported("shop", "augusta"), NOON, "merge", ME),),
            version=2,
        ),
        st.builds(
            Interaction.record,
            st.uuids().map(InteractionId.of),
            customer=customer_ids,
            channel=st.sampled_from(Channel),
            direction=st.sampled_from(Direction),
            participants=st.lists(
                st.builds(Participant, actors, st.sampled_from(Role)), min_size=1, max_size=3
            ),
            happened_at=moments.filter(lambda at: at <= NOON),
            at=st.just(NOON),
            summary=maybe(texts),
            attachments=st.lists(st.builds(Attachment, texts, maybe(texts)), max_size=2),
            thread=maybe(texts),
            outcome=maybe(texts),
        ),
        {"redact": {"reason": texts}, "reattribute": {"customer": customer_ids, "reason": texts}},
        lambda given: [ReattributeTo(given["customer"])] if "customer" in given else [],
        (what_is_redacted_says_nothing, it_never_moved_to_where_it_was),
    ),
}
