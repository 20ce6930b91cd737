"""C: concurrency. However hosts meet, it is as if they had come one after the other, and who was slower is told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from random import Random

import attrs

from relcore.customers.customer import Customer
from relcore.ids import CustomerId, QuoteId
from relcore.kernel.change import Change
from relcore.kernel.errors import Transient, UniqueConflict, VersionConflict
from relcore.kernel.repository import Level, Receipt
from relcore.sales.opportunity import Opportunity
from relcore.sales.quote import Quote
from relcore.storage.workspace import Workspace
from relcore.testing.clause import clause, same
from relcore.testing.isolation import Transaction, anomalies
from relcore.testing.life import drained
from relcore.testing.race import PATIENCE, committed, race, runners
from relcore.testing.trial import NOON, Trial

WRITERS = 4
LONGEST = 10_000
"""More conflicts in a row than anybody has."""


@clause(
    "C1",
    "Of 4 writers who count to 200 in one entity, together, no count is lost: it ends at 800.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def no_count_is_lost(trial: Trial) -> None:
    counter, times = _named(trial.workspace, "0"), 200

    def count(workspace: Workspace) -> None:
        for _ in range(times):
            held = workspace.get(Customer, counter)
            for _ in range(LONGEST):
                conflict = committed(workspace, _counted(held))
                if not isinstance(conflict, VersionConflict):
                    break
                same("the version it was told to have read", conflict.expected, held.version)
                held = workspace.get(Customer, counter)
                same("it was told a version that was there", held.version >= conflict.actual, expected=True)

    race([partial(count, workspace) for workspace in runners(trial, WRITERS)])

    held = trial.workspace.get(Customer, counter)
    same("the count and the version", (held.name, held.version), (str(WRITERS * times), 1 + WRITERS * times))


@clause(
    "C2",
    "Of those who decided on the same version at once one is heard, and each other is told so.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def one_of_those_on_a_version_is_heard(trial: Trial) -> None:
    counter, hosts = _named(trial.workspace, "0"), runners(trial, WRITERS)
    for round in range(1, trial.rounds(30, 300) + 1):
        held = trial.workspace.get(Customer, counter)

        told = race([partial(committed, host, _counted(held)) for host in hosts])

        conflicts = [(c.id, c.expected, c.actual) for c in told if isinstance(c, VersionConflict)]
        same("who was told a conflict", conflicts, [(counter, round, round + 1)] * (WRITERS - 1))


@clause(
    "C3",
    "Of many who create one entity at once one does, and each other is told.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def one_creator_wins(trial: Trial) -> None:
    hosts = runners(trial, WRITERS)
    for _ in range(trial.rounds(10, 100)):
        id = trial.workspace.new(CustomerId)

        told = race([partial(committed, host, _created(id, f"Ada {n}")) for n, host in enumerate(hosts)])

        heard = [one for one in told if isinstance(one, Receipt)]
        same("how many were heard", len(heard), 1)
        conflicts = [(c.id, c.expected, c.actual) for c in told if isinstance(c, VersionConflict)]
        same("who was told a conflict", conflicts, [(id, 0, 1)] * (WRITERS - 1))
        same("what is kept", trial.workspace.get(Customer, id), heard[0].entities[0])


@clause(
    "C4",
    "One key that many send at once is written once, and all get its receipt.",
    level=Level.LOGGED,
    kinds=(Customer,),
)
def one_key_is_written_once(trial: Trial) -> None:
    hosts = runners(trial, WRITERS)
    for round in range(trial.rounds(10, 100)):
        change = trial.customer()

        told = race([partial(committed, host, change, key=f"key {round}") for host in hosts])

        same("the receipts", told, [told[0]] * WRITERS)
        same("the receipt", isinstance(told[0], Receipt), expected=True)
        same("the lines", len(trial.workspace.log(Customer, change.entity.id)), 1)


@clause(
    "C5",
    "Of many who take at once what only one may have, one gets it.",
    level=Level.VERSIONED,
    kinds=(Opportunity, Quote),
)
def one_gets_what_only_one_may_have(trial: Trial) -> None:
    opportunity = trial.opportunity()
    trial.workspace.commit(opportunity)
    hosts = runners(trial, WRITERS)

    def draft(host: Workspace, number: str) -> Quote | UniqueConflict:
        change = Quote.draft(
            host.new(QuoteId), opportunity=opportunity.entity.id, number=number, currency="EUR", at=NOON
        )
        try:
            return _patiently(lambda: host.commit(change)).of(change)
        except UniqueConflict as conflict:
            return conflict

    for round in range(trial.rounds(10, 100)):
        told = race([partial(draft, host, f"Q-{round}") for host in hosts])

        held = [one for one in told if isinstance(one, Quote)]
        same("how many got it", len(held), 1)
        conflicts = [one.fields for one in told if isinstance(one, UniqueConflict)]
        same("what was told", conflicts, [("number", "revision")] * (WRITERS - 1))
        same("what is kept", trial.workspace.get(Quote, held[0].id), held[0])


@clause(
    "C6",
    "A reader of the outbox misses no line, however late and large a commit was.",
    level=Level.LOGGED,
    kinds=(Customer,),
)
def no_late_line_is_missed(trial: Trial) -> None:
    reader, *hosts = runners(trial, 1 + WRITERS)
    follower, finished, acknowledged = Follower(reader), list[int](), list[str]()

    def write(number: int, host: Workspace) -> None:
        chance = Random(number)
        try:
            for _ in range(trial.rounds(20, 200)):
                # A large one takes long: those that began later and were faster may have lines before its own.
                several = [trial.customer(workspace=host) for _ in range(chance.choice((1, 1, 2, 40)))]
                _patiently(partial(host.commit, *several))
                acknowledged.extend(change.entity.id for change in several)
        finally:
            finished.append(number)

    def follow() -> None:
        while len(finished) < WRITERS:
            follower.read_on()

    runs: list[Callable[[], None]] = [partial(write, number, host) for number, host in enumerate(hosts)]
    race([follow, *runs])

    for _ in range(100):
        anew = Follower(trial.workspace)
        anew.read_on()
        follower.read_on()
        if set(acknowledged) <= set(anew.told):
            break
        time.sleep(0.05)  # a database may hold lines back for as long as anybody in it still writes
    same("the lines that it missed", sorted(set(acknowledged) - set(follower.told)), [])


@clause(
    "C7",
    "Two who each rest on what the other changes are not both heard.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def no_write_skew(trial: Trial) -> None:
    one, other = runners(trial, 2)
    for _ in range(trial.rounds(30, 300)):
        # Two doctors are on call, and either may go home as long as the other one stays.
        ids = [_named(trial.workspace, "on call") for _ in range(2)]
        ada, bob = (trial.workspace.get(Customer, id) for id in ids)

        told = race(
            [
                partial(committed, one, ada.rename("at home", at=NOON), reads=[bob]),
                partial(committed, other, bob.rename("at home", at=NOON), reads=[ada]),
            ]
        )

        same("who went home", sum(isinstance(one, Receipt) for one in told), 1)
        left = Counter(trial.workspace.get(Customer, id).name for id in ids)
        same("who is on call", left, {"on call": 1, "at home": 1})


@clause(
    "C8",
    "What hosts saw and wrote at once can be told as one after the other: no lost update, no G0, G1, G-single or G2.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def histories_are_serializable(trial: Trial) -> None:
    hosts = runners(trial, WRITERS)
    for round in range(trial.rounds(4, 40)):
        lists = [_named(trial.workspace, "of") for _ in range(3)]

        told = race([partial(_history, Random(f"{round}/{n}"), n, lists, h) for n, h in enumerate(hosts)])

        final: dict[str, tuple[int, ...]] = {row.id: _values(row) for row in _seen(trial.workspace, lists)}
        same("the anomalies", anomalies([one for some in told for one in some], final), [])


def _history(
    chance: Random, number: int, lists: Sequence[CustomerId], host: Workspace
) -> Iterable[Transaction]:
    """Some transactions: each sees some lists at once, and appends to one or several of them or to none."""
    told = list[Transaction]()
    for time_ in range(10):
        name = f"{number}/{time_}"
        held = _seen(host, chance.sample(lists, chance.randint(1, 3)))
        several = held[: chance.choice((0, 1, 1, 1, 2))]
        reads: dict[str, tuple[int, ...]] = {row.id: _values(row) for row in held}
        appends: dict[str, tuple[int, ...]] = {
            row.id: _fresh(number, time_, n) for n, row in enumerate(several)
        }
        changes = [_appended(row, appends[row.id]) for row in several]
        time.sleep(0)  # here the others come in
        if not changes:
            told.append(Transaction(name, reads))
        elif isinstance(committed(host, *changes, reads=held[len(several) :]), Receipt):
            told.append(Transaction(name, reads, appends))
        else:
            told += [Transaction(name, reads), Transaction(f"{name}, refused", {}, appends, committed=False)]
    return told


# --- lists, kept in names -------------------------------------------------------------------------


def _fresh(number: int, time_: int, place: int) -> tuple[int, int]:
    first = (number * 10 + time_) * 6 + place * 2
    return first, first + 1


def _seen(host: Workspace, ids: Sequence[CustomerId]) -> list[Customer]:
    """All of them in one question."""
    found = host.repository.fetch([Customer.ref(id, tenant=host.tenant) for id in ids])
    return [row for row in found if row is not None]


def _values(row: Customer) -> tuple[int, ...]:
    return tuple(map(int, (row.name or "").split()[1:]))


def _appended(row: Customer, values: Sequence[int]) -> Change[Customer]:
    """One after the other in one change: nobody may see the first without the second."""
    first, second = values
    change = row.rename(f"{row.name} {first}", at=NOON)
    return change.then(lambda row: row.rename(f"{row.name} {second}", at=NOON))


# --- customers and patience -----------------------------------------------------------------------


@attrs.define
class Follower:
    """A reader of the outbox, who keeps where it stands."""

    workspace: Workspace
    told: list[str] = attrs.field(factory=list[str])
    after: str | None = None

    def read_on(self) -> None:
        """Until there is nothing more for now."""
        entries, self.after = drained(self.workspace, self.after, limit=7)
        self.told += [entry.id for entry in entries]


def _named(workspace: Workspace, name: str) -> CustomerId:
    change = _created(workspace.new(CustomerId), name)
    workspace.commit(change)
    return change.entity.id


def _created(id: CustomerId, name: str) -> Change[Customer]:
    return Customer.create(id, name=name, at=NOON)


def _counted(held: Customer) -> Change[Customer]:
    return held.rename(str(int(held.name or "") + 1), at=NOON)


def _patiently(commit: Callable[[], Receipt]) -> Receipt:
    for _ in range(PATIENCE):
        try:
            return commit()
        except Transient:
            continue
    return commit()
