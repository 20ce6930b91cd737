"""A consent: what one customer allows us on one channel for one purpose, and the proof of it.

One record per (customer, channel, purpose, controller). Withdrawing is always possible, by any channel, without a reason
and at once. What was withdrawn is never asked for again by an import, a merge or a colleague: only the customer's own act
reopens it. Whether a consent has run out is computed as of a time; no job has to mark it.

Objections and do-not-contact entries are not consents: they are suppressions, and beat every grant. See ``may_contact``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import optional

from relcore.channel import Channel
from relcore.ids import ConsentId, CustomerId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment_or_none
from relcore.kernel.entity import Entity, a, evolve, text
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link, Text


class ConsentState(StrEnum):
    """What the customer has said."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Basis(StrEnum):
    """Why we may: article 6 (1) of the GDPR, and the implied consent of Canada's CASL."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGITIMATE_INTEREST = "legitimate_interest"
    IMPLIED = "implied"


ConsentMove = Literal["request", "note", "grant", "refuse", "withdraw", "request_again"]
REQUESTED, GRANTED = ConsentState.REQUESTED, ConsentState.GRANTED
REFUSED, WITHDRAWN = ConsentState.REFUSED, ConsentState.WITHDRAWN


@attrs.frozen
class Proof:
    """What shows that the customer said so: immutable, and about the very notice that was served.

    ``notice`` and ``text_hash`` name the words that were shown, ``method`` how the customer answered them.
    """

    notice: str = attrs.field(validator=text)
    text_hash: str = attrs.field(validator=text)
    method: str = attrs.field(validator=text)


@guard("the time to answer the request is over; ask again")
def still_asked(consent: Consent, given: Given) -> bool:
    return consent.answer_by is None or given.at < consent.answer_by


@guard("only the customer may reopen what they withdrew or refused, never an import, a merge or a colleague")
def by_the_customer(consent: Consent, given: Given) -> bool:
    return given.by is not None and given.by.kind == "customer"


consent_lifecycle = Lifecycle["Consent", ConsentState, ConsentMove](
    "consent",
    version=1,
    states={
        REQUESTED: Category.OPEN,
        GRANTED: Category.WON,
        REFUSED: Category.LOST,
        WITHDRAWN: Category.LOST,
    },
    moves=(
        begin("request", to=REQUESTED, needs=["answer_by"], effects=["ask_to_confirm"]),
        begin("note", to=GRANTED, needs=["basis", "proof"]),
        move("grant", REQUESTED, to=GRANTED, when=[still_asked], needs=["basis", "proof"]),
        move("refuse", REQUESTED, to=REFUSED),
        move("withdraw", REQUESTED, GRANTED, to=WITHDRAWN, effects=["cancel_queued_messages"]),
        move("request_again", WITHDRAWN, REFUSED, to=REQUESTED, when=[by_the_customer], needs=["answer_by"]),
    ),
)


@attrs.frozen
class Consent(Entity[ConsentId, ConsentState, ConsentMove]):
    """What a customer allows. ``purpose`` and ``controller`` are codes of the host, ``valid_until`` follows the basis."""

    lifecycle: ClassVar = consent_lifecycle

    id: ConsentId = attrs.field(validator=a(ConsentId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    channel: Channel = attrs.field(validator=a(Channel))
    purpose: str = attrs.field(validator=text)
    controller: str = attrs.field(validator=text)
    state: ConsentState = attrs.field(default=REQUESTED, validator=a(ConsentState))
    basis: Basis | None = attrs.field(default=None, validator=optional(a(Basis)))
    proof: Proof | None = attrs.field(default=None, validator=optional(a(Proof)))
    answer_by: datetime | None = attrs.field(default=None, converter=moment_or_none)
    granted_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    valid_until: datetime | None = attrs.field(default=None, converter=moment_or_none)
    withdrawn_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    version: int = 0

    def holds(self, at: datetime) -> bool:
        """Whether it is granted, and has not run out by then."""
        moment = aware("at", at)
        if self.state is not GRANTED or (self.granted_at is not None and moment < self.granted_at):
            return False
        return self.valid_until is None or moment < self.valid_until

    @classmethod
    def request(
        cls,
        id: ConsentId,
        *,
        customer: CustomerId,
        channel: Channel,
        purpose: str,
        controller: str,
        answer_by: datetime,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Consent]:
        """We ask (double opt-in). Asking may itself be a message that needs a lawful reason."""
        consent = cls(id, customer, channel, purpose, controller, answer_by=answer_by)
        return consent_lifecycle.begin(consent, "request", at=at, by=by)

    @classmethod
    def note(
        cls,
        id: ConsentId,
        *,
        customer: CustomerId,
        channel: Channel,
        purpose: str,
        controller: str,
        basis: Basis,
        proof: Proof,
        at: datetime,
        by: Actor | None = None,
        valid_until: datetime | None = None,
    ) -> Change[Consent]:
        """It is granted without having been asked for: ticked in a form, or implied by a purchase."""
        consent = cls(
            id, customer, channel, purpose, controller, GRANTED, basis, proof, granted_at=at, valid_until=valid_until
        )  # fmt: skip
        return consent_lifecycle.begin(consent, "note", at=at, by=by)

    def grant(
        self,
        proof: Proof,
        *,
        at: datetime,
        by: Actor | None = None,
        basis: Basis = Basis.CONSENT,
        valid_until: datetime | None = None,
    ) -> Change[Consent]:
        """The customer says yes to what was asked."""
        step = consent_lifecycle.step(self, "grant", at=at, by=by)
        yes = evolve(self, state=step.to, basis=basis, proof=proof, granted_at=at, valid_until=valid_until)
        return step.change(yes)

    def refuse(self, *, at: datetime, by: Actor | None = None) -> Change[Consent]:
        """The customer says no to what was asked."""
        step = consent_lifecycle.step(self, "refuse", at=at, by=by)
        return step.change(evolve(self, state=step.to))

    def withdraw(self, *, at: datetime, by: Actor | None = None) -> Change[Consent]:
        """The customer says no from now on. Effective at once; the proof of what was granted before is kept."""
        step = consent_lifecycle.step(self, "withdraw", at=at, by=by)
        return step.change(evolve(self, state=step.to, withdrawn_at=at))

    def request_again(self, *, answer_by: datetime, at: datetime, by: Actor) -> Change[Consent]:
        """The customer themselves want to hear of us again."""
        step = consent_lifecycle.step(self, "request_again", at=at, by=by)
        asked = evolve(self, state=step.to, answer_by=answer_by, basis=None, proof=None, granted_at=None)
        return step.change(evolve(asked, valid_until=None, withdrawn_at=None))


class ConsentFields:
    """What may be asked about consents."""

    customer = Link(Consent, CustomerId, index=True)
    channel = Choice(Consent, Channel)
    purpose = Text(Consent, index=True)
    controller = Text(Consent)
    state = Choice(Consent, ConsentState)
    valid_until = Instant(Consent)
