"""A million changes of state out of one database, as columns of who, from where, to where and when.

Without an export an application has two ways: to read each entity's own log, which tells the same, or to load the
entities, which tells only what each remembers of its life. All sides read databases made alike before the clock starts;
every entity is loaded, and logs are read of as many as one has patience for.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Outcome, Question, Side, Task
from benchmarks.storage_commit import databases

if TYPE_CHECKING:
    from relcore import Workspace
    from relcore.storage import SqlRepository

MOVES = 1_000_000
EACH = 4
"""Changes of state in the life of a case."""
CASES = MOVES // EACH
WRITTEN = 500
"""Cases written through the workspace; the others are copies of them, made by the database."""
ONE_BY_ONE = 5_000
START = datetime(2026, 1, 1, tzinfo=UTC)
_NUMBER = {"sqlite": "printf('%08x', n)", "postgresql": "lpad(to_hex(n), 8, '0')"}


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


def filled(database: str) -> Workspace:
    from relcore import Workspace

    repository = databases(database)()
    workspace = Workspace(repository, tenant="acme")
    workspace.commit(*map(life, range(WRITTEN)))
    for table in ("relcore_case", "relcore_log"):
        copied(repository, table)
    return workspace


def copied(repository: SqlRepository, table: str) -> None:
    """Each row once more for every further copy, under an id that begins with the number of the copy."""
    from relcore.storage.sql import metadata

    names = [c.name for c in metadata.tables[table].columns if c.name not in ("seq", "xact")]
    with repository.engine.connect() as connection:
        id = f"'case_' || {_NUMBER[connection.dialect.name]} || substr(id, 14)"
        values = ", ".join(id if name == "id" else f'"{name}"' for name in names)
        quoted = ", ".join(f'"{name}"' for name in names)
        connection.exec_driver_sql(
            f"INSERT INTO {table} ({quoted}) WITH RECURSIVE copy(n) AS "
            f"(SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n + 1 < {CASES // WRITTEN}) "
            f"SELECT {values} FROM copy, {table}"
        )
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"VACUUM ANALYZE {table}")


def fingerprint(changes: int, resolved_at: float) -> Outcome:
    """How many changes, and the hours at which cases were resolved, added up."""
    return {"changes": float(changes), "hours": resolved_at}


def columns(database: str) -> Task:
    """The lines as they are kept, for who streams them elsewhere."""
    from relcore import Case

    workspace = filled(database)

    def call(_: None) -> tuple[int, float]:
        changes, resolved_at = 0, 0.0
        for chunk in workspace.scan_log(Case, "id", "source", "target", "at"):
            changes += len(chunk["id"]) - chunk["source"].count("")
            moves = zip(chunk["target"], chunk["at"], strict=True)
            resolved_at += sum(at for to, at in moves if to == "resolved") / 3.6e9
        return changes, resolved_at

    return Task(call, lambda told: fingerprint(*told), operations=MOVES)


def entities(database: str) -> Task:
    """Every case, for what it remembers: when it was resolved, and not what came before."""
    from relcore import Case

    workspace = filled(database)

    def call(_: None) -> tuple[int, float]:
        changes, resolved_at = 0, 0.0
        for case in workspace.each(Case):
            changes += EACH
            resolved_at += 0.0 if case.resolved_at is None else case.resolved_at.timestamp() / 3600
        return changes, resolved_at

    return Task(call, lambda told: fingerprint(*told), operations=MOVES)


def relcore() -> Task:
    from relcore import Case
    from relcore.bridges import transitions

    workspace = filled("SQLite")

    def outcome(moves: Any) -> Outcome:
        assert len(moves) == MOVES
        first = slice(0, ONE_BY_ONE * EACH)
        resolved = moves.target[first] == moves.states.index("resolved")
        return fingerprint(resolved.size, float(moves.at[first][resolved].sum()) / 3.6e9)

    return Task(lambda _: transitions(workspace, Case), outcome, operations=MOVES)


def logs() -> Task:
    from itertools import islice

    from relcore import Case

    workspace = filled("SQLite")
    ids = [case.id for case in islice(workspace.each(Case), ONE_BY_ONE)]

    def call(_: None) -> list[Any]:
        events = (entry.event for id in ids for entry in workspace.log(Case, id))
        return [(e.id, e.source, e.to, e.at) for e in events if e.source not in ("", e.to)]

    def outcome(moves: list[Any]) -> Outcome:
        return fingerprint(len(moves), sum(at.timestamp() / 3600 for *_, to, at in moves if to == "resolved"))

    return Task(call, outcome, operations=ONE_BY_ONE * EACH)


def exporting(database: str) -> Question:
    return Question(
        f"export.columns_{database.lower()}",
        f"a change of state in the life of a case, of 1,000,000, as columns from {database}",
        "who, from where, to where and when, in chunks, on at most 32 MiB more than the process held before; the peer loads "
        "the 250,000 cases, which tell less; the first reading of a process, and the work of a server is not counted",
        Side("relcore", partial(columns, database)),
        (Side("loading the entities", partial(entities, database)),),
        promised={"loading the entities": 3},
        memory=32,
        rounds=2,
        cold=True,
    )


QUESTIONS = (
    exporting("SQLite"),
    exporting("PostgreSQL"),
    Question(
        "export.transitions",
        "a change of state in the life of a case, of 1,000,000 in a SQLite file",
        "from the file to arrays of who, from where, to where and when; the peer reads the logs of 5,000 cases of four "
        "changes each, one by one",
        Side("relcore", relcore),
        (Side("the log of each", logs),),
        promised={"the log of each": 5},
        rounds=1,
    ),
)
