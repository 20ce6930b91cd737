"""Consents, walked."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from relcore import Consent
from relcore.channel import Channel
from relcore.ids import ConsentId, CustomerId
from relcore.privacy import Basis, ConsentState, Proof
from tests.strategies import NOON, customer_ids, maybe, moments, texts
from tests.walks.walk import Walk, people, soon

proofs = st.builds(Proof, texts, texts, texts)

WALKS: dict[type[Any], Walk] = {
    Consent: Walk(
        Consent(
            ConsentId.imported("crm", "1"),
            CustomerId.imported("shop", "ada"),
            Channel.EMAIL,
            "offers",
            "acme",
            ConsentState.WITHDRAWN,
            Basis.CONSENT,
            Proof("notice-3", "9f86d081", "form"),
            answer_by=NOON,
            granted_at=NOON,
            valid_until=NOON,
            withdrawn_at=NOON,
            version=3,
        ),
        st.builds(
            Consent.request,
            st.uuids().map(ConsentId.of),
            customer=customer_ids,
            channel=st.sampled_from(Channel),
            purpose=texts,
            controller=texts,
            answer_by=soon,
            at=st.just(NOON),
        )
        | st.builds(
            Consent.note,
            st.uuids().map(ConsentId.of),
            customer=customer_ids,
            channel=st.sampled_from(Channel),
            purpose=texts,
            controller=texts,
            basis=st.sampled_from(Basis),
            proof=proofs,
            at=st.just(NOON),
            valid_until=maybe(moments),
        ),
        {
            "grant": {"proof": proofs, "valid_until": maybe(moments), "by": people},
            "refuse": {"by": people},
            "withdraw": {"by": people},
            "request_again": {"answer_by": soon, "by": people},
        },
    ),
}
