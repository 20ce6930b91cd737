"""A consent: what one customer allows us on one channel, or under one address, for one purpose and one controller.

Proof is immutable and points to the exact notice that was served (GDPR article 7 (1)). Withdrawing is always possible, by
anybody, through any channel, takes effect at once (article 7 (3)), and only the customer's own act opens it again: never
an import, a merge or a colleague.

That a consent has run out is computed as of a time (`holds`); the moves *lapse* and *expire* only write it down. An
objection, a do-not-contact entry and a dead address are other things, kept apart: they beat every grant
(`relcore.privacy.suppression`, `may_contact`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar, Literal

import attrs
from attrs.validators import optional

from relcore.channel import Channel
from relcore.ids import ConsentId, ContactPointId, CustomerId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import PERSONAL, Entity, a, evolve, hidden, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link, Text
from relcore.privacy.basis import MONTHS, Basis, runs_out
from relcore.privacy.notice import MaterialChange, Proof


class ConsentState(StrEnum):
    """What the customer has said. Where there is no record, nothing was said."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


ConsentMove = Literal[
    "request",
    "note",
    "rely",
    "note_refusal",
    "grant",
    "refuse",
    "lapse",
    "renew",
    "withdraw",
    "expire",
    "supersede",
    "request_again",
    "reopen",
    "carry",
]
REQUESTED, GRANTED, REFUSED = ConsentState.REQUESTED, ConsentState.GRANTED, ConsentState.REFUSED
LAPSED, WITHDRAWN = ConsentState.LAPSED, ConsentState.WITHDRAWN
EXPIRED, SUPERSEDED = ConsentState.EXPIRED, ConsentState.SUPERSEDED


@attrs.frozen
class ShownToken:
    """The hash of the token that came back with an answer: who has it reads what was sent to the address."""

    hash: str = attrs.field(repr=False)


@attrs.frozen
class AskingPolicy:
    """How long somebody who said no, or nothing, is left in peace. A fact with a default."""

    cool_off: timedelta = timedelta(days=180)


def token_hash(token: str) -> str:
    """What is kept of a token: who reads our tables cannot answer in the customer's place.

    Tokens are the host's to draw, long and at random.
    """
    return sha256(token.encode()).hexdigest()


@guard("it cannot have happened before what is known to have happened")
def in_order(consent: Consent, given: Given) -> bool:
    known = (consent.requested_at, consent.granted_at, consent.refused_at, consent.withdrawn_at, consent.ended_at)  # fmt: skip
    return all(moment is None or moment <= given.at for moment in known)


@guard("the time to answer the request is over; ask again")
def still_asked(consent: Consent, given: Given) -> bool:
    return consent.answer_by is None or given.at < consent.answer_by


@guard("there is still time to answer the request")
def unanswered_in_time(consent: Consent, given: Given) -> bool:
    return not still_asked.holds(consent, given)


@guard("the token is not the one that was sent")
def token_matches(consent: Consent, given: Given) -> bool:
    return given[ShownToken].hash == consent.token_hash


@guard("it has not run out")
def has_run_out(consent: Consent, given: Given) -> bool:
    return consent.valid_until is not None and consent.valid_until <= given.at


@guard("only what a purchase or an inquiry implied is renewed by the next one; for anything else ask")
def is_implied(consent: Consent, given: Given) -> bool:
    return consent.basis in MONTHS


@guard("it was granted under another notice, which has not changed")
def notice_changed(consent: Consent, given: Given) -> bool:
    return consent.proof is not None and consent.proof.shows(given[MaterialChange].served)


@guard("they said no, or nothing, not long ago; leave them in peace, unless they come by themselves")
def cooled_off(consent: Consent, given: Given) -> bool:
    if given.by is not None and given.by.kind == "customer":
        return True
    asked = consent.refused_at if consent.state is REFUSED else consent.ended_at
    silent = consent.state in (REFUSED, LAPSED)
    policy = given.get(AskingPolicy, AskingPolicy())
    return not silent or asked is None or given.at - asked >= policy.cool_off


@guard("only the customer may reopen what they withdrew, never an import, a merge or a colleague")
def by_the_customer(consent: Consent, given: Given) -> bool:
    return given.by is not None and given.by.kind == "customer"


