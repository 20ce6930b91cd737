"""E: export. Rows and log as plain columns, from one snapshot, without building an entity."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from relcore.customers.customer import Customer, CustomerFields
from relcore.kernel.change import removal
from relcore.kernel.clock import microseconds
from relcore.kernel.errors import Invalid
from relcore.kernel.query import Query, predicate
from relcore.kernel.repository import LOG_COLUMNS, Entry, Level
from relcore.kernel.words import Field, words
from relcore.service.case import Case, CaseFields
from relcore.testing.clause import Broken, clause, raises, same
from relcore.testing.grid import grid, grids, leaves
from relcore.testing.specimens import born, class_of, specimens
from relcore.testing.trial import ADA, NOON, Trial

Chunks = Iterable[Mapping[str, Sequence[Any]]]


def _fields(entity: type[Any]) -> list[Field[Any, Any]]:
    return list(words(entity).values())


def _lines(chunks: Chunks) -> list[tuple[Any, ...]]:
    return [line for chunk in chunks for line in zip(*chunk.values(), strict=True)]


def _of_rows(rows: Iterable[Any], fields: Sequence[Field[Any, Any]] = ()) -> list[tuple[Any, ...]]:
    """The reference: what the words of each row store, in the order of ids."""
    return [
        tuple(
            value for field in fields or _fields(class_of(row)) for value in field.store(field.held_by(row))
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]


@clause(
    "E1",
    "A scan tells of every field of every kind what its entities tell, in the order of ids, as text and whole numbers.",
    level=Level.COLUMNAR,
    needs="scan",
)
def a_scan_tells_what_entities_tell(trial: Trial) -> None:
    for entity in specimens(trial):
        kind = class_of(entity)
        trial.kept(born(entity))
        rows = list(trial.workspace.each(kind))

        fields = [field for field in _fields(kind) if not (field.personal and trial.capabilities.shredding)]
        chunks = list(trial.workspace.scan(kind, *fields))

        names = [name for field in fields for name, _ in field.columns]
        same(f"the columns of a {kind.__name__}", [list(chunk) for chunk in chunks], [names])
        same(f"the {kind.__name__}s", _lines(chunks), _of_rows(rows, fields))
        kinds = [of for field in fields for _, of in field.columns]
        odd: list[Any] = [
            (name, type(value))
            for line in _lines(chunks)
            for name, of, value in zip(names, kinds, line, strict=True)
            if value is not None and not (isinstance(value, of) and not isinstance(value, bool))
        ]
        same("values of another type", odd, [])


@clause(
    "E2",
    "A scan comes in chunks of the size asked for, the last one with what is left.",
    level=Level.COLUMNAR,
    needs="scan",
    kinds=(Customer,),
)
def a_scan_comes_in_chunks(trial: Trial) -> None:
    rows = grid(trial, Customer)
    there = len(trial.workspace.find(Customer))

    for size in (1, 3, there - 1, there, there + 1):
        chunks = list(trial.workspace.scan(Customer, *_fields(Customer), chunk=size))
        lengths = [len(next(iter(chunk.values()))) for chunk in chunks]
        whole, rest = divmod(there, size)
        same(f"the lengths of chunks of {size}", lengths, [size] * whole + [rest] * (rest > 0))
        same(f"the rows in chunks of {size}", _lines(chunks), _of_rows(trial.workspace.each(Customer)))
    same("whether there is anything", len(rows) > 0, True)  # noqa: FBT003


@clause("E3", "A scan of a question tells what a search for it finds.", level=Level.COLUMNAR, needs="scan")
def a_scan_asks_a_question(trial: Trial) -> None:
    for entity in grids():
        if trial.keeps(entity):
            rows = grid(trial, entity)
            everything: list[Any] = list(trial.workspace.each(entity))
            for tree in leaves(entity, rows)[::5]:
                told = _lines(trial.workspace.scan(entity, *_fields(entity), where=Query(tree)))
                same(f"what {tree} scans", told, _of_rows(row for row in everything if predicate(tree)(row)))


@clause(
    "E4",
    "A scan sees one moment: what is committed while it is read is not in it.",
    level=Level.COLUMNAR,
    needs="scan",
    kinds=(Case,),
)
def a_scan_sees_one_moment(trial: Trial) -> None:
    held = [trial.kept(trial.case()) for _ in range(6)]

    reading = iter(trial.workspace.scan(Case, CaseFields.state, chunk=2))
    told = list(next(reading)["state"])
    trial.workspace.commit(*(case.mark_spam(at=NOON) for case in held))
    trial.kept(trial.case())
    told += [state for chunk in reading for state in chunk["state"]]

    same("the states", told, ["new"] * 6)
    later = sorted(_lines(trial.workspace.scan(Case, CaseFields.state)))
    same("the states of a later scan", later, [("new",), *[("spam",)] * 6])


@clause(
    "E5",
    "A scan of nothing has no rows, and knows its columns all the same.",
    level=Level.COLUMNAR,
    needs="scan",
    kinds=(Case,),
)
def a_scan_of_nothing_knows_its_columns(trial: Trial) -> None:
    scan = trial.workspace.scan(Case, CaseFields.customer, CaseFields.opened_at)

    same("the chunks", list(scan), [])
    same("the columns", dict(scan.schema), {"customer": str, "opened_at": int})
    same("the log", list(trial.workspace.scan_log(Case)), [])


@clause("E6", "A scan builds no entity.", level=Level.COLUMNAR, needs="scan", kinds=(Customer,))
def a_scan_builds_no_entity(trial: Trial) -> None:
    trial.workspace.commit(trial.customer("Ada"), trial.customer("Bob"))

    with _unbuildable(Customer):
        told = _lines(trial.workspace.scan(Customer, CustomerFields.state, CustomerFields.owner))

    same("what is told", told, [("active", str(ADA))] * 2)


@contextmanager
def _unbuildable(entity: Any) -> Generator[None]:
    build = entity.__init__

    def refused(*_: Any, **__: Any) -> None:
        raise Broken("what is built for a scan", entity.__name__, "nothing")

    entity.__init__ = refused
    try:
        yield
    finally:
        entity.__init__ = build


@clause(
    "E7",
    "A scan that is left half-way holds nobody up, and may be read again.",
    level=Level.COLUMNAR,
    needs="scan",
    kinds=(Customer,),
)
def a_scan_may_be_left(trial: Trial) -> None:
    trial.workspace.commit(*(trial.customer(f"Ada {n}") for n in range(10)))
    scan = trial.workspace.scan(Customer, CustomerFields.created_at, chunk=2)

    for _ in range(3):
        reading: Any = iter(scan)
        next(reading)
        reading.close()
        trial.kept(trial.customer("Bob"))

    same("how many there are", len(_lines(scan)), 13)


@clause(
    "E8",
    "A scan of the log tells the lines of every log of that kind, in the order of id, version and place, also of what was "
    "removed.",
    level=Level.COLUMNAR,
    needs="scans of the log",
    kinds=(Case,),
)
def a_scan_of_the_log_tells_every_line(trial: Trial) -> None:
    held = [trial.kept(trial.case()) for _ in range(3)]
    for case in reversed(held):
        change = case.accept(ADA, at=NOON).then(lambda c: c.respond(at=NOON))
        trial.clock.forward(minutes=1)
        trial.kept(change)
    trial.workspace.commit(removal(trial.workspace.get(Case, held[0].id), at=NOON))
    expected = [
        _line(entry)
        for case in sorted(held, key=lambda case: case.id)
        for entry in trial.workspace.log(Case, case.id)
    ]

    for size in (1, 4, 100):
        chunks = list(trial.workspace.scan_log(Case, chunk=size))
        same("the columns", list(chunks[0]), [name for name, _ in LOG_COLUMNS])
        same(f"the lines in chunks of {size}", _lines(chunks), expected)


def _line(entry: Entry) -> tuple[Any, ...]:
    event = entry.event
    told = {
        "id": entry.id,
        "version": entry.version,
        "position": entry.index,
        "machine": event.machine,
        "move": event.move,
        "source": event.source,
        "target": event.to,
        "at": microseconds(event.at),
        "actor": None if event.by is None else str(event.by),
        "recorded_at": microseconds(entry.recorded_at),
    }
    return tuple(told[name] for name, _ in LOG_COLUMNS)


@clause(
    "E9",
    "A scan of no field, of another kind's field, or in chunks of nothing is refused at once.",
    level=Level.COLUMNAR,
    needs="scan",
)
def a_scan_that_is_none_is_refused(trial: Trial) -> None:
    other: Any = CaseFields.cause

    for ask in (
        lambda: trial.workspace.scan(Case),
        lambda: trial.workspace.scan(Case, CaseFields.state, chunk=0),
        lambda: trial.workspace.scan(Customer, other),
        lambda: trial.workspace.scan_log(Case, chunk=0),
    ):
        raises(Invalid, ask)
