"""A timeline: all that passed between one customer and us, across channels and colleagues, in the order it happened.

It is computed and never stored. Records that were merged are read through their redirects, so that no history stays
behind with the one that lost; what was corrected stays as a row and counts no more; what was redacted stays as a row
without its content.

Response times follow the *turns* of a conversation. The customer's turn begins with the first thing they say that is not
answered yet, and ends with the first answer of a person: an automatic reply ends no turn, and a call that both sides
took part in is its own answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Self, TypeAlias

import attrs
from attrs.validators import optional

from relcore.channel import Channel
from relcore.ids import CaseId, CustomerId, InteractionId
from relcore.interactions.interaction import Direction, Interaction, InteractionState
from relcore.kernel.actor import Actor
from relcore.kernel.change import Moved
from relcore.kernel.clock import aware, moment, moment_or_none
from relcore.kernel.entity import PERSONAL, a, count, hidden, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.ids import Id

LIVE = frozenset({Channel.PHONE, Channel.IN_PERSON})
"""Where people talk at one time: an answer needs no second contact."""
NO_REDIRECTS: Mapping[CustomerId, CustomerId] = MappingProxyType({})


@attrs.frozen
class Entry:
    """A line of a timeline that is no interaction: a move of the log, an order, a promise.

    ``id`` is the thing's own, ``what`` a code that says what became of it. ``order`` keeps apart what one thing did at
    one moment: the place in its log.
    """

    happened_at: datetime = attrs.field(converter=moment)
    id: Id = attrs.field(validator=a(Id))
    what: str = attrs.field(validator=text)
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    case: CaseId | None = attrs.field(default=None, validator=optional(a(CaseId)))
    by: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    due: datetime | None = attrs.field(default=None, converter=moment_or_none)
    note: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    order: int = attrs.field(default=0, validator=count)

    @classmethod
    def of_move(cls, event: Moved, *, customer: CustomerId, order: int = 0) -> Self:
        """A line of the log: what the thing did, when, and by whom."""
        case = event.id if isinstance(event.id, CaseId) else None
        return cls(event.at, event.id, event.move, customer, case=case, by=event.by, order=order)


Row: TypeAlias = Interaction | Entry


@attrs.frozen
class Turn:
    """One turn of a conversation: what the customer said first, and the first answer to it."""

    asked: Interaction
    answer: Interaction | None

    @property
    def took(self) -> timedelta | None:
        """From the question to the answer; None while there is none."""
        return None if self.answer is None else self.answer.happened_at - self.asked.happened_at


@attrs.frozen
class Thread:
    """One conversation: the contacts with the host's reference ``ref``, or those of one channel that have none."""

    ref: str | None
    contacts: tuple[Interaction, ...]
    """In their order, without notes among colleagues and without what was corrected."""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns of the customer, the last one open if it waits for us. Self-service asks nothing of anybody."""
        turns, asked = list[Turn](), None
        for contact in self.contacts:
            if asked is None and _asks(contact):
                asked = contact
            if asked is not None and _answers(contact):
                turns.append(Turn(asked, contact))
                asked = None
        return tuple(turns) if asked is None else (*turns, Turn(asked, None))

    @property
    def unanswered(self) -> Turn | None:
        """The turn that waits for us, if one does."""
        turns = self.turns
        return turns[-1] if turns and turns[-1].answer is None else None


@attrs.frozen
class Timeline:
    """The timeline of one customer, as it was known at a moment."""

    customer: CustomerId
    """The record that remained, whichever was asked for."""
    as_of: datetime
    rows: tuple[Row, ...]
    """By the time it happened, then by when it was written down, then by id."""
    merged: frozenset[CustomerId] = frozenset()
    """The records that were merged into this one."""
    corrected: frozenset[InteractionId] = frozenset()
    """What another interaction stands in the place of."""

    @classmethod
    def of(
        cls,
        customer: CustomerId,
        interactions: Iterable[Interaction],
        *,
        as_of: datetime,
        entries: Iterable[Entry] = (),
        redirects: Mapping[CustomerId, CustomerId] = NO_REDIRECTS,
    ) -> Self:
        """What of these is the customer's and was known by then. In whatever order they come, and however often one is
        there twice, it is the same timeline.

        redirects : which record was merged into which; followed as far as they lead.

        Raises ``Invalid`` for redirects or corrections that go round.
        """
        until, remains = aware("as_of", as_of), _remaining(redirects)
        survivor = remains(customer)
        said = [i for i in _latest(interactions) if i.customer and remains(i.customer) == survivor]
        known = [i for i in said if i.recorded_at <= until]
        told = {(e.id, e.what, e.order, e.happened_at): e for e in entries if remains(e.customer) == survivor}
        rows: list[Row] = [*known, *(e for e in told.values() if e.happened_at <= until)]
        return cls(
            survivor,
            until,
            tuple(sorted(rows, key=_place)),
            frozenset(loser for loser in redirects if remains(loser) == survivor),
            _corrected(known),
        )

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """The rows that are interactions, also those that were corrected."""
        return tuple(row for row in self.rows if isinstance(row, Interaction))

    @property
    def contacts(self) -> tuple[Interaction, ...]:
        """What passed between the customer and us, as far as it still holds: neither corrected nor a note of ours."""
        standing = (i for i in self.interactions if i.id not in self.corrected)
        return tuple(i for i in standing if i.direction is not Direction.INTERNAL)

    def where(
        self, *, channel: Channel | None = None, thread: str | None = None, case: CaseId | None = None
    ) -> tuple[Row, ...]:
        """The rows of one channel, one conversation or one case; of all that is said when several are."""
        asked: list[Callable[[Row], bool]] = []
        if channel is not None:
            asked.append(lambda row: isinstance(row, Interaction) and row.channel is channel)
        if thread is not None:
            asked.append(lambda row: isinstance(row, Interaction) and row.thread == thread)
        if case is not None:
            asked.append(lambda row: row.case == case)
        return tuple(row for row in self.rows if all(holds(row) for holds in asked))

    @property
    def threads(self) -> tuple[Thread, ...]:
        """The conversations, by their first contact. Contacts without a thread are one per channel: an answer by phone
        answers what was asked by phone.
        """
        grouped = defaultdict[tuple[str | None, Channel | None], list[Interaction]](list)
        for contact in self.contacts:
            grouped[contact.thread, contact.channel if contact.thread is None else None].append(contact)
        return tuple(Thread(ref, tuple(contacts)) for (ref, _), contacts in grouped.items())

    def last_contact(self, direction: Direction | None = None) -> Interaction | None:
        """The latest contact, in one direction or in any."""
        fitting = (c for c in reversed(self.contacts) if direction in (None, c.direction))
        return next(fitting, None)

    @property
    def silence(self) -> timedelta | None:
        """How long nobody has said anything; None when nobody ever did."""
        last = self.last_contact()
        return None if last is None else self.as_of - last.happened_at


def _remaining(redirects: Mapping[CustomerId, CustomerId]) -> Callable[[CustomerId], CustomerId]:
    """Where a record's redirects lead in the end."""

    def remains(customer: CustomerId) -> CustomerId:
        seen, here = {customer}, customer
        while (onward := redirects.get(here)) is not None:
            if onward in seen:
                raise Invalid("redirects", "must lead to a record that remains, not round", onward)
            seen.add(onward)
            here = onward
        return here

    return remains


