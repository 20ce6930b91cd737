"""Lines of the log and receipts, to rows and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from relcore.kernel.actor import Actor
from relcore.kernel.change import Change, Moved
from relcore.kernel.clock import from_microseconds, microseconds
from relcore.kernel.entity import Versioned
from relcore.kernel.errors import Invalid
from relcore.kernel.ids import Id
from relcore.kernel.repository import Batch, Entry, Receipt, replay
from relcore.storage.json_text import encoded
from relcore.storage.row_form import PLAIN, Form, Lines, Sealing
from relcore.storage.serde import Kind, kind_of, kind_of_id, reading, text
from relcore.storage.sql_tables import LINE

_FIELDS = LINE.index("fields")


def lines_of(form: Form, tenant: str, batch: Batch) -> Iterator[tuple[Any, ...]]:
    """The lines of ``batch.log()``, each as ``LINE`` names it."""
    recorded_at = microseconds(batch.recorded_at)
    for change in batch.changes:
        id, version, kind = str(change.entity.id), change.entity.version + 1, kind_of(type(change.entity))
        for index, event in enumerate(change.events):
            yield (
                tenant, id, version, index, event.machine, event.move, str(event.source), str(event.to),
                microseconds(event.at), None if event.by is None else str(event.by),
                encoded(event.effects), kind.schema,
                _fields_of(form, kind, change) if index == 0 else "{}", recorded_at, batch.key,
            )  # fmt: skip


def _fields_of(form: Form, kind: Kind, change: Change[Versioned]) -> str:
    if change.before is None:
        return form.changes(kind, change.entity.id, kind.born(change.entity))
    changed = change.changed
    return form.changes(kind, change.entity.id, text(changed)) if changed else "{}"


def entries_of(sealing: Sealing | None, tenant: str, lines: Iterable[Sequence[Any]]) -> list[Entry]:
    """The lines of the log that rows hold; ``Corrupt`` names the entity and not its content."""
    held = list(lines)
    form = PLAIN if sealing is None else sealing.opener(tenant, [line[_FIELDS] for line in held])
    return [_entry_of(form, line) for line in held]


def _entry_of(form: Lines, line: Sequence[Any]) -> Entry:
    _, plain, version, index, machine, move, source, to, at, actor, effects, schema, fields, recorded, key = (
        line
    )
    kind = kind_of_id(plain)
    with reading(f"the log of {plain}"):
        id: Id = kind.entity.id_type(plain)
        by = None if actor is None else Actor.parse(actor)
        event = Moved(id, machine, move, source, to, from_microseconds(at), by, tuple(json.loads(effects)))
        changed = kind.changes(form.changes(kind, id, fields), schema)
        return Entry(id, version, index, event, changed, from_microseconds(recorded), key)


def receipt_line(tenant: str, batch: Batch) -> tuple[Any, ...]:
    """tenant, key, recorded_at, versions, removed"""
    versions, removed = {row.id: row.version for row in batch.rows}, [row.id for row in batch.removed]
    return (
        tenant, batch.key, microseconds(batch.recorded_at), encoded(versions), encoded(removed),
    )  # fmt: skip


def receipt_of(
    key: str,
    versions: Mapping[str, int],
    removed: Iterable[str],
    now: Mapping[str, Any],
    log: Iterable[Entry],
) -> Receipt:
    """The entities as that commit left them: the rows that are still so, the others replayed from their log."""
    told = dict[str, list[Entry]]()
    for entry in log:
        told.setdefault(entry.id, []).append(entry)

    def as_left(id: str, version: int) -> Versioned:
        if id in now and now[id].version == version:
            return cast("Versioned", now[id])
        until_then = [entry for entry in told.get(id, ()) if entry.version <= version]
        return cast("Versioned", replay(kind_of_id(id).entity, until_then))

    gone = tuple(cast("Id", kind_of_id(id).entity.id_type(id)) for id in removed)
    return Receipt(key, tuple(as_left(*kept) for kept in versions.items()), gone)


def cursor_of(place: Sequence[Any]) -> str:
    """The cursor that stands at a line of this transaction and number."""
    return f"{place[0]}-{place[1]}"


def place_of(after: str | None) -> tuple[int, int]:
    """Transaction and number of the line that a cursor stands at."""
    if after is None:
        return (0, 0)
    transaction, dash, number = after.partition("-")
    if not (dash and transaction.isdecimal() and number.isdecimal() and len(after) <= 40):
        raise Invalid("after", "must be the cursor of an earlier delivery", after, "pass on delivery.after")
    return int(transaction), int(number)
