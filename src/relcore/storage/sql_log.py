"""Lines of the log and receipts, to rows and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from relcore.kernel.actor import Actor
from relcore.kernel.change import Change, Moved
from relcore.kernel.clock import from_microseconds, microseconds
from relcore.kernel.entity import Versioned
from relcore.kernel.errors import Corrupt, Invalid
from relcore.kernel.ids import Id
from relcore.kernel.repository import Batch, Entry, Receipt, replay
from relcore.storage.json_text import encoded, parsed
from relcore.storage.row_form import PLAIN, Form, Lines, Sealing
from relcore.storage.serde import Kind, kind_of, kind_of_id, reading, text
from relcore.storage.sql_tables import LINE

_FIELDS = LINE.index("fields")
_LARGEST_RECEIPT = 2**30
"""Characters. A commit may hold as many entities as it likes; databases hold a billion bytes in one place."""


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
    with reading(f"the log of {plain if type(plain) is str else 'an entity'}"):
        kind = kind_of_id(plain)
        id: Id = kind.entity.id_type(plain)
        by = None if actor is None else Actor.parse(actor)
        event = Moved(id, machine, move, source, to, from_microseconds(at), by, tuple(parsed(effects)))
        changed = kind.changes(form.changes(kind, id, fields), schema)
        return Entry(id, version, index, event, changed, from_microseconds(recorded), key)


def receipt_line(tenant: str, batch: Batch) -> tuple[Any, ...]:
    """tenant, key, recorded_at, versions, removed"""
    versions, removed = {row.id: row.version for row in batch.rows}, [row.id for row in batch.removed]
    return (
        tenant, batch.key, microseconds(batch.recorded_at), encoded(versions), encoded(removed),
    )  # fmt: skip


def receipt_told(key: str, versions: Any, removed: Any) -> tuple[Mapping[str, int], Sequence[Id]]:
    """What a stored receipt says: the version of each entity that was kept, and what was removed."""
    with reading(f"the receipt of {key!r}"):
        kept: dict[str, Any] = parsed(versions, largest=_LARGEST_RECEIPT)
        gone: list[Any] = parsed(removed, largest=_LARGEST_RECEIPT)
        if (type(kept), type(gone)) != (dict, list):
            raise Invalid("JSON", "must be versions by id, and a list of ids")
        if not all(type(version) is int and 1 <= version < 2**63 for version in kept.values()):
            raise Invalid("version", "must be a whole number from 1")
        return {_known(key, id): version for id, version in kept.items()}, [_known(key, id) for id in gone]


def _known(key: str, id: str) -> Id:
    try:
        return cast("Id", kind_of_id(id).entity.id_type(id))
    except Corrupt as unknown:
        raise Corrupt(f"the receipt of {key!r}", unknown.why) from None


def receipt_of(
    key: str,
    versions: Mapping[str, int],
    removed: Iterable[Id],
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

    with reading(f"the receipt of {key!r}"):
        return Receipt(key, tuple(as_left(*kept) for kept in versions.items()), tuple(removed))


def cursor_of(place: Sequence[Any]) -> str:
    """The cursor that stands at a line of this transaction and number."""
    return f"{place[0]}-{place[1]}"


def place_of(after: str | None) -> tuple[int, int]:
    """Transaction and number of the line that a cursor stands at."""
    if after is None:
        return (0, 0)
    transaction, _, number = after.partition("-") if isinstance(after, str) else ("", "", "")  # pyright: ignore[reportUnnecessaryIsInstance]
    if not (transaction.isdecimal() and number.isdecimal() and len(after) <= 40):
        raise _no_cursor(after)
    place = int(transaction), int(number)
    if max(place) >= 2**63:
        raise _no_cursor(after)
    return place


def _no_cursor(after: object) -> Invalid:
    return Invalid("after", "must be the cursor of an earlier delivery", after, "pass on delivery.after")
