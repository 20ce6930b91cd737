"""Where new ids come from: the sequences that the host's own inserts draw on, so that neither meets the other."""

from __future__ import annotations

from typing import TypeVar

import attrs
from django.db import connections, transaction

from django_host.tables import MODELS
from relcore.kernel.ids import Id, IdSource, TimeOrderedIds

I = TypeVar("I", bound=Id)


@attrs.frozen
class HostIds:
    """An integer that nobody has had yet, for what the host keeps; for all else (the key of a batch) an id by time."""

    using: str = "default"
    others: IdSource = attrs.field(factory=TimeOrderedIds)

    def new(self, kind: type[I], /) -> I:
        for entity, model in MODELS.items():
            if entity.id_type is kind:
                return kind.holding(self._drawn(model._meta.db_table))  # noqa: SLF001  # Django's public name
        return self.others.new(kind)

    def _drawn(self, table: str) -> int:
        connection = connections[self.using]
        with transaction.atomic(using=self.using), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
            else:
                # SQLite counts what is AUTOINCREMENT in a table of its own, which may be written like any other.
                cursor.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = %s", [table])
                if cursor.rowcount == 0:
                    cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, 1)", [table])
                cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            return int(cursor.fetchone()[0])