def _latest(interactions: Iterable[Interaction]) -> Iterable[Interaction]:
    """One that was read twice, before and after a move, is what it is after. Of equal age the redacted one is shown."""
    kept: dict[InteractionId, Interaction] = {}
    for interaction in interactions:
        before = kept.get(interaction.id)
        if before is None or _age(before) < _age(interaction):
            kept[interaction.id] = interaction
    return kept.values()


def _age(interaction: Interaction) -> tuple[int, datetime, bool]:
    redacted = interaction.state is InteractionState.REDACTED
    return interaction.version, interaction.last_changed_at, redacted


def _place(row: Row) -> tuple[datetime, datetime, str, int, str]:
    if isinstance(row, Interaction):
        return row.happened_at, row.recorded_at, row.id, 0, ""
    return row.happened_at, row.happened_at, row.id, row.order, row.what


def _corrected(interactions: Iterable[Interaction]) -> frozenset[InteractionId]:
    corrects = {i.id: i.corrects for i in interactions if i.corrects is not None}
    sound = set[InteractionId]()
    for start in tuple(corrects):
        path, here = {start}, start
        while here not in sound and (onward := corrects.get(here)) is not None:
            if onward in path:
                raise Invalid("corrects", "must lead to what was first said, not round", onward)
            path.add(onward)
            here = onward
        sound |= path
    return frozenset(corrects.values())


def _asks(contact: Interaction) -> bool:
    return contact.direction is Direction.INBOUND and contact.channel is not Channel.SELF_SERVICE


def _answers(contact: Interaction) -> bool:
    kinds = {p.actor.kind for p in contact.participants}
    if contact.channel in LIVE:
        return "customer" in kinds and bool(kinds & {"person", "team"})
    return contact.direction is Direction.OUTBOUND and contact.actor_kind != "system"