consent_lifecycle = Lifecycle["Consent", ConsentState, ConsentMove](
    "consent",
    version=1,
    states={
        REQUESTED: Category.OPEN,
        GRANTED: Category.WON,
        REFUSED: Category.LOST,
        LAPSED: Category.LOST,
        WITHDRAWN: Category.LOST,
        EXPIRED: Category.LOST,
        SUPERSEDED: Category.LOST,
    },
    moves=(
        begin(
            "request",
            to=REQUESTED,
            needs=["token_hash", "answer_by", "asked_because"],
            effects=["ask_to_confirm"],
        ),
        begin("note", to=GRANTED, needs=["proof"]),
        begin("rely", to=GRANTED, needs=["basis", "reference"]),
        begin("note_refusal", to=REFUSED, needs=["refused_at"]),
        move(
            "grant",
            REQUESTED,
            to=GRANTED,
            when=[in_order, still_asked, token_matches],
            needs=["basis", "proof"],
        ),
        move("refuse", REQUESTED, to=REFUSED, when=[in_order]),
        move("lapse", REQUESTED, to=LAPSED, when=[in_order, unanswered_in_time]),
        move("renew", GRANTED, EXPIRED, to=GRANTED, when=[in_order, is_implied], needs=["reference"]),
        move("withdraw", *ConsentState, to=WITHDRAWN, effects=["cancel_queued_messages"]),
        move("expire", GRANTED, to=EXPIRED, when=[in_order, has_run_out], effects=["ask_again"]),
        move(
            "supersede",
            GRANTED,
            to=SUPERSEDED,
            when=[in_order, notice_changed],
            needs=["superseded_by"],
            effects=["ask_again"],
        ),
        move(
            "request_again",
            REFUSED,
            LAPSED,
            EXPIRED,
            SUPERSEDED,
            to=REQUESTED,
            when=[in_order, cooled_off],
            needs=["token_hash", "answer_by", "asked_because"],
            effects=["ask_to_confirm"],
        ),
        move(
            "reopen",
            WITHDRAWN,
            to=REQUESTED,
            when=[in_order, by_the_customer],
            needs=["token_hash", "answer_by"],
            effects=["ask_to_confirm"],
        ),
        move("carry", *ConsentState, needs=["customer"]),
    ),
)


