"""A handover: what a colleague has to know before they speak with a customer, so that nobody tells their story twice.

Having to explain a problem again to the next person is among what drives customers away most (Dixon, Freeman and Toman,
"Stop Trying to Delight Your Customers", Harvard Business Review 2010). So one value says it all: with whom the customer
spoke and on which channels, what was asked and is not answered, what was last said in each direction, and what we still
have to do. What people said is personal: it is shown only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Self

import attrs

from relcore.channel import Channel
from relcore.ids import CaseId, CustomerId, InteractionId
from relcore.interactions.interaction import Direction, Interaction, InteractionState
from relcore.interactions.timeline import Entry, Thread, Timeline
from relcore.kernel.actor import Actor
from relcore.kernel.entity import PERSONAL, hidden
from relcore.kernel.errors import HIDDEN, Invalid


@attrs.frozen
class Said:
    """One contact, as much of it as a colleague needs."""

    id: InteractionId
    at: datetime
    channel: Channel
    by: Actor
    redacted: bool
    summary: str | None = attrs.field(repr=hidden, metadata=PERSONAL)

    @classmethod
    def of(cls, interaction: Interaction) -> Self:
        redacted = interaction.state is InteractionState.REDACTED
        i = interaction
        return cls(i.id, i.happened_at, i.channel, i.actor, redacted, i.summary)


@attrs.frozen
class Colleague:
    """Somebody of ours, or a program, with whom the customer was in contact."""

    actor: Actor
    channels: tuple[Channel, ...]
    contacts: int
    last_at: datetime


@attrs.frozen
class OpenThread:
    """A conversation in which the customer waits for us."""

    thread: str | None
    case: CaseId | None
    asked: Said
    last_said: Said


@attrs.frozen
class Outcome:
    """The code of a contact that had one."""

    code: str
    at: datetime
    channel: Channel


@attrs.frozen
class Handover:
    """All that a colleague has to know. Whoever and whatever was there last stands first."""

    customer: CustomerId
    as_of: datetime
    contacts: int
    since: datetime | None
    """The first contact; None when there was none."""
    channels: tuple[Channel, ...]
    colleagues: tuple[Colleague, ...]
    waiting: tuple[OpenThread, ...]
    """Who waited longest stands first."""
    last_inbound: Said | None
    last_outbound: Said | None
    last_note: Said | None
    """What colleagues wrote among themselves."""
    outcomes: tuple[Outcome, ...]
    open: tuple[Entry, ...]
    """Promises, tasks and cases that are not done, what is due first in front."""

    @classmethod
    def of(cls, timeline: Timeline, *, open: Iterable[Entry] = ()) -> Self:
        """From a timeline, and what is open besides: that is known to other slices, and handed in.

        Raises ``Invalid`` for an entry of another customer: two people's affairs are not told to one.
        """
        contacts = timeline.contacts
        owed = tuple(sorted(open, key=_urgency))
        for entry in owed:
            if entry.customer != timeline.customer and entry.customer not in timeline.merged:
                raise Invalid("open", f"must be {timeline.customer}'s", entry.id)
        return cls(
            timeline.customer,
            timeline.as_of,
            len(contacts),
            contacts[0].happened_at if contacts else None,
            tuple(dict.fromkeys(contact.channel for contact in reversed(contacts))),
            tuple(_colleagues(contacts)),
            tuple(sorted(_waiting(timeline.threads), key=lambda thread: (thread.asked.at, thread.asked.id))),
            _said(timeline.last_contact(Direction.INBOUND)),
            _said(timeline.last_contact(Direction.OUTBOUND)),
            _said(_last_note(timeline)),
            tuple(Outcome(c.outcome, c.happened_at, c.channel) for c in reversed(contacts) if c.outcome),
            owed,
        )

    def text(self, *, personal: bool = False, zone: tzinfo = UTC, name: Callable[[Actor], str] = str) -> str:
        """As plain text, the same each time. What people said is there only with ``personal=True``.

        zone : in which moments are told
        name : how the host calls an actor
        """
        return "\n".join(_Telling(self, personal, zone, name).lines())


def _urgency(entry: Entry) -> tuple[bool, datetime, str]:
    return entry.due is None, entry.due or entry.happened_at, entry.id


def _said(interaction: Interaction | None) -> Said | None:
    return None if interaction is None else Said.of(interaction)


def _last_note(timeline: Timeline) -> Interaction | None:
    notes = (i for i in reversed(timeline.interactions) if i.direction is Direction.INTERNAL)
    return next((note for note in notes if note.id not in timeline.corrected), None)


def _waiting(threads: Iterable[Thread]) -> Iterator[OpenThread]:
    for thread in threads:
        if (turn := thread.unanswered) is not None:
            case = next((c.case for c in reversed(thread.contacts) if c.case is not None), None)
            yield OpenThread(thread.ref, case, Said.of(turn.asked), Said.of(thread.contacts[-1]))


def _colleagues(contacts: tuple[Interaction, ...]) -> Iterator[Colleague]:
    met: dict[Actor, list[Interaction]] = {}
    for contact in reversed(contacts):
        for actor in dict.fromkeys(p.actor for p in contact.participants):
            if actor.kind != "customer":
                met.setdefault(actor, []).append(contact)
    for actor, shared in met.items():
        channels = tuple(dict.fromkeys(contact.channel for contact in shared))
        yield Colleague(actor, channels, len(shared), shared[0].happened_at)


@attrs.frozen
class _Telling:
    """A handover on its way to text."""

    told: Handover
    personal: bool
    zone: tzinfo
    name: Callable[[Actor], str]

    def lines(self) -> Iterator[str]:
        told = self.told
        yield f"{told.customer}, as of {self.when(told.as_of)}"
        yield from self.contacts()
        yield from _listed("Spoke with", map(self.colleague, told.colleagues))
        yield from _listed("Waits for our answer", map(self.thread, told.waiting))
        yield from self.last("Last from the customer", told.last_inbound)
        yield from self.last("Last from us", told.last_outbound)
        yield from self.last("Last note", told.last_note)
        outcomes = (f"{o.code}, by {o.channel}, {self.when(o.at)}" for o in told.outcomes)
        yield from _listed("Outcomes", outcomes)
        yield from _listed("Open", map(self.entry, told.open))

    def contacts(self) -> Iterator[str]:
        if self.told.since is None:
            yield "No contact yet"
            return
        channels = ", ".join(self.told.channels)
        yield f"{_counted(self.told.contacts)} since {self.when(self.told.since)}: {channels}"

    def colleague(self, colleague: Colleague) -> str:
        channels = ", ".join(colleague.channels)
        counted, last = _counted(colleague.contacts), self.when(colleague.last_at)
        return f"{self.name(colleague.actor)}: {counted} ({channels}), last {last}"

    def thread(self, thread: OpenThread) -> str:
        about = "".join(f", {named}" for named in (thread.thread, thread.case) if named is not None)
        asked = f"since {self.when(thread.asked.at)}, by {thread.asked.channel}{about}: {self.content(thread.asked)}"
        if thread.last_said == thread.asked:
            return asked
        last = thread.last_said
        return f"{asked}; last said {self.when(last.at)}: {self.content(last)}"

    def last(self, head: str, said: Said | None) -> Iterator[str]:
        if said is not None:
            yield (
                f"{head}: {self.name(said.by)}, by {said.channel}, {self.when(said.at)}: {self.content(said)}"
            )

    def entry(self, entry: Entry) -> str:
        by = f", {self.name(entry.by)}" if entry.by is not None else ""
        due = f", due {self.when(entry.due)}" if entry.due is not None else ""
        late = ", OVERDUE" if entry.due is not None and entry.due < self.told.as_of else ""
        return f"{entry.what} {entry.id}{by}{due}{late}: {self.shown(entry.note)}"

    def content(self, said: Said) -> str:
        return "<redacted>" if said.redacted else self.shown(said.summary)

    def shown(self, content: str | None) -> str:
        if content is None:
            return "<nothing noted>"
        # On one line: what somebody said must not pass for a line of ours.
        return " ".join(content.split()) if self.personal else HIDDEN

    def when(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"


def _counted(contacts: int) -> str:
    return "1 contact" if contacts == 1 else f"{contacts} contacts"


def _listed(head: str, items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {item}" for item in items]
    if lines:
        yield f"{head}:"
        yield from lines
