"""A repository over the tables of a Django application that was there before relcore: level VERSIONED.

A commit is one transaction, or a part of the one that the host is in. Versions stand in the WHERE of the write itself, and
what was only read is locked: a check before the write proves nothing once two writers meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import attrs
from django.db import IntegrityError, InterfaceError, OperationalError, connections, transaction
from django.db.models import QuerySet

from django_host.models import Kept, Organisation
from django_host.questions import answers
from django_host.tables import TABLES, Table, integer_of, table_of, table_of_id
from relcore import Customer, Invalid, NotFound, VersionConflict
from relcore.kernel.entity import Ref
from relcore.kernel.errors import Busy, CommitUnknown, Deadlocked, Disconnected, UniqueConflict, Unsupported
from relcore.kernel.ids import Id
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import Batch, Capabilities, Level, Receipt

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
                table = table_of(entity)
                for row in _among(self._rows(table).filter(organisation__slug=tenant), ids):
                    found[tenant, entity.id_type.holding(row.pk)] = table.entity_of(row)
        return [found.get((ref.tenant, ref.id)) for ref in refs]

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        table = table_of(entity)
        rows = self._rows(table).filter(organisation__slug=tenant)
        with self._in_our_words():
            return [table.entity_of(row) for row in answers(rows, table, where.tree, order)[:limit]]

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
        actual = dict[Id, int]()
        for id in sorted(batch.expects):
            row = self._rows(table_of_id(id)).filter(pk=integer_of(id), organisation=home)
            actual[id] = row.select_for_update().values_list("version", flat=True).first() or 0
        for id, expected in batch.expects.items():
            if actual[id] != expected:
                raise VersionConflict(id, expected, actual[id])
            if expected == 0 and self._rows(table_of_id(id)).filter(pk=integer_of(id)).exists():
                raise UniqueConflict(id, ("id",))  # one sequence serves all organisations

    def _write(self, home: int, batch: Batch) -> None:
        for entity in sorted(batch.rows, key=lambda entity: entity.id):
            table = table_of(type(entity))
            rows, key, held = self._rows(table), entity.id.integer, table.row(entity)
            if entity.version == 1:
                rows.create(pk=key, organisation_id=home, **held)
            elif not rows.filter(pk=key, organisation=home, version=entity.version - 1).update(**held):
                raise Stale
        self._check_clients(home, batch)

    def _check_clients(self, home: int, batch: Batch) -> None:
        """A foreign key of the host would also take the client of another organisation."""
        wanted = {getattr(entity, "customer", None) for entity in batch.rows} - {None, *batch.expects}
        clients = self._rows(TABLES[Customer]).filter(organisation=home)
        for id in sorted(wanted):
            if not clients.filter(pk=integer_of(id)).exists():
                raise NotFound(id)

    def _home(self, tenant: str) -> int:
        with self._in_our_words():
            home = (
                Organisation.objects.using(self.using)
                .filter(slug=tenant)
                .values_list("pk", flat=True)
                .first()
            )
        if home is None:
            raise Invalid("tenant", "must be the slug of an organisation", tenant)
        return home

    def _rows(self, table: Table) -> QuerySet[Kept]:
        return table.model.objects.using(self.using)

    @contextmanager
    def _in_our_words(self) -> Generator[None]:
        """What a driver says of a held or lost database, as an error that says what helps."""
        try:
            yield
        except (OperationalError, InterfaceError) as failure:
            state = getattr(failure.__cause__, "sqlstate", "")
            if "locked" in str(failure) or state == "55P03":
                options = connections[self.using].settings_dict["OPTIONS"]
                raise Busy(options.get("timeout", 0)) from failure
            if state in ("40001", "40P01"):
                raise Deadlocked(NAME) from failure
            if state is None or state[:2] in (
                "08",
                "57",
            ):  # psycopg tells no state when it was the connection
                raise Disconnected(NAME) from failure
            raise


def _among(rows: QuerySet[Kept], ids: Sequence[Id]) -> Iterator[Kept]:
    keys = [key for key in map(integer_of, ids) if key is not None]
    for start in range(0, len(keys), IN_ONE_QUESTION):
        yield from rows.filter(pk__in=keys[start : start + IN_ONE_QUESTION])
