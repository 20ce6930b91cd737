"""A repository over the tables of a Django application that was there before relcore: level VERSIONED.

A commit is one transaction, or a part of the one that the host is in. Versions stand in the WHERE of the write itself, and
what was only read is locked: a check before the write proves nothing once two writers meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, TypeVar

import attrs
from django.db import IntegrityError, InterfaceError, OperationalError, connections, transaction
from django.db.models import QuerySet

from django_host.models import Kept, Organisation
from django_host.questions import answers
from django_host.tables import CLIENTS, MODELS, TABLES
from relcore import Customer, Invalid, NotFound, VersionConflict
from relcore.ids import CustomerId
from relcore.kernel.entity import Ref
from relcore.kernel.errors import Busy, CommitUnknown, Deadlocked, Disconnected, UniqueConflict, Unsupported
from relcore.kernel.ids import Id
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import Batch, Capabilities, Level, Receipt
from relcore.storage.host_table import HostTable

E = TypeVar("E")
NAME = "DjangoRepository"
IN_ONE_QUESTION = 500  # every database bounds the number of parameters


class Stale(Exception):
    """A row was not at the version that the batch expects."""


@attrs.frozen
class DjangoRepository:
    """Clients, deals and tickets as customers, opportunities and cases; a tenant is the slug of an organisation."""

    using: str = "default"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.VERSIONED)

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        wanted = defaultdict[tuple[str, type[Any]], list[Id]](list)
        for ref in refs:
            wanted[ref.tenant, ref.entity].append(ref.id)
        found = dict[tuple[str, Id], Any]()
        with self._in_our_words():
            for (tenant, entity), ids in wanted.items():
                rows = self._rows(entity).filter(organisation__slug=tenant)
                for row in _among(rows, TABLES[entity], ids):
                    found[tenant, entity.id_type.holding(row.pk)] = _entity(entity, row)
        return [found.get((ref.tenant, ref.id)) for ref in refs]

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        rows = self._rows(entity).filter(organisation__slug=tenant)
        with self._in_our_words():
            found = answers(rows, TABLES[entity], where.tree, order)[:limit]
            return [_entity(entity, row) for row in found]

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if batch.removed:
            raise Unsupported(NAME, "removal", "remove the row in the host")
        home, sent = self._home(tenant), False
        try:
            with self._in_our_words(), transaction.atomic(using=self.using):
                if batch.reads:
                    self._check(home, batch)
                self._write(home, batch)
                sent = True
        except (Stale, IntegrityError):
            with self._in_our_words(), transaction.atomic(using=self.using):
                self._check(home, batch)  # all of it was rolled back; this tells what stood in the way
                self._check_clients(home, batch)
            raise
        except Disconnected as lost:
            if sent:
                raise CommitUnknown(batch.key) from lost
            raise
        return Receipt(batch.key, batch.rows)

    def _check(self, home: int, batch: Batch) -> None:
        """Hold the rows, in an order that is the same for everybody, and say what is not as the batch expects it."""
        entities = {entity.id: type(entity) for entity in (*batch.rows, *batch.reads)}
        actual, elsewhere = dict[Id, int](), set[Id]()
        for id, entity in sorted(entities.items(), key=itemgetter(0)):
            rows = self._rows(entity).filter(pk=TABLES[entity].key(id))
            held = rows.filter(organisation=home).select_for_update(no_key=True)
            actual[id] = held.values_list("version", flat=True).first() or 0
            if actual[id] == 0 and rows.exists():
                elsewhere.add(id)
        for id, expected in batch.expects.items():
            if actual[id] != expected:
                raise VersionConflict(id, expected, actual[id])
            if id in elsewhere:
                raise UniqueConflict(id, ("id",))  # one sequence serves all organisations

    def _write(self, home: int, batch: Batch) -> None:
        for entity in sorted(batch.rows, key=lambda entity: entity.id):
            rows, held = self._rows(type(entity)), TABLES[type(entity)].write(entity)
            key, read_at = entity.id.integer, entity.version - 1
            if read_at == 0:
                rows.create(pk=key, organisation_id=home, **held)
            elif not rows.filter(pk=key, organisation=home, version=read_at).update(**held):
                raise Stale
        self._check_clients(home, batch)

    def _check_clients(self, home: int, batch: Batch) -> None:
        """A foreign key of the host would also take the client of another organisation."""
        named: set[CustomerId | None] = {getattr(entity, "customer", None) for entity in batch.rows}
        for id in named - {None, *batch.expects}:
            if id and not self._rows(Customer).filter(pk=CLIENTS.key(id), organisation=home).exists():
                raise NotFound(id)

    def _home(self, tenant: str) -> int:
        with self._in_our_words():
            home = Organisation.objects.using(self.using).filter(slug=tenant).first()
        if home is None:
            raise Invalid("tenant", "must be the slug of an organisation", tenant)
        return int(home.pk)

    def _rows(self, entity: type[Any]) -> QuerySet[Kept]:
        if entity not in MODELS:
            raise Unsupported(NAME, f"a {entity.__name__}", "it keeps customers, opportunities and cases")
        return MODELS[entity].objects.using(self.using)

    @contextmanager
    def _in_our_words(self) -> Generator[None]:
        """What a driver says of a held or lost database, as an error that says what helps."""
        try:
            yield
        except (OperationalError, InterfaceError) as failure:
            state = getattr(failure.__cause__, "sqlstate", "")
            if "locked" in str(failure) or state in ("55P03", "57014", "53300"):
                options = connections[self.using].settings_dict["OPTIONS"]
                raise Busy(options.get("timeout", 0)) from failure
            if state in ("40001", "40P01"):
                raise Deadlocked(NAME) from failure
            # Of a lost connection psycopg tells no state, or one of these classes.
            if state is None or state.startswith(("08", "57P")):
                raise Disconnected(NAME) from failure
            raise


def _among(rows: QuerySet[Kept], table: HostTable[Any], ids: Sequence[Id]) -> Iterator[Kept]:
    keys = [key for key in map(table.key, ids) if key is not None]
    for start in range(0, len(keys), IN_ONE_QUESTION):
        yield from rows.filter(pk__in=keys[start : start + IN_ONE_QUESTION])


def _entity(entity: type[E], row: Kept) -> E:
    kept: E = TABLES[entity].read(row.pk, vars(row))
    return kept