@attrs.frozen
class Consent(Entity[ConsentId, ConsentState, ConsentMove]):
    """What a customer allows. ``purpose`` and ``controller`` are codes of the host.

    Without a ``contact_point`` it is about the whole channel. ``reference`` names what another basis rests on: the order,
    the inquiry, the contract, the balancing test. ``counted_from`` is when that was. ``ip`` and ``user_agent`` may be
    kept as further evidence; whether they should be is disputed, and the host's to decide.
    """

    lifecycle: ClassVar = consent_lifecycle

    id: ConsentId = attrs.field(validator=a(ConsentId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    channel: Channel = attrs.field(validator=a(Channel))
    purpose: str = attrs.field(validator=text)
    controller: str = attrs.field(validator=text)
    state: ConsentState = attrs.field(default=REQUESTED, validator=a(ConsentState))
    basis: Basis | None = attrs.field(default=None, validator=optional(a(Basis)))
    proof: Proof | None = attrs.field(default=None, validator=optional(a(Proof)))
    contact_point: ContactPointId | None = attrs.field(default=None, validator=optional(a(ContactPointId)))
    reference: str | None = attrs.field(default=None, validator=text_or_none)
    counted_from: datetime | None = attrs.field(default=None, converter=moment_or_none)
    asked_because: str | None = attrs.field(default=None, validator=text_or_none)
    token_hash: str | None = attrs.field(default=None, repr=False, validator=text_or_none)
    requested_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    answer_by: datetime | None = attrs.field(default=None, converter=moment_or_none)
    granted_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    valid_until: datetime | None = attrs.field(default=None, converter=moment_or_none)
    refused_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    withdrawn_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    ended_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    superseded_by: str | None = attrs.field(default=None, validator=text_or_none)
    ip: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    user_agent: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def holds(self, at: datetime) -> bool:
        """Whether it is granted, and has not run out by then."""
        moment = aware("at", at)
        if self.state is not GRANTED or (self.granted_at is not None and moment < self.granted_at):
            return False
        return self.valid_until is None or moment < self.valid_until

    # coming into being

    @classmethod
    def request(
        cls,
        id: ConsentId,
        *,
        customer: CustomerId,
        channel: Channel,
        purpose: str,
        controller: str,
        because: str,
        token: str,
        answer_by: datetime,
        at: datetime,
        by: Actor | None = None,
        contact_point: ContactPointId | None = None,
    ) -> Change[Consent]:
        """We ask (double opt-in): the token goes to the address, its hash stays here.

        ``because`` says what lets us ask, for asking is itself a commercial message (CASL, section 1 (3)): they signed
        up, they spoke to us.
        """
        asked = cls(
            id, customer, channel, purpose, controller, contact_point=contact_point, asked_because=because,
            token_hash=token_hash(token), requested_at=at, answer_by=answer_by,
        )  # fmt: skip
        return consent_lifecycle.begin(asked, "request", at=at, by=by)

    @classmethod
    def note(
        cls,
        id: ConsentId,
        *,
        customer: CustomerId,
        channel: Channel,
        purpose: str,
        controller: str,
        proof: Proof,
        at: datetime,
        by: Actor | None = None,
        contact_point: ContactPointId | None = None,
        valid_until: datetime | None = None,
        ip: str | None = None,
        user_agent: str | None = None,
    ) -> Change[Consent]:
        """They said yes without having been asked by us first: ticked in a form, told a colleague."""
        consent = cls(
            id, customer, channel, purpose, controller, GRANTED, Basis.CONSENT, proof, contact_point,
            granted_at=at, valid_until=valid_until, ip=ip, user_agent=user_agent,
        )  # fmt: skip
        return consent_lifecycle.begin(consent, "note", at=at, by=by)

    @classmethod
    def rely(
        cls,
        id: ConsentId,
        *,
        customer: CustomerId,
        channel: Channel,
        purpose: str,
        controller: str,
        basis: Basis,
        reference: str,
        since: datetime,
        at: datetime,
        by: Actor | None = None,
        contact_point: ContactPointId | None = None,
    ) -> Change[Consent]:
        """Nobody said yes, and the law lets us all the same: because of what ``reference`` names, since it was."""
        if basis is Basis.CONSENT:
            raise Invalid("basis", "must be another one than consent", basis, "note a consent with its proof")
        relied = cls(
            id, customer, channel, purpose, controller, GRANTED, basis, contact_point=contact_point,
            reference=reference, counted_from=_past(since, at), granted_at=at, valid_until=runs_out(basis, since),
        )  # fmt: skip
        return consent_lifecycle.begin(relied, "rely", at=at, by=by)

    @classmethod
    def note_refusal(
        cls,
        id: ConsentId,
        *,
        customer: CustomerId,
        channel: Channel,
        purpose: str,
        controller: str,
        at: datetime,
        by: Actor | None = None,
        contact_point: ContactPointId | None = None,
    ) -> Change[Consent]:
        """They said no before we asked, or while we did."""
        refused = cls(
            id, customer, channel, purpose, controller, REFUSED, contact_point=contact_point, refused_at=at
        )
        return consent_lifecycle.begin(refused, "note_refusal", at=at, by=by)

    # what becomes of it

    def grant(
        self,
        proof: Proof,
        *,
        token: str | None = None,
        at: datetime,
        by: Actor | None = None,
        valid_until: datetime | None = None,
        ip: str | None = None,
        user_agent: str | None = None,
    ) -> Change[Consent]:
        """The customer says yes to what was asked, with the token that was sent."""
        facts = () if token is None else (ShownToken(token_hash(token)),)
        step = consent_lifecycle.step(self, "grant", at=at, by=by, facts=facts)
        yes = evolve(self, state=step.to, basis=Basis.CONSENT, proof=proof, ip=ip, user_agent=user_agent)
        return step.change(evolve(yes, granted_at=at, valid_until=valid_until, token_hash=None))

    def refuse(self, *, at: datetime, by: Actor | None = None) -> Change[Consent]:
        """The customer says no to what was asked."""
        step = consent_lifecycle.step(self, "refuse", at=at, by=by)
        return step.change(evolve(self, state=step.to, refused_at=at, token_hash=None))

    def lapse(self, *, at: datetime, by: Actor | None = None) -> Change[Consent]:
        """Nobody answered in time."""
        step = consent_lifecycle.step(self, "lapse", at=at, by=by)
        return step.change(evolve(self, state=step.to, ended_at=at, token_hash=None))

    def renew(
        self, reference: str, *, since: datetime, at: datetime, by: Actor | None = None
    ) -> Change[Consent]:
        """They bought, or asked, again: what is implied counts anew, and never to an earlier end."""
        step = consent_lifecycle.step(self, "renew", at=at, by=by)
        latest = max(_past(since, at), self.counted_from or since)
        until = None if self.basis is None else runs_out(self.basis, latest)
        renewed = evolve(self, state=step.to, reference=reference, counted_from=latest, valid_until=until)
        return step.change(evolve(renewed, granted_at=at, ended_at=None))

    def withdraw(self, *, at: datetime, by: Actor | None = None) -> Change[Consent]:
        """The customer says no from now on: always possible, and twice is once. The proof of before is kept."""
        step = consent_lifecycle.step(self, "withdraw", at=at, by=by)
        return step.change(evolve(self, state=step.to, withdrawn_at=self.withdrawn_at or at, token_hash=None))

    def expire(self, *, at: datetime, by: Actor | None = None) -> Change[Consent]:
        """It ran out; this writes it down."""
        step = consent_lifecycle.step(self, "expire", at=at, by=by)
        return step.change(evolve(self, state=step.to, ended_at=at))

    def supersede(self, change: MaterialChange, *, at: datetime, by: Actor | None = None) -> Change[Consent]:
        """What they agreed to is no longer what we do."""
        step = consent_lifecycle.step(self, "supersede", at=at, by=by, facts=[change])
        return step.change(evolve(self, state=step.to, superseded_by=change.now.version, ended_at=at))

    def request_again(
        self,
        *,
        because: str,
        token: str,
        answer_by: datetime,
        at: datetime,
        by: Actor | None = None,
        policy: AskingPolicy = AskingPolicy(),
    ) -> Change[Consent]:
        """We ask once more, after a time in which they were left in peace."""
        step = consent_lifecycle.step(self, "request_again", at=at, by=by, facts=[policy])
        return step.change(evolve(self._asked(token, answer_by, at), state=step.to, asked_because=because))

    def reopen(self, *, token: str, answer_by: datetime, at: datetime, by: Actor) -> Change[Consent]:
        """The customer themselves want to hear of us again; they confirm it like everybody else."""
        step = consent_lifecycle.step(self, "reopen", at=at, by=by)
        return step.change(evolve(self._asked(token, answer_by, at), state=step.to))

    def carry(self, to: CustomerId, *, at: datetime, by: Actor | None = None) -> Change[Consent]:
        """Two records were one person: what was said to the one is said to the other, a no above all."""
        step = consent_lifecycle.step(self, "carry", at=at, by=by)
        return step.change(evolve(self, customer=to))

    def _asked(self, token: str, answer_by: datetime, at: datetime) -> Consent:
        """As if nothing had been granted before: what was is in the log."""
        blank = evolve(
            self, basis=None, proof=None, reference=None, counted_from=None, ip=None, user_agent=None
        )
        blank = evolve(
            blank, granted_at=None, valid_until=None, refused_at=None, withdrawn_at=None, ended_at=None
        )
        return evolve(
            blank, superseded_by=None, token_hash=token_hash(token), requested_at=at, answer_by=answer_by
        )


def _past(since: datetime, at: datetime) -> datetime:
    if aware("since", since) > aware("at", at):
        raise Invalid("since", "must not lie after the moment it is noted", since)
    return aware("since", since)


class ConsentFields:
    """What may be asked about consents."""

    customer = Link(Consent, CustomerId, index=True)
    channel = Choice(Consent, Channel)
    contact_point = Link(Consent, ContactPointId)
    purpose = Text(Consent, index=True)
    controller = Text(Consent)
    state = Choice(Consent, ConsentState)
    basis = Choice(Consent, Basis)
    answer_by = Instant(Consent)
    granted_at = Instant(Consent)
    valid_until = Instant(Consent)
