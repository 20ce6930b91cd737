"""Proof: immutable, and about the very notice that was served."""

from __future__ import annotations

from hashlib import sha256

import attrs
import pytest
from hypothesis import given

from relcore import Consent, Invalid, Workspace
from relcore.channel import Channel
from relcore.ids import ConsentId, CustomerId
from relcore.privacy import MaterialChange, Notice, Proof
from tests.strategies import NOON, texts

SERVED = Notice("3", "en", "We write once a month.")


def test_d11_a_proof_names_the_notice_its_words_its_language_and_how_it_was_answered() -> None:
    proof = Proof.of(SERVED, method="form")

    assert proof == Proof("3", sha256(b"We write once a month.").hexdigest(), "form", "en")
    assert proof.shows(SERVED)


@given(texts)
def test_d11_a_notice_with_other_words_is_another_notice(words: str) -> None:
    proof = Proof.of(SERVED, method="form")

    assert proof.shows(attrs.evolve(SERVED, words=words)) is (words == SERVED.words)


@pytest.mark.parametrize("other", [{"version": "4"}, {"locale": "fr"}, {"words": "We write once a month. "}])
def test_d11_version_language_and_words_must_all_be_those_that_were_served(other: dict[str, str]) -> None:
    assert not Proof.of(SERVED, method="form").shows(attrs.evolve(SERVED, **other))


def test_d11_what_was_proved_stays_as_it_was(workspace: Workspace) -> None:
    proof = Proof.of(SERVED, method="form")
    change = Consent.note(
        ConsentId.imported("form", "1"), customer=CustomerId.imported("shop", "ada"), channel=Channel.EMAIL,
        purpose="offers", controller="acme", proof=proof, at=NOON, ip="192.0.2.7", user_agent="Mozilla",
    )  # fmt: skip
    workspace.commit(change)

    workspace.apply(Consent, change.entity.id, lambda consent: consent.withdraw(at=NOON))

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        proof.notice = "4"  # type: ignore[misc]
    kept = workspace.get(Consent, change.entity.id)
    assert (kept.proof, kept.granted_at, kept.ip) == (proof, NOON, "192.0.2.7")


def test_d11_where_somebody_was_and_with_what_is_optional_and_personal() -> None:
    proof = Proof.of(SERVED, method="form")
    consent = Consent.note(
        ConsentId.imported("form", "1"), customer=CustomerId.imported("shop", "ada"), channel=Channel.EMAIL,
        purpose="offers", controller="acme", proof=proof, at=NOON,
    ).entity  # fmt: skip

    assert (consent.ip, consent.user_agent) == (None, None)
    assert "192.0.2.7" not in repr(attrs.evolve(consent, ip="192.0.2.7"))


@pytest.mark.parametrize("missing", ["notice", "text_hash", "method", "locale"])
def test_a_proof_is_whole(missing: str) -> None:
    with pytest.raises(Invalid):
        attrs.evolve(Proof.of(SERVED, method="form"), **{missing: ""})


def test_a_change_of_nothing_is_no_change() -> None:
    with pytest.raises(Invalid, match="must say something else"):
        MaterialChange(SERVED, attrs.evolve(SERVED, version="4"))
