"""A lead: somebody who may become a customer, and what we know of them before they are one.

The states are those that sales teams share (new, working, nurturing, qualified), with two ideas kept apart that many
systems mix: a *disqualified* lead is closed and may be recycled, a *converted* one is final. Whoever resends "converted"
must not get a second customer or a second opportunity, so the way out of *converted* does not exist. A disqualified lead
counts in conversion rates; junk and duplicates never were leads and count in none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import attrs
from attrs.validators import optional

from relcore.ids import CustomerId, LeadId, OpportunityId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import PERSONAL, Entity, a, count, evolve, hidden, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.words import Choice, Count, Instant, Link, Text, Who
from relcore.sales.lead_table import (
    NEW,
    Checklist,
    LeadMove,
    LeadPolicy,
    LeadState,
    Likeness,
    Match,
    MatchedBy,
    MergeInto,
    NurtureConsent,
    OptedOut,
    Reachable,
    Signal,
    lead_lifecycle,
)


def _score(lead: Lead, field: attrs.Attribute[Any], score: int | None) -> None:
    if score is not None and (type(score) is not int or not 0 <= score <= 100):
        raise Invalid("Lead.score", "must be a whole number from 0 to 100", score)


@attrs.frozen
class Lead(Entity[LeadId, LeadState, LeadMove]):
    """A lead. ``source`` is the host's code of where it came from (a campaign, a fair, a referral).

    ``since`` is when it came into the state it is in. ``score`` is what somebody or something else worked out, from 0 to
    100. ``attempts`` counts how often we set out to win it: once, and once more each time it is recycled.
    """

    lifecycle: ClassVar = lead_lifecycle

    id: LeadId = attrs.field(validator=a(LeadId))
    source: str = attrs.field(validator=text)
    likeness: Likeness = attrs.field(validator=a(Likeness))
    captured_at: datetime = attrs.field(converter=moment)
    since: datetime = attrs.field(converter=moment)
    name: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    company: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    email: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    phone: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    state: LeadState = attrs.field(default=NEW, validator=a(LeadState))
    score: int | None = attrs.field(default=None, validator=_score)
    attempts: int = attrs.field(default=1, validator=count)
    disqualified_because: str | None = attrs.field(default=None, validator=text_or_none)
    junk_because: str | None = attrs.field(default=None, validator=text_or_none)
    matched_by: MatchedBy | None = attrs.field(default=None, validator=optional(a(MatchedBy)))
    customer: CustomerId | None = attrs.field(default=None, validator=optional(a(CustomerId)))
    opportunity: OpportunityId | None = attrs.field(default=None, validator=optional(a(OpportunityId)))
    survivor: LeadId | None = attrs.field(default=None, validator=optional(a(LeadId)))
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    @classmethod
    def capture(
        cls,
        id: LeadId,
        *,
        source: str,
        likeness: Likeness,
        at: datetime,
        by: Actor | None = None,
        name: str | None = None,
        company: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        owner: Actor | None = None,
    ) -> Change[Lead]:
        """Somebody shows interest, or is found. ``likeness`` is the verdict of the search for duplicates.

        Raises ``Invalid`` when nothing is known by which they could be called or reached.
        """
        if not (name or company or email or phone):
            raise Invalid("lead", "must say a name, a company, an e-mail or a phone number", None)
        lead = cls(id, source, likeness, at, at, name, company, email, phone, owner)
        return lead_lifecycle.begin(lead, "capture", at=at, by=by)

    def work(self, owner: Actor, *, at: datetime, by: Actor | None = None) -> Change[Lead]:
        """Somebody takes it on; unless said otherwise, the one who does so is the owner."""
        step = lead_lifecycle.step(self, "work", at=at, by=by or owner)
        return step.change(evolve(self, state=step.to, since=at, owner=owner))

    def assign(self, owner: Actor, *, at: datetime, by: Actor | None = None) -> Change[Lead]:
        """Another colleague, or a queue, is to have it."""
        step = lead_lifecycle.step(self, "assign", at=at, by=by)
        return step.change(evolve(self, owner=owner))

    def correct(
        self,
        *,
        name: str | None = None,
        company: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Lead]:
        """What was wrong or missing; what is not given stays."""
        step = lead_lifecycle.step(self, "correct", at=at, by=by)
        return step.change(
            evolve(
                self,
                name=self.name if name is None else name,
                company=self.company if company is None else company,
                email=self.email if email is None else email,
                phone=self.phone if phone is None else phone,
            )
        )

    def rate(self, score: int, *, at: datetime, by: Actor | None = None) -> Change[Lead]:
        """Somebody, or a model, says how promising it is."""
        step = lead_lifecycle.step(self, "rate", at=at, by=by)
        return step.change(evolve(self, score=score))

    def nurture(
        self, consent: NurtureConsent | None = None, *, at: datetime, by: Actor | None = None
    ) -> Change[Lead]:
        """Not yet: they are kept warm, if they agreed to that."""
        step = lead_lifecycle.step(self, "nurture", at=at, by=by, facts=[consent])
        return step.change(evolve(self, state=step.to, since=at))

    def warm_up(
        self,
        *,
        signal: Signal | None = None,
        at: datetime,
        by: Actor | None = None,
        policy: LeadPolicy = LeadPolicy(),
    ) -> Change[Lead]:
        """Back to work: the score is high enough, or they answered."""
        step = lead_lifecycle.step(self, "warm_up", at=at, by=by, facts=[signal, policy])
        return step.change(evolve(self, state=step.to, since=at))

    def qualify(
        self,
        checklist: Checklist | None = None,
        *,
        reachable: Reachable | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Lead]:
        """There is something to sell to somebody who can be reached."""
        step = lead_lifecycle.step(self, "qualify", at=at, by=by, facts=[checklist, reachable])
        return step.change(evolve(self, state=step.to, since=at))

    def convert(
        self,
        match: Match | None = None,
        *,
        opportunity: OpportunityId | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Lead]:
        """They are a customer now. What else that makes is said by ``relcore.workflows.conversion``."""
        step = lead_lifecycle.step(self, "convert", at=at, by=by, facts=[match])
        customer = None if match is None else match.customer
        found_by = None if match is None else match.by
        converted = evolve(self, state=step.to, since=at, matched_by=found_by)
        return step.change(evolve(converted, customer=customer, opportunity=opportunity))

    def disqualify(self, because: str, *, at: datetime, by: Actor | None = None) -> Change[Lead]:
        """It will not be one, for now. It counts among those that were not won."""
        step = lead_lifecycle.step(self, "disqualify", at=at, by=by)
        return step.change(evolve(self, state=step.to, since=at, disqualified_because=because))

    def mark_junk(self, because: str, *, at: datetime, by: Actor | None = None) -> Change[Lead]:
        """It never was one: a robot, a joke, a mistake. Counted in no rate."""
        step = lead_lifecycle.step(self, "mark_junk", at=at, by=by)
        return step.change(evolve(self, state=step.to, since=at, junk_because=because))

    def recycle(
        self,
        opted_out: OptedOut | None = None,
        *,
        signal: Signal | None = None,
        at: datetime,
        by: Actor | None = None,
        policy: LeadPolicy = LeadPolicy(),
    ) -> Change[Lead]:
        """Another attempt. Why it was given up before stays in the log."""
        step = lead_lifecycle.step(self, "recycle", at=at, by=by, facts=[opted_out, signal, policy])
        again = evolve(self, state=step.to, since=at, disqualified_because=None)
        return step.change(evolve(again, attempts=self.attempts + 1))

    def merge(self, survivor: Lead, *, at: datetime, by: Actor | None = None) -> Change[Lead]:
        """It was a second record of another lead; what asks for it is sent on to the survivor."""
        into = MergeInto(survivor.id, survivor.state)
        step = lead_lifecycle.step(self, "merge", at=at, by=by, facts=[into])
        return step.change(evolve(self, state=step.to, since=at, survivor=survivor.id))

    def forget(self, *, at: datetime, by: Actor | None = None) -> Change[Lead]:
        """The personal data goes; that there was a lead, and what came of it, stays."""
        step = lead_lifecycle.step(self, "forget", at=at, by=by)
        return step.change(evolve(self, name=None, company=None, email=None, phone=None))


class LeadFields:
    """What may be asked about leads."""

    source = Text(Lead, index=True)
    likeness = Choice(Lead, Likeness)
    captured_at = Instant(Lead)
    since = Instant(Lead)
    owner = Who(Lead, index=True)
    state = Choice(Lead, LeadState, index=True)
    score = Count(Lead)
    attempts = Count(Lead)
    disqualified_because = Text(Lead)
    matched_by = Choice(Lead, MatchedBy)
    customer = Link(Lead, CustomerId, index=True)
    survivor = Link(Lead, LeadId, index=True)
