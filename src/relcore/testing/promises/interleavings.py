"""W: interleavings. Two commands, every way in which they can meet, and every moment at which one of them can die.

A use case reads once, decides, and commits once. So two of them can meet in few ways, and all of these are tried on the
adapter itself: no threads, no chance, and no model of the adapter that could differ from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from itertools import permutations

import attrs

from relcore.customers.customer import Customer
from relcore.ids import CustomerId
from relcore.kernel.change import Change
from relcore.kernel.errors import VersionConflict
from relcore.kernel.repository import Level, replay
from relcore.storage.memory import in_memory
from relcore.storage.workspace import Workspace
from relcore.testing.choices import Choices, every
from relcore.testing.clause import clause, same
from relcore.testing.race import runners
from relcore.testing.trial import NOON, Trial

Ids = Sequence[CustomerId]
Rows = Sequence[Customer | None]
Decision = tuple[Sequence[Change[Customer]], Sequence[Customer]]
"""What to change, and what else it rests on."""
Command = Callable[[Ids, Rows], Decision]
"""A use case without its reading and its commit. Nothing decided: nothing to commit."""


class Fate(StrEnum):
    """What becomes of a host that is about to do something."""

    DOES = "does it"
    DIES_BEFORE = "dies before it"
    DIES_AFTER = "dies after it"
    IS_NOT_TOLD = "does it and is not told"


@attrs.frozen
class Meeting:
    """Two commands about the same two customers."""

    names: tuple[str | None, str | None]
    """How the customers are called before; None: not there yet."""
    one: Command
    other: Command

    def serial(self, commands: Iterable[Command]) -> list[tuple[str | None, int] | None]:
        """What comes of these commands, one after the other."""
        workspace = Workspace(in_memory(), tenant="reference")
        ids = _begin(workspace, self)
        for command in commands:
            changes, rests_on = command(ids, _rows(workspace, ids))
            if changes:
                workspace.commit(*changes, reads=rests_on)
        return _shown(_rows(workspace, ids))


@clause(
    "W1",
    "However the reads and commits of two commands alternate, it ends as one after the other.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def every_interleaving_is_serial(trial: Trial) -> None:
    _explore(trial, MEETINGS, of_a_commit=(Fate.DOES,), of_a_read=(Fate.DOES,))


@clause(
    "W2",
    "Wherever one of two commands dies, what it did is there wholly or not at all, and the other is not held up.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def every_death_leaves_all_or_nothing(trial: Trial) -> None:
    _explore(
        trial,
        MEETINGS if trial.thorough else TELLING,
        of_a_commit=(Fate.DOES, Fate.DIES_BEFORE, Fate.DIES_AFTER),
        of_a_read=(Fate.DOES, Fate.DIES_BEFORE),
    )


@clause(
    "W3",
    "A command that is not told and says it again under its key is done once, whatever came between.",
    level=Level.LOGGED,
    kinds=(Customer,),
)
def every_lost_acknowledgement_is_heard_in_the_end(trial: Trial) -> None:
    meetings = MEETINGS if trial.thorough else TELLING
    _explore(trial, meetings, of_a_commit=(Fate.DOES, Fate.IS_NOT_TOLD), of_a_read=(Fate.DOES,))


# --- the explorer ---------------------------------------------------------------------------------


@attrs.define(eq=False)
class Host:
    """Somebody amid a command: about to read, or about to commit what was decided."""

    workspace: Workspace
    command: Command
    key: str | None
    decision: Decision | None = None
    at_work: bool = True
    counts: bool = False
    """Whether its command is among those that are to be told one after the other: it was done, or nothing was to do."""
    committed: bool = False

    def goes_on(self, ids: Ids, fate: Fate) -> None:
        if fate is Fate.DIES_BEFORE:
            self.at_work = False
        elif self.decision is None:
            self._reads(ids)
        else:
            self._commits(self.decision, fate)

    def _reads(self, ids: Ids) -> None:
        self.decision = changes, _ = self.command(ids, _rows(self.workspace, ids))
        if not changes:
            self.at_work, self.counts = False, True

    def _commits(self, decision: Decision, fate: Fate) -> None:
        changes, rests_on = decision
        try:
            self.workspace.commit(*changes, reads=rests_on, key=self.key)
        except VersionConflict:
            self.decision, self.at_work = None, fate is not Fate.DIES_AFTER
            return
        self.counts = self.committed = True
        self.at_work = fate is Fate.IS_NOT_TOLD


def _explore(
    trial: Trial, meetings: Sequence[Meeting], *, of_a_commit: Sequence[Fate], of_a_read: Sequence[Fate]
) -> None:
    workspaces, logged = runners(trial, 2), trial.capabilities.level >= Level.LOGGED

    def play(meeting: Meeting, choices: Choices) -> None:
        ids, mishaps = _begin(trial.workspace, meeting), trial.rounds(1, 2)
        keys = [f"{ids[1]}/{name}" if logged else None for name in ("one", "other")]
        hosts = [
            Host(workspace, command, key)
            for workspace, command, key in zip(workspaces, (meeting.one, meeting.other), keys, strict=True)
        ]
        told = list[str]()
        while at_work := [host for host in hosts if host.at_work]:
            host = choices.of(at_work)
            fate = Fate.DOES
            if mishaps:
                fate = choices.of(of_a_read if host.decision is None else of_a_commit)
            mishaps -= fate is not Fate.DOES
            told.append(f"{hosts.index(host)} {'reads' if host.decision is None else 'commits'}: {fate}")
            host.goes_on(ids, fate)
        _check(trial, meeting, ids, hosts, "; ".join(told))

    for meeting in meetings:
        for _ in every(lambda choices, meeting=meeting: play(meeting, choices)):  # type: ignore[misc]
            pass


def _check(trial: Trial, meeting: Meeting, ids: Ids, hosts: Sequence[Host], told: str) -> None:
    rows = _rows(trial.workspace, ids)
    orders = permutations([host.command for host in hosts if host.counts])
    outcomes = [meeting.serial(order) for order in orders]
    if (shown := _shown(rows)) not in outcomes:
        same(f"what comes of {told}", shown, outcomes)
    if trial.capabilities.level < Level.LOGGED:
        return
    for host in hosts:
        receipt = trial.workspace.receipt(host.key or "")
        same(f"the receipt after {told}", receipt is not None, host.committed)
    for row in rows:
        if row is not None:
            same(f"the log after {told}", replay(Customer, trial.workspace.log(Customer, row.id)), row)


def _begin(workspace: Workspace, meeting: Meeting) -> Ids:
    ids = [workspace.new(CustomerId) for _ in meeting.names]
    workspace.commit(*(_named(id, name) for id, name in zip(ids, meeting.names, strict=True) if name))
    return ids


def _rows(workspace: Workspace, ids: Ids) -> Rows:
    return workspace.repository.fetch([Customer.ref(id, tenant=workspace.tenant) for id in ids])


def _shown(rows: Rows) -> list[tuple[str | None, int] | None]:
    return [None if row is None else (row.name, row.version) for row in rows]


# --- the commands ---------------------------------------------------------------------------------


def _named(id: CustomerId, name: str) -> Change[Customer]:
    return Customer.create(id, name=name, at=NOON)


def _there(row: Customer | None) -> Customer:
    assert row is not None, "a customer who was committed is not there"
    return row


def append(letter: str) -> Command:
    """To the name of the first."""
    return lambda _, rows: ([_appended(rows[0], letter)], [])


def append_to_both(letter: str) -> Command:
    return lambda _, rows: ([_appended(row, letter) for row in rows], [])


def _appended(row: Customer | None, letter: str) -> Change[Customer]:
    held = _there(row)
    return held.rename(f"{held.name}{letter}", at=NOON)


def copy(source: int, target: int) -> Command:
    """Call one as the other is called."""

    def decide(ids: Ids, rows: Rows) -> Decision:
        read, changed = _there(rows[source]), _there(rows[target])
        return [changed.rename(f"{read.name}", at=NOON)], [read]

    return decide


def go_home(who: int) -> Command:
    """A doctor may go home while the other one is on call."""

    def decide(ids: Ids, rows: Rows) -> Decision:
        me, colleague = _there(rows[who]), _there(rows[1 - who])
        return ([me.rename("home", at=NOON)], [colleague]) if colleague.name == "on call" else ([], [])

    return decide


def meet(name: str) -> Command:
    """Create the first, unless it is there."""
    return lambda ids, rows: ([_named(ids[0], name)], []) if rows[0] is None else ([], [])


MEETINGS: Sequence[Meeting] = (
    Meeting(("-", "-"), append("x"), append("y")),
    Meeting(("-", "-"), append_to_both("x"), append_to_both("y")),
    Meeting(("-", "-"), append_to_both("x"), append("y")),
    Meeting(("-", "-"), append("x"), copy(0, 1)),
    Meeting(("a", "b"), copy(0, 1), copy(1, 0)),
    Meeting(("on call", "on call"), go_home(0), go_home(1)),
    Meeting((None, "-"), meet("x"), meet("y")),
)
TELLING: Sequence[Meeting] = (MEETINGS[2], *MEETINGS[-2:])
"""Those that differ most: rows in common, rows only read, rows that are not there yet."""
