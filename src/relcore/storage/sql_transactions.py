"""The verbs as transactions: the same for every database, and for those who wait as for those who await.

Versions are checked in the WHERE of the write itself, for a check before the write proves nothing once two writers meet. All
rows are touched in the order of their ids, so that two writers who meet wait for one another and not for each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar, cast

from relcore.kernel.entity import Ref, Versioned
from relcore.kernel.errors import Gone, KeyReused, UniqueConflict, VersionConflict
from relcore.kernel.ids import Id
from relcore.kernel.paging import Order
from relcore.kernel.query import All, Compare, Query
from relcore.kernel.repository import Batch, Delivery, Entry, Receipt, unique_values
from relcore.kernel.words import plain_value
from relcore.storage.row_form import PLAIN, Form, Sealing
from relcore.storage.serde import Kind, kind_of, kind_of_id
from relcore.storage.sql_dialect import Dialect
from relcore.storage.sql_log import (
    cursor_of,
    entries_of,
    lines_of,
    place_of,
    receipt_line,
    receipt_of,
    receipt_told,
)
from relcore.storage.sql_question import finding
from relcore.storage.sql_request import Begin, Load, Read, Request, Transaction, Write
from relcore.storage.sql_statements import of_kind, of_log, of_receipts

E = TypeVar("E")

MANY = 200
"""From so many new rows of a kind on, a faster way is worth its start."""


# --- reading --------------------------------------------------------------------------------------


def fetch(
    dialect: Dialect, sealing: Sealing | None, refs: Sequence[Ref[E]]
) -> Transaction[Sequence[E | None]]:
    """The entities in the order of the references."""
    if not refs:
        return []
    if len(refs) == 1:  # the most frequent of all questions
        (ref,) = refs
        kind = kind_of_id(ref.id)
        (rows,) = yield [Read(of_kind(dialect, kind).get, (ref.tenant, ref.id))]
        return _entities(sealing, ref.tenant, kind, rows) or [None]
    wanted: dict[tuple[str, Kind], list[str]] = defaultdict(list)
    for ref in refs:
        wanted[ref.tenant, kind_of_id(ref.id)].append(ref.id)
    answers = yield _snapshot(
        dialect,
        [
            Read(of_kind(dialect, kind).fetch, (tenant, dialect.several(ids)))
            for (tenant, kind), ids in wanted.items()
        ],
    )
    found = dict[tuple[str, str], Any]()
    for (tenant, kind), rows in zip(wanted, answers[-len(wanted) :], strict=True):
        found.update(((tenant, row.id), row) for row in _entities(sealing, tenant, kind, rows))
    return [cast("E | None", found.get((ref.tenant, ref.id))) for ref in refs]


def find(
    dialect: Dialect,
    sealing: Sealing | None,
    tenant: str,
    entity: type[E],
    where: Query[E],
    order: Order[E],
    limit: int,
) -> Transaction[Sequence[E]]:
    """The first answers."""
    asked = where if sealing is None else sealing.asked(tenant, entity, where, order)
    kind, question = kind_of(entity), finding(dialect, tenant, entity, asked, order, limit)
    (rows,) = yield [Read(question.text, question.values)]
    return _entities(sealing, tenant, kind, rows)


def receipt(dialect: Dialect, sealing: Sealing | None, tenant: str, key: str) -> Transaction[Receipt | None]:
    """What was committed under the key."""
    _, known = yield [Begin(dialect.snapshot), Read(of_receipts(dialect).find, (tenant, key))]
    if not known:
        return None
    versions, removed = receipt_told(key, *known[0])
    by_kind = _by_kind(versions)
    answers = yield [
        Read(of_kind(dialect, kind).fetch, (tenant, dialect.several(ids))) for kind, ids in by_kind.items()
    ]
    now = {
        row.id: row
        for kind, rows in zip(by_kind, answers, strict=True)
        for row in _entities(sealing, tenant, kind, [row for row in rows if row[1] == versions[row[0]]])
    }
    moved_on = [id for id in versions if id not in now]
    told: list[Any] = []
    if moved_on:
        (told,) = yield [Read(of_log(dialect).of_entities, (tenant, dialect.several(moved_on)))]
    return receipt_of(key, versions, removed, now, entries_of(sealing, tenant, told))


def log(dialect: Dialect, sealing: Sealing | None, tenant: str, id: str) -> Transaction[Sequence[Entry]]:
    """All that happened to one entity."""
    kind_of_id(id)
    (lines,) = yield [Read(of_log(dialect).of_entities, (tenant, dialect.several([id])))]
    return entries_of(sealing, tenant, lines)


def drain(
    dialect: Dialect, sealing: Sealing | None, tenant: str, after: str | None, limit: int
) -> Transaction[Delivery]:
    """The lines behind a place, as far as nothing can be written before them any more.

    Lines are in the order of the transactions that wrote them. Who changes an entity has read what the transaction before
    had written of it, and so began later: the lines of one entity are in their order.
    """
    place = place_of(after)
    (lines,) = yield [Read(of_log(dialect).behind, (tenant, *place, limit))]
    entries = tuple(entries_of(sealing, tenant, [line[2:] for line in lines]))
    return Delivery(entries, cursor_of(lines[-1] if lines else place))


def ids_of(entity: type[Any]) -> tuple[str, str]:
    """Between which texts the ids of a kind stand: they begin alike."""
    name: str = entity.id_type.kind
    return f"{name}_", f"{name}`"  # the next character after _


def _snapshot(dialect: Dialect, reads: list[Request]) -> list[Request]:
    """Several questions are asked of one moment; one question is a moment of its own."""
    return reads if len(reads) == 1 else [Begin(dialect.snapshot), *reads]


def _entities(sealing: Sealing | None, tenant: str, kind: Kind, rows: Sequence[Sequence[Any]]) -> list[Any]:
    if sealing is None:
        return kind.rows(rows)
    opener = sealing.opener(tenant, [row[3] for row in rows])
    return [
        kind.row(id, version, schema, *opener.row(kind, id, stored, body))
        for id, version, schema, body, *stored in rows
    ]


# --- commits --------------------------------------------------------------------------------------


class Stale(Exception):
    """Fewer rows were written than the batch holds: one of them was not at its version, or the key is known."""


def commit(dialect: Dialect, sealing: Sealing | None, tenant: str, batch: Batch) -> Transaction[Receipt]:
    """All of the batch, or ``Stale``. Why, tells ``explanation`` afterwards, when nothing of it is there any more.

    The key comes first: whoever else sends it at the same time waits here until it is known what became of it.
    """
    form = PLAIN if sealing is None else sealing.sealer(tenant, batch.rows)
    asked: list[tuple[Request, Any]] = [
        (Begin(dialect.writing), None),
        (Write(of_receipts(dialect).insert, [receipt_line(tenant, batch)]), 1),
        *_retracted(dialect, tenant, batch),
        *_touched(dialect, form, tenant, batch),
    ]
    if count := sum(len(change.events) for change in batch.changes):
        said, lines = of_log(dialect), lines_of(form, tenant, batch)
        asked.append((_written(count, said.insert, "relcore_log", said.columns, lines), count))
    answers = yield [request for request, _ in asked]
    for (request, wanted), answer in zip(asked, answers, strict=True):
        told = [tuple(row) for row in answer] if isinstance(request, Read) else answer
        if not isinstance(request, Begin) and told != wanted:
            raise Stale
    return Receipt(batch.key, batch.rows, tuple(row.id for row in batch.removed))


def _touched(dialect: Dialect, form: Form, tenant: str, batch: Batch) -> Iterator[tuple[Request, Any]]:
    """Each row once, in the order of ids, with the answer that it must have; neighbours of a kind together."""
    read = {row.id: row for row in batch.reads}.values() if batch.reads else ()
    touched: list[tuple[Id, tuple[str, type[Any]], Versioned]] = [
        *[(row.id, ("held" if row.version else "absent", type(row)), row) for row in read],
        *[(row.id, ("new" if row.version == 1 else "known", type(row)), row) for row in batch.rows],
        *[(row.id, ("removed", type(row)), row) for row in batch.removed],
    ]
    touched.sort(key=itemgetter(0))
    for (verb, entity), run in groupby(touched, key=itemgetter(1)):
        kind, rows = kind_of(entity), [row for _, _, row in run]
        said = of_kind(dialect, kind)
        match verb:
            case "held":
                ids = dialect.several([row.id for row in rows])
                yield Read(said.hold, (tenant, ids)), [(row.id, row.version, True) for row in rows]
            case "absent":
                # There is no row that could be held. One that is written and taken back holds its place until the end.
                nothing = [(tenant, row.id, 0, kind.schema, False, *_nothing(kind)) for row in rows]
                yield Write(said.insert, nothing), len(rows)
                yield Write(said.forget, [(tenant, row.id) for row in rows]), len(rows)
            case "new":
                new = _new(form, tenant, kind, rows)
                yield _written(len(rows), said.insert, said.table, said.columns, new), len(rows)
            case "known":
                known = [(*_values(form, kind, row), tenant, str(row.id), row.version - 1) for row in rows]
                yield Write(said.update, known), len(rows)
            case _:
                gone = [
                    (row.version, kind.schema, False, *_nothing(kind), tenant, row.id, row.version - 1)
                    for row in rows
                ]
                yield Write(said.update, gone), len(rows)


def _retracted(dialect: Dialect, tenant: str, batch: Batch) -> Iterator[tuple[Request, Any]]:
    """What only one may have, where one entity of the batch takes it from another: the index looks at each row by itself."""
    given_up: dict[Any, Versioned] = {}
    for change in batch.changes:
        if change.before is not None:
            given_up.update(
                ((type(change.before), *held), change.before) for held in unique_values(change.before)
            )
    if not given_up:
        return
    taken = {((type(row), *held)): row.id for row in batch.rows for held in unique_values(row)}
    giving = {row.id: row for held, row in given_up.items() if taken.get(held, row.id) != row.id}
    for row in sorted(giving.values(), key=lambda row: row.id):
        yield Write(of_kind(dialect, kind_of(type(row))).retract, [(tenant, row.id)]), 1


def _new(form: Form, tenant: str, kind: Kind, rows: Iterable[Versioned]) -> Iterator[tuple[Any, ...]]:
    # Texts go to the driver as nothing but ``str``: whether there is an adapter for a class of its own, sqlite3 asks for
    # each value anew, and takes half as long for that as for writing a short row.
    return ((tenant, str(row.id), *_values(form, kind, row)) for row in rows)


def _values(form: Form, kind: Kind, row: Versioned) -> tuple[Any, ...]:
    stored, body = form.row(kind, row)
    return (row.version, kind.schema, True, *stored, body)


def _nothing(kind: Kind) -> tuple[Any, ...]:
    return (*(None for _ in kind.columns), "")


def _written(
    count: int, text: str, table: str, columns: Sequence[str], lines: Iterable[tuple[Any, ...]]
) -> Write | Load:
    return Write(text, list(lines)) if count < MANY else Load(text, table, columns, lines)


def explanation(
    dialect: Dialect, sealing: Sealing | None, tenant: str, batch: Batch
) -> Transaction[Receipt | None]:
    """Why a batch could not be written: its receipt if it was written before, an error, or None if it could be now."""
    known = yield from receipt(dialect, sealing, tenant, batch.key)
    if known is not None:
        if not known.answers(batch):
            raise KeyReused(batch.key)
        return known
    by_kind = _by_kind(batch.expects)
    answers = yield [
        Read(of_kind(dialect, kind).versions, (tenant, dialect.several(ids))) for kind, ids in by_kind.items()
    ]
    actual = {row[0]: (row[1], row[2]) for rows in answers for row in rows}
    for id, version in batch.expects.items():
        there, live = actual.get(id, (0, True))
        if not live:
            raise Gone(id, there)
        if there != version:
            raise VersionConflict(id, version, there)
    yield from _unique(dialect, sealing, tenant, batch)
    return None


def _unique(dialect: Dialect, sealing: Sealing | None, tenant: str, batch: Batch) -> Transaction[None]:
    """``UniqueConflict`` for the first row that has what another one has and only one may."""
    changed = set(batch.versions)
    for row in batch.rows:
        for names, values in unique_values(row):
            same = All(tuple(Compare(n, "is", plain_value(v)) for n, v in zip(names, values, strict=True)))
            asked = Query[Any](same)
            asked = asked if sealing is None else sealing.asked(tenant, type(row), asked, ())
            question = finding(dialect, tenant, type(row), asked, (), len(changed) + 1)
            (others,) = yield [Read(question.text, question.values)]
            if any(other[0] not in changed for other in others):
                raise UniqueConflict(row.id, names)


def _by_kind(ids: Iterable[str]) -> Mapping[Kind, list[str]]:
    grouped: dict[Kind, list[str]] = defaultdict(list)
    for id in ids:
        grouped[kind_of_id(id)].append(id)
    return grouped
