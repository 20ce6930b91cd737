"""A million changes of state out of one SQLite file, as columns of who, from where, to where and when.

Without an export an application has two ways: to read each entity's own log, which tells the same, or to load the
entities, which tells only what each remembers of its life. All sides read files made alike before the clock starts; the
two ways are gone for as many entities as one has patience for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Outcome, Question, Side, Task

if TYPE_CHECKING:
    from relcore import Case, Workspace

MOVES = 1_000_000
EACH = 4
"""Changes of state in the life of a case."""
WRITTEN = 500
"""Cases written through the workspace; the others are copies of them, made by the database."""
ONE_BY_ONE = 5_000
START = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def folder() -> TemporaryDirectory[str]:
    """One for the life of the process."""
    return TemporaryDirectory(prefix="relcore-export-")


def life(n: int) -> Any:
    """A case that is opened, taken on, put aside, taken up again and resolved: five lines of log."""
    from relcore import Actor, Case
    from relcore.ids import CaseId, CustomerId
    from relcore.service import OpenChildren

    at = [START + timedelta(hours=n % 97 + 24 * k + n * k % 23) for k in range(5)]
    me, customer = Actor("person", "u-1"), CustomerId.imported("benchmark", "ada")
    return (
        Case.open(CaseId(f"case_{n:032x}"), customer=customer, subject="Cannot log in", at=at[0])
        .then(lambda c: c.accept(me, at=at[1]))
        .then(lambda c: c.put_on_hold("the supplier", review_at=at[4], at=at[2]))
        .then(lambda c: c.resume(at=at[3]))
        .then(lambda c: c.resolve("reset", cause="known", at=at[4], children=OpenChildren(0)))
    )


def filled() -> Workspace:
    from relcore import Workspace
    from relcore.storage import sqlite

    path = Path(folder().name) / "crm.db"
    workspace = Workspace(sqlite(path), tenant="acme")
    workspace.commit(*map(life, range(WRITTEN)))
    with closing(sqlite3.connect(path)) as connection, connection:
        copied(connection, "relcore_case", without=())
        copied(connection, "relcore_log", without=("seq",))
    return workspace


def copied(connection: sqlite3.Connection, table: str, *, without: tuple[str, ...]) -> None:
    """Each row once more for every further copy, under an id that begins with the number of the copy."""
    names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})") if name not in without]
    id = "'case_' || printf('%08x', n) || substr(id, 14)"
    values = ", ".join(id if name == "id" else f'"{name}"' for name in names)
    connection.execute(
        f"WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n + 1 < ?) "
        f"INSERT INTO {table} ({', '.join(map(repr, names))}) SELECT {values} FROM copy, {table}",
        (MOVES // EACH // WRITTEN,),
    )


def fingerprint(changes: int, resolved_at: float) -> Outcome:
    """Of the first cases in the order of their ids: how many changes, and hours until resolved, added up."""
    return {"changes": float(changes), "hours": resolved_at}


def relcore() -> Task:
    from relcore import Case
    from relcore.bridges import transitions

    workspace = filled()

    def outcome(moves: Any) -> Outcome:
        assert len(moves) == MOVES
        first = slice(0, ONE_BY_ONE * EACH)
        resolved = moves.target[first] == moves.states.index("resolved")
        return fingerprint(resolved.size, float(moves.at[first][resolved].sum()) / 3.6e9)

    return Task(lambda _: transitions(workspace, Case), outcome, operations=MOVES)


def cases(workspace: Workspace) -> Iterator[Case]:
    from itertools import islice

    from relcore import Case

    return islice(workspace.each(Case), ONE_BY_ONE)


def logs() -> Task:
    from relcore import Case

    workspace = filled()
    ids = [case.id for case in cases(workspace)]

    def call(_: None) -> list[Any]:
        events = (entry.event for id in ids for entry in workspace.log(Case, id))
        return [(e.id, e.source, e.to, e.at) for e in events if e.source not in ("", e.to)]

    def outcome(moves: list[Any]) -> Outcome:
        return fingerprint(len(moves), sum(at.timestamp() / 3600 for *_, to, at in moves if to == "resolved"))

    return Task(call, outcome, operations=ONE_BY_ONE * EACH)


def entities() -> Task:
    workspace = filled()

    def outcome(loaded: list[Case]) -> Outcome:
        resolved = [case.resolved_at.timestamp() / 3600 for case in loaded if case.resolved_at is not None]
        return fingerprint(len(loaded) * EACH, sum(resolved))

    return Task(lambda _: list(cases(workspace)), outcome, operations=ONE_BY_ONE * EACH)


QUESTIONS = (
    Question(
        "export.transitions",
        "a change of state in the life of a case, of 1,000,000 in a SQLite file",
        "from the file to who, from where, to where and when; the others for 5,000 cases of four changes each: their own "
        "logs, one by one, or the cases themselves, which do not tell all that",
        Side("relcore", relcore),
        (Side("the log of each", logs), Side("loading the entities", entities)),
        promised={"the log of each": 5},
        rounds=1,
    ),
)
