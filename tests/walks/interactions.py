"""Interactions, walked."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from relcore import Interaction
from relcore.channel import Channel
from relcore.ids import CustomerId, InteractionId
from relcore.interactions import Direction, InteractionState, Participant, Role
from tests.strategies import NOON, actors, customer_ids, maybe, moments, texts
from tests.walks.walk import ADA, ME, Walk

WALKS: dict[type[Any], Walk] = {
    Interaction: Walk(
        Interaction(
            InteractionId.imported("shop", "1"),
            CustomerId.imported("shop", "ada"),
            Channel.PHONE,
            Direction.INBOUND,
            (Participant(ADA, Role.FROM), Participant(ME, Role.TO)),
            NOON,
            summary="Cannot log in",
            thread="t-1",
            outcome="answered",
            state=InteractionState.REDACTED,
            redaction_reason="asked to",
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
            happened_at=moments,
            at=st.just(NOON),
            summary=maybe(texts),
            thread=maybe(texts),
            outcome=maybe(texts),
        ),
        {"redact": {"reason": texts}},
    ),
}
