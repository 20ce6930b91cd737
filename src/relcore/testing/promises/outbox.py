"""O: the outbox. The log of a tenant, read by a cursor that misses nothing."""

from __future__ import annotations

from typing import Any

from relcore.customers.customer import Customer
from relcore.kernel.change import removal
from relcore.kernel.errors import Invalid
from relcore.kernel.repository import Entry, Level
from relcore.service.case import Case
from relcore.storage.workspace import Workspace
from relcore.testing.clause import Broken, clause, raises, same
from relcore.testing.trial import ADA, BOB, NOON, Trial


def _drained(workspace: Workspace, *, after: str | None = None, limit: int) -> tuple[list[Entry], str]:
    """All deliveries behind a place, and the place where they end."""
    told = list[Entry]()
    for _ in range(1000):
        delivery = workspace.drain(after=after, limit=limit)
        same("whether a delivery holds no more than was asked for", len(delivery.entries) <= limit, True)  # noqa: FBT003
        told += delivery.entries
        after = delivery.after
        if not delivery.entries:
            return told, after
    raise Broken("an outbox read by", limit, "an end")


def _names(entries: list[Entry]) -> list[tuple[str, int, int]]:
    return [(entry.id, entry.version, entry.index) for entry in entries]


def _busy_day(trial: Trial) -> list[tuple[Any, int, int]]:
    """Commits of several entities and several moves; their lines in the order in which they were committed."""
    expected = list[tuple[Any, int, int]]()

    def commit(*changes: Any) -> Any:
        receipt = trial.workspace.commit(*changes)
        expected.extend(
            (c.entity.id, c.entity.version + 1, index) for c in changes for index in range(len(c.events))
        )
        return receipt

    ada = trial.customer("Ada")
    ada_kept: Customer = commit(ada).of(ada)
    first, second = (trial.case(of=ada_kept.id) for _ in range(2))
    receipt = commit(first, trial.customer("Bob"), second)
    one: Case = receipt.of(first)
    two: Case = receipt.of(second)
    later = two.accept(ADA, at=NOON).then(lambda case: case.respond(at=NOON))
    two = commit(later, ada_kept.rename("Ada Lovelace", at=NOON)).of(later)
    commit(one.mark_spam(at=NOON))
    commit(two.assign(BOB, at=NOON).then(lambda case: case.hear(at=NOON)))
    return expected


@clause(
    "O1",
    "The outbox tells every line of every commit, in the order of the commits, in deliveries of any size.",
    level=Level.LOGGED,
    needs="an outbox",
    kinds=(Customer, Case),
)
def the_outbox_tells_every_line(trial: Trial) -> None:
    expected = _busy_day(trial)

    for limit in (1, 2, 5, 500):
        told, _ = _drained(trial.workspace, limit=limit)
        same(
            f"the lines in deliveries of {limit}",
            _in_commits(trial, _names(told)),
            _in_commits(trial, expected),
        )


def _in_commits(trial: Trial, lines: Any) -> list[Any]:
    """Within one commit, the lines of different entities have no order of their own."""
    keys = {(entry.id, entry.version): entry.key for id, _, _ in lines for entry in _log(trial, id)}
    grouped = list[Any]()
    for line in lines:
        key = keys[line[0], line[1]]
        if not grouped or grouped[-1][0] != key:
            grouped.append((key, []))
        grouped[-1][1].append(line)
    return [(key, sorted(some)) for key, some in grouped]


def _log(trial: Trial, id: Any) -> list[Entry]:
    kind: Any = Case if isinstance(id, Case.id_type) else Customer
    return list(trial.workspace.log(kind, id))


@clause(
    "O2",
    "The lines of one entity come in their order, and are the lines of its log.",
    level=Level.LOGGED,
    needs="an outbox",
    kinds=(Customer, Case),
)
def lines_of_one_come_in_their_order(trial: Trial) -> None:
    _busy_day(trial)

    told, _ = _drained(trial.workspace, limit=3)

    for id in dict.fromkeys(entry.id for entry in told):
        same(f"the lines of {id}", [entry for entry in told if entry.id == id], _log(trial, id))


@clause(
    "O3",
    "Each line is told at least once: who asks again from a place is told again what stands behind it.",
    level=Level.LOGGED,
    needs="an outbox",
    kinds=(Customer, Case),
)
def a_line_is_told_again(trial: Trial) -> None:
    _busy_day(trial)
    first = trial.workspace.drain(limit=3)

    again = [trial.workspace.drain(after=first.after, limit=4) for _ in range(2)]

    same("the same deliveries", again[0], again[1])
    same("the first one, asked for again", trial.workspace.drain(limit=3), first)
    told, _ = _drained(trial.workspace, limit=500)
    same("what they are together", [*first.entries, *again[0].entries], told[:7])


@clause(
    "O4",
    "A cursor goes on through another handle, and what is committed later stands behind it.",
    level=Level.LOGGED,
    needs="an outbox",
    kinds=(Customer, Case),
)
def a_cursor_survives(trial: Trial) -> None:
    _busy_day(trial)
    _, end = _drained(trial.workspace, limit=500)
    same("what stands behind the end", trial.workspace.drain(after=end).entries, ())

    new = trial.customer("Carol")
    trial.workspace.commit(new, key="later")

    told, end = _drained(trial.another_handle(), after=end, limit=2)
    same("what stands behind it now", [(entry.id, entry.key) for entry in told], [(new.entity.id, "later")])
    same("what stands behind that", trial.workspace.drain(after=end).entries, ())


@clause(
    "O5",
    "An outbox that is empty has a place too: what is committed later stands behind it.",
    level=Level.LOGGED,
    needs="an outbox",
)
def an_empty_outbox_has_a_place(trial: Trial) -> None:
    empty = trial.workspace.drain()

    ada = trial.kept(trial.bystander())

    same("the lines of nothing", empty.entries, ())
    told = trial.workspace.drain(after=empty.after).entries
    same("the lines behind it", [entry.id for entry in told], [ada.id])


@clause(
    "O6", "That something was removed is told like every other move.", level=Level.LOGGED, needs="removal"
)
def a_removal_is_told(trial: Trial) -> None:
    held = trial.kept(trial.new())
    place = trial.workspace.drain().after

    trial.workspace.commit(removal(held, at=NOON, by=ADA, effects=("tell_search",)), key="gone")

    told = trial.workspace.drain(after=place).entries
    lines = [(e.id, e.version, e.event.move, e.event.to, e.event.by, e.event.effects, e.key) for e in told]
    same("what is told", lines, [(held.id, 2, "remove", "", ADA, ("tell_search",), "gone")])


@clause(
    "O7",
    "A place that no delivery ended at is refused, and so is a delivery of no size.",
    level=Level.LOGGED,
    needs="an outbox",
)
def a_place_of_nobody_is_refused(trial: Trial) -> None:
    trial.kept(trial.new())

    for after in ("", "x", "-1", "1.5", "0; DROP TABLE customers"):
        invalid = raises(Invalid, trial.workspace.drain, after=after)
        same("the field that is named", invalid.field, "after")
    for limit in (0, -1, 1001):
        raises(Invalid, trial.workspace.drain, limit=limit)
