"""Consents and suppressions, walked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from relcore import Consent, Suppression
from relcore.channel import Channel
from relcore.ids import ConsentId, ContactPointId, CustomerId, SuppressionId
from relcore.privacy import (
    AskingPolicy,
    Basis,
    ConsentState,
    MaterialChange,
    Notice,
    Proof,
    ShownToken,
    SuppressionKind,
    SuppressionState,
    token_hash,
)
from tests.strategies import NOON, customer_ids, maybe, moments, texts
from tests.walks.walk import Given, Walk, people, soon

OLD, NEW = Notice("2", "en", "once a month"), Notice("3", "en", "every day")
proofs = st.builds(Proof, texts, texts, texts) | st.just(Proof.of(OLD, method="form"))
points = maybe(st.just(ContactPointId.imported("crm", "1")))
tokens = st.sampled_from(["secret", "another"])
about: dict[str, Any] = {
    "customer": customer_ids,
    "channel": st.sampled_from(Channel),
    "purpose": texts,
    "controller": texts,
    "contact_point": points,
    "at": st.just(NOON),
}
asking = {"token": tokens, "answer_by": soon, "by": people}
consent_ids = st.uuids().map(ConsentId.of)


def _consent_facts(given: Given) -> list[object]:
    told = [given[name] for name in ("change", "policy") if name in given]
    return [*told, ShownToken(token_hash(given["token"]))] if "proof" in given else told


def a_no_is_no_permission(consent: Consent) -> bool:
    return consent.state is ConsentState.GRANTED or not consent.holds(NOON + timedelta(days=9999))


def what_is_granted_says_why(consent: Consent) -> bool:
    why = consent.proof if consent.basis is Basis.CONSENT else consent.reference
    return consent.state is not ConsentState.GRANTED or why is not None


def what_is_withdrawn_says_since_when(consent: Consent) -> bool:
    return (consent.state is ConsentState.WITHDRAWN) is (consent.withdrawn_at is not None)


def it_is_somebodys_or_a_hash(suppression: Suppression) -> bool:
    return suppression.customer is not None or bool(suppression.address_hash)


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
            Proof("notice-3", "9f86d081", "form", "en-CA"),
            contact_point=ContactPointId.imported("crm", "1"),
            reference="order 7",
            counted_from=NOON,
            asked_because="signed up",
            token_hash="2bb80d53",
            requested_at=NOON,
            answer_by=NOON,
            granted_at=NOON,
            valid_until=NOON,
            refused_at=NOON,
            withdrawn_at=NOON,
            ended_at=NOON,
            superseded_by="notice-4",
            ip="192.0.2.7",
            user_agent="Mozilla/5.0",
            version=3,
        ),
        st.builds(Consent.request, consent_ids, because=texts, token=tokens, answer_by=soon, **about)
        | st.builds(Consent.note, consent_ids, proof=proofs, valid_until=maybe(moments), **about)
        | st.builds(
            Consent.rely,
            consent_ids,
            basis=st.sampled_from([basis for basis in Basis if basis is not Basis.CONSENT]),
            reference=texts,
            since=st.integers(0, 900).map(lambda days: NOON - timedelta(days=days)),
            **about,
        )
        | st.builds(Consent.note_refusal, consent_ids, **about),
        {
            "grant": {"proof": proofs, "token": tokens, "valid_until": maybe(moments), "by": people},
            "refuse": {"by": people},
            "lapse": {},
            "renew": {"reference": texts, "since": st.just(NOON - timedelta(days=300))},
            "withdraw": {"by": people},
            "expire": {},
            "supersede": {"change": st.just(MaterialChange(OLD, NEW))},
            "request_again": {**asking, "because": texts, "policy": st.just(AskingPolicy(timedelta(days=9)))},
            "reopen": asking,
            "carry": {"to": customer_ids},
        },
        _consent_facts,
        (a_no_is_no_permission, what_is_granted_says_why, what_is_withdrawn_says_since_when),
    ),
    Suppression: Walk(
        Suppression(
            SuppressionId.imported("crm", "1"),
            SuppressionKind.OBJECTION,
            NOON,
            CustomerId.imported("shop", "ada"),
            SuppressionState.LIFTED,
            Channel.EMAIL,
            ContactPointId.imported("crm", "1"),
            "offers",
            "acme",
            address_hash="9f86d081",
            until=NOON + timedelta(days=1),
            reason="asked by letter",
            lifted_at=NOON,
            lift_reason="changed her mind",
            version=2,
        ),
        st.builds(
            Suppression.impose,
            st.uuids().map(SuppressionId.of),
            kind=st.sampled_from(SuppressionKind),
            reason=texts,
            customer=customer_ids,
            channel=maybe(st.sampled_from(Channel)),
            contact_point=points,
            purpose=maybe(texts),
            at=st.just(NOON),
        ),
        {
            "lift": {"reason": texts, "by": people},
            "forget": {"address_hash": texts},
            "carry": {"to": customer_ids},
        },
        always=(it_is_somebodys_or_a_hash,),
    ),
}
