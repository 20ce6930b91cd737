"""A relationship: what two parties are to each other, from when to when.

The *type* says who may stand at which end. One person may work at several companies, in each under another title; a
company may belong to several parents; a household has one head. Where a type is a hierarchy no party may come to stand
above itself, at any moment: not today's relationships are compared, but those that hold at one time.

After L. Silverston, *The Data Model Resource Book*, vol. 1 (2001), ch. 2: party relationship types with their role types.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

import attrs

from relcore.customers.customer import Customer, CustomerKind, CustomerState
from relcore.customers.role import PartyRole
from relcore.ids import CustomerId, RelationshipId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import PERSONAL, Entity, a, evolve, hidden, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link

PERSON, ORGANISATION = CustomerKind.PERSON, CustomerKind.ORGANISATION
ANYBODY = (PERSON, ORGANISATION)


class RelationshipType(StrEnum):
    """What the source is to the target."""

    EMPLOYMENT = "employment"
    """A person works at an organisation, at as many as they like."""
    CONTACT = "contact"
    """A person speaks for an organisation without being employed there."""
    HOUSEHOLD = "household"
    """A person belongs to the household of its head, and to one at a time."""
    FAMILY = "family"
    PARENT_COMPANY = "parent_company"
    """An organisation belongs to another, wholly or in part."""
    PARTNERSHIP = "partnership"
    """Somebody works with an organisation that is a partner of ours."""
    SUPPLY = "supply"
    """Somebody is supplied by a vendor of ours."""
    REFERRAL = "referral"
    """Somebody was referred by somebody, once."""


@attrs.frozen
class EndRules:
    """Who may stand where in relationships of one type."""

    source: tuple[CustomerKind, ...]
    target: tuple[CustomerKind, ...]
    source_is: str
    """What the source is called: the employee, the subsidiary."""
    target_is: str
    target_role: PartyRole | None = None
    """The role that the target must have with us when it begins."""
    hierarchy: bool = False
    """Nobody may stand above themselves."""
    one_at_a_time: bool = False
    """The source may have one such relationship at any moment."""


RULES: dict[RelationshipType, EndRules] = {
    RelationshipType.EMPLOYMENT: EndRules((PERSON,), (ORGANISATION,), "employee", "employer"),
    RelationshipType.CONTACT: EndRules((PERSON,), (ORGANISATION,), "contact", "organisation"),
    RelationshipType.HOUSEHOLD: EndRules(
        (PERSON,), (PERSON,), "member", "head", hierarchy=True, one_at_a_time=True
    ),
    RelationshipType.FAMILY: EndRules((PERSON,), (PERSON,), "relative", "relative"),
    RelationshipType.PARENT_COMPANY: EndRules(
        (ORGANISATION,), (ORGANISATION,), "subsidiary", "parent", hierarchy=True
    ),
    RelationshipType.PARTNERSHIP: EndRules(
        ANYBODY, (ORGANISATION,), "associate", "partner", target_role=PartyRole.PARTNER
    ),
    RelationshipType.SUPPLY: EndRules(ANYBODY, ANYBODY, "buyer", "vendor", target_role=PartyRole.VENDOR),
    RelationshipType.REFERRAL: EndRules(
        ANYBODY, ANYBODY, "referred", "referrer", hierarchy=True, one_at_a_time=True
    ),
}


class RelationshipState(StrEnum):
    """What is known of its end; whether it holds at a moment follows from its dates."""

    STANDING = "standing"
    ENDED = "ended"
    VOID = "void"


RelationshipMove = Literal["establish", "describe", "end", "void"]
STANDING, ENDED, VOID = RelationshipState.STANDING, RelationshipState.ENDED, RelationshipState.VOID


@attrs.frozen
class Ending:
    """When it is to end; without a moment, now."""

    until: datetime | None = attrs.field(default=None, converter=moment_or_none)


@guard("it cannot end before it began; declare it void if it never was")
def ends_after_it_began(relationship: Relationship, given: Given) -> bool:
    return (given[Ending].until or given.at) > relationship.since


relationship_lifecycle = Lifecycle["Relationship", RelationshipState, RelationshipMove](
    "relationship",
    version=1,
    states={STANDING: Category.OPEN, ENDED: Category.LOST, VOID: Category.VOID},
    final=(VOID,),
    moves=(
        begin("establish", to=STANDING, needs=["source", "target", "since"]),
        move("describe", STANDING, ENDED),
        move("end", STANDING, to=ENDED, when=[ends_after_it_began], needs=["until", "end_reason"]),
        move("void", STANDING, ENDED, to=VOID, needs=["void_reason"]),
    ),
)


@attrs.frozen
class Relationship(Entity[RelationshipId, RelationshipState, RelationshipMove]):
    """``source`` is something to ``target``: the employee to the employer, the subsidiary to the parent, who was referred
    to who referred them. ``title`` says it in words: "Head of Purchasing".
    """

    lifecycle: ClassVar = relationship_lifecycle

    id: RelationshipId = attrs.field(validator=a(RelationshipId))
    type: RelationshipType = attrs.field(validator=a(RelationshipType))
    source: CustomerId = attrs.field(validator=a(CustomerId))
    target: CustomerId = attrs.field(validator=a(CustomerId))
    since: datetime = attrs.field(converter=moment)
    until: datetime | None = attrs.field(default=None, converter=moment_or_none)
    state: RelationshipState = attrs.field(default=STANDING, validator=a(RelationshipState))
    title: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    end_reason: str | None = attrs.field(default=None, validator=text_or_none)
    void_reason: str | None = attrs.field(default=None, validator=text_or_none)
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def holds(self, at: datetime) -> bool:
        """Whether the two are that to each other at that moment."""
        moment = aware("at", at)
        return self.state is not VOID and self.since <= moment and (self.until is None or moment < self.until)

    @classmethod
    def establish(
        cls,
        id: RelationshipId,
        *,
        type: RelationshipType,
        source: Customer,
        target: Customer,
        others: Iterable[Relationship],
        at: datetime,
        by: Actor | None = None,
        since: datetime | None = None,
        title: str | None = None,
    ) -> Change[Relationship]:
        """The two are that to each other from now, or from ``since``.

        ``others`` are the relationships it must agree with: those of this type, all of them for a hierarchy. Raises
        ``Invalid`` when the type does not allow these ends, when the two are that already, when the source may have only
        one and has it, and when somebody would come to stand above themselves.
        """
        relationship = cls(id, type, source.id, target.id, since or at, title=title)
        _check_ends(relationship, source, target)
        _check_others(
            relationship, [o for o in others if o.type is type and o.id != id and o.state is not VOID]
        )
        return relationship_lifecycle.begin(relationship, "establish", at=at, by=by)

    def describe(self, title: str | None, *, at: datetime, by: Actor | None = None) -> Change[Relationship]:
        """The same relationship under another title."""
        step = relationship_lifecycle.step(self, "describe", at=at, by=by)
        return step.change(evolve(self, title=title))

    def end(
        self, reason: str, *, at: datetime, by: Actor | None = None, until: datetime | None = None
    ) -> Change[Relationship]:
        """They are that no longer, from now or from ``until`` on. That they were stays."""
        step = relationship_lifecycle.step(self, "end", at=at, by=by, facts=[Ending(until)])
        return step.change(evolve(self, state=step.to, until=until or at, end_reason=reason))

    def void(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Relationship]:
        """They never were: it was recorded in error."""
        step = relationship_lifecycle.step(self, "void", at=at, by=by)
        return step.change(evolve(self, state=step.to, void_reason=reason))


def _check_ends(new: Relationship, source: Customer, target: Customer) -> None:
    rules = RULES[new.type]
    if source.id == target.id:
        raise Invalid("target", "must be another party than the source", target.id)
    for name, party, kinds in (
        (rules.source_is, source, rules.source),
        (rules.target_is, target, rules.target),
    ):
        if party.state is not CustomerState.ACTIVE:
            remedy = f"relate {party.survivor} instead" if party.survivor else ""
            raise Invalid(f"{new.type} {name}", "must be an active customer", party.id, remedy)
        if party.kind not in kinds:
            raise Invalid(f"{new.type} {name}", f"must be a {' or '.join(kinds)}", party.kind)
    if rules.target_role is not None and rules.target_role not in target.roles_at(new.since):
        raise Invalid(
            f"{new.type} {rules.target_is}", f"must have the role {rules.target_role} by then", target.id,
            "let it take on that role first",
        )  # fmt: skip


def _check_others(new: Relationship, others: list[Relationship]) -> None:
    rules = RULES[new.type]
    beside = [o for o in others if o.until is None or new.since < o.until]
    for other in beside:
        if (other.source, other.target) == (new.source, new.target):
            raise Invalid("relationship", "must be new", other.id, "the two are that to each other already")
        if rules.one_at_a_time and other.source == new.source:
            raise Invalid(
                f"{new.type} {rules.source_is}", "may have one at a time", other.id, "end that first"
            )
    if rules.hierarchy and _closes_a_ring(new, beside):
        raise Invalid(
            f"{new.type} {rules.target_is}", f"must not stand below its own {rules.source_is}", new.target
        )


def _closes_a_ring(new: Relationship, others: list[Relationship]) -> bool:
    """Whether the source stands above the target at any moment from its beginning on.

    What holds together at some moment holds together at the latest of its beginnings: those are the moments to look at.
    """
    moments = {new.since, *(o.since for o in others if o.since > new.since)}
    return new.source in above(new.target, others) and any(
        new.source in above(new.target, [o for o in others if o.holds(moment)]) for moment in moments
    )


def above(party: CustomerId, relationships: Iterable[Relationship]) -> frozenset[CustomerId]:
    """Everybody who stands above a party, in any number of steps from source to target."""
    upward: dict[CustomerId, list[CustomerId]] = {}
    for relationship in relationships:
        upward.setdefault(relationship.source, []).append(relationship.target)
    seen: set[CustomerId] = set()
    fresh = [party]
    while fresh:
        higher = set(upward.get(fresh.pop(), ())) - seen
        seen |= higher
        fresh += higher
    return frozenset(seen)


class RelationshipFields:
    """What may be asked about relationships."""

    type = Choice(Relationship, RelationshipType)
    source = Link(Relationship, CustomerId, index=True)
    target = Link(Relationship, CustomerId, index=True)
    since = Instant(Relationship)
    until = Instant(Relationship)
    state = Choice(Relationship, RelationshipState)
