"""A quote: what we offer for which price, in one numbered version, and what the customer said to it.

A customer accepts what they have seen. So once a quote is presented its content is frozen by a hash, a change is a new
revision that supersedes it, and an acceptance says who accepted which hash, how and when. That a customer opened it is a
fact and not a state: one who has looked has decided nothing. At most one quote of an opportunity (of each group of
alternatives) is accepted. Prices come in with the lines: price books, configuration, discounts on the whole and taxes are
checked by whoever computes them, who tells what is wrong (``Checked``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, ClassVar

import attrs
from attrs.validators import deep_iterable, optional

from relcore.ids import OpportunityId, QuoteId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, microseconds, moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import Entity, a, count, evolve, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.money import Money, minor_units, total
from relcore.kernel.words import Choice, Count, Instant, Link, Text, Unique
from relcore.sales.closing import AcceptedQuotes
from relcore.sales.quote_line import QuoteLine
from relcore.sales.quote_table import (
    DRAFT,
    PRESENTED,
    Acceptance,
    Authority,
    Checked,
    EarlierRevisions,
    QuoteMove,
    QuoteState,
    Successor,
    quote_lifecycle,
)


def _a_currency(quote: Quote, field: attrs.Attribute[Any], currency: str) -> None:
    minor_units(currency)


@attrs.frozen
class Quote(Entity[QuoteId, QuoteState, QuoteMove]):
    """One version of an offer for one opportunity.

    ``number`` is shared by all revisions of an offer, which count from 1. ``option`` groups alternatives of which at most
    one is accepted. ``valid_until`` is a moment, because a day ends at another one in every zone: the host says which.
    """

    lifecycle: ClassVar = quote_lifecycle

    id: QuoteId = attrs.field(validator=a(QuoteId))
    opportunity: OpportunityId = attrs.field(validator=a(OpportunityId))
    number: str = attrs.field(validator=text)
    currency: str = attrs.field(validator=_a_currency)
    drafted_at: datetime = attrs.field(converter=moment)
    revision: int = attrs.field(default=1, validator=count)
    option: str = attrs.field(default="offer", validator=text)
    lines: tuple[QuoteLine, ...] = attrs.field(default=(), validator=deep_iterable(a(QuoteLine)))
    valid_until: datetime | None = attrs.field(default=None, converter=moment_or_none)
    state: QuoteState = attrs.field(default=DRAFT, validator=a(QuoteState))
    submitted_by: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    approved_by: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    rejection: str | None = attrs.field(default=None, validator=text_or_none)
    presented_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    content_hash: str | None = attrs.field(default=None, validator=text_or_none)
    viewed_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    acceptance: Acceptance | None = attrs.field(default=None, validator=optional(a(Acceptance)))
    decline_reason: str | None = attrs.field(default=None, validator=text_or_none)
    withdrawal_reason: str | None = attrs.field(default=None, validator=text_or_none)
    superseded_by: QuoteId | None = attrs.field(default=None, validator=optional(a(QuoteId)))
    cancel_reason: str | None = attrs.field(default=None, validator=text_or_none)
    compensated_by: str | None = attrs.field(default=None, validator=text_or_none)
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.content_hash is not None and self.content_hash != self.digest():
            raise Invalid(
                "Quote.content_hash",
                "must be the hash of its content, which is frozen since it was presented",
                self.content_hash,
                "draft the next revision",
            )

    @property
    def total(self) -> Money:
        """The sum of its lines, each rounded once."""
        return total((line.net(self.currency) for line in self.lines), self.currency)

    @property
    def discount(self) -> Decimal:
        """The share of the list price that is given away, from 0 to 1; a price above the list is none."""
        listed = total((line.gross(self.currency) for line in self.lines), self.currency)
        if not listed or self.total >= listed:
            return Decimal(0)
        return (listed - self.total).amount / listed.amount

    def digest(self) -> str:
        """The hash of what is offered: number, revision, currency, validity and lines."""
        until = "" if self.valid_until is None else str(microseconds(self.valid_until))
        content = ["quote@1", self.opportunity, self.number, str(self.revision), self.currency, until]
        for line in self.lines:
            content += [line.item, str(line.quantity), str(line.unit_price), str(line.list_price)]
        # Lengths in front, so that no text can run into its neighbour.
        return sha256("".join(f"{len(part)}:{part}" for part in content).encode()).hexdigest()

    def is_expired(self, at: datetime) -> bool:
        """Whether nobody can accept it any more, whether or not somebody has said so with ``expire``."""
        return self.state is PRESENTED and self.valid_until is not None and aware("at", at) > self.valid_until

    @classmethod
    def draft(
        cls,
        id: QuoteId,
        *,
        opportunity: OpportunityId,
        number: str,
        currency: str,
        at: datetime,
        by: Actor | None = None,
        lines: Iterable[QuoteLine] = (),
        valid_until: datetime | None = None,
        option: str = "offer",
    ) -> Change[Quote]:
        """The first revision of an offer."""
        quote = cls(id, opportunity, number, currency, at, 1, option, tuple(lines), valid_until)
        return quote_lifecycle.begin(quote, "draft", at=at, by=by)

    @classmethod
    def draft_revision(
        cls, id: QuoteId, *, of: Quote, at: datetime, by: Actor | None = None
    ) -> Change[Quote]:
        """The next revision, as it was until it is revised. It supersedes the earlier one when it is presented.

        ``of`` must be the latest revision there is: the host counts, for a quote knows no other.
        """
        quote = cls(
            id, of.opportunity, of.number, of.currency, at, of.revision + 1, of.option, of.lines, of.valid_until
        )  # fmt: skip
        return quote_lifecycle.begin(quote, "draft_revision", at=at, by=by)

    def revise(
        self,
        *,
        lines: Iterable[QuoteLine] | None = None,
        valid_until: datetime | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Quote]:
        """Other lines or another term; what is not given stays."""
        step = quote_lifecycle.step(self, "revise", at=at, by=by)
        revised = self if lines is None else evolve(self, lines=tuple(lines))
        return step.change(revised if valid_until is None else evolve(revised, valid_until=valid_until))

    def submit(self, checked: Checked | None = None, *, at: datetime, by: Actor) -> Change[Quote]:
        """It is ready. ``checked`` tells what price book and configurator found wrong."""
        step = quote_lifecycle.step(self, "submit", at=at, by=by, facts=[checked])
        return step.change(evolve(self, state=step.to, submitted_by=by))

    def approve(self, authority: Authority | None = None, *, at: datetime, by: Actor) -> Change[Quote]:
        """Somebody who may give this discount agrees."""
        step = quote_lifecycle.step(self, "approve", at=at, by=by, facts=[authority])
        return step.change(evolve(self, state=step.to, approved_by=by))

    def reject(self, rejection: str, *, at: datetime, by: Actor | None = None) -> Change[Quote]:
        """Not like this, and why."""
        step = quote_lifecycle.step(self, "reject", at=at, by=by)
        return step.change(evolve(self, state=step.to, rejection=rejection))

    def rework(self, *, at: datetime, by: Actor | None = None) -> Change[Quote]:
        """Once more from the draft. Why it was rejected stays to be read."""
        step = quote_lifecycle.step(self, "rework", at=at, by=by)
        return step.change(evolve(self, state=step.to, submitted_by=None))

    def present(
        self, *, earlier: EarlierRevisions | None = None, at: datetime, by: Actor | None = None
    ) -> Change[Quote]:
        """The customer has it; from now on its content is frozen.

        A revision is presented with ``present_revision``, which supersedes the earlier ones in the same commit.
        """
        step = quote_lifecycle.step(self, "present", at=at, by=by, facts=[earlier])
        return step.change(evolve(self, state=step.to, presented_at=at, content_hash=self.digest()))

    def view(self, *, at: datetime, by: Actor | None = None) -> Change[Quote]:
        """The customer opened it. Kept is the first time."""
        step = quote_lifecycle.step(self, "view", at=at, by=by)
        return step.change(evolve(self, viewed_at=self.viewed_at or at))

    def accept(
        self,
        acceptance: Acceptance,
        *,
        others: AcceptedQuotes | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Quote]:
        """The customer says yes to what they have seen. ``others`` are the accepted quotes of its option group.

        ``accept_quote`` counts them, and gives the opportunity the total, in the same commit.
        """
        step = quote_lifecycle.step(self, "accept", at=at, by=by, facts=[acceptance, others])
        return step.change(evolve(self, state=step.to, acceptance=acceptance))

    def decline(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Quote]:
        """The customer says no."""
        step = quote_lifecycle.step(self, "decline", at=at, by=by)
        return step.change(evolve(self, state=step.to, decline_reason=reason))

    def expire(self, *, at: datetime, by: Actor | None = None) -> Change[Quote]:
        """Its time is over; it was no longer acceptable from that moment on."""
        step = quote_lifecycle.step(self, "expire", at=at, by=by)
        return step.change(evolve(self, state=step.to))

    def withdraw(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Quote]:
        """We take it back."""
        step = quote_lifecycle.step(self, "withdraw", at=at, by=by)
        return step.change(evolve(self, state=step.to, withdrawal_reason=reason))

    def supersede(self, successor: Quote, *, at: datetime, by: Actor | None = None) -> Change[Quote]:
        """The next revision was presented."""
        told = Successor(successor.opportunity, successor.number, successor.revision, successor.state)
        step = quote_lifecycle.step(self, "supersede", at=at, by=by, facts=[told])
        return step.change(evolve(self, state=step.to, superseded_by=successor.id))

    def cancel(
        self, reason: str, *, compensated_by: str, at: datetime, by: Actor | None = None
    ) -> Change[Quote]:
        """It was accepted and will not be kept. ``compensated_by`` refers to what makes up for it, such as a credit
        note: an acceptance is not undone, it is compensated.
        """
        step = quote_lifecycle.step(self, "cancel", at=at, by=by)
        return step.change(evolve(self, state=step.to, cancel_reason=reason, compensated_by=compensated_by))


class QuoteFields:
    """What may be asked about quotes."""

    opportunity = Link(Quote, OpportunityId, index=True)
    number = Text(Quote, index=True)
    revision = Count(Quote)
    once = Unique(number, revision)
    option = Text(Quote)
    valid_until = Instant(Quote)
    state = Choice(Quote, QuoteState, index=True)
    presented_at = Instant(Quote)
    content_hash = Text(Quote)
