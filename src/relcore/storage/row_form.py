"""The form in which rows and lines of the log are written down: plain, or with what is personal sealed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar

import attrs

from relcore.kernel.entity import Versioned
from relcore.kernel.errors import Invalid, Unsupported
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.words import Field, Stored
from relcore.storage.key_ring import KeyRing
from relcore.storage.kind import Kind

E = TypeVar("E")


class Lines(Protocol):
    """What a line of the log says was changed, to its form or back."""

    def changes(self, kind: Kind, id: str, fields: str, /) -> str: ...


class Form(Lines, Protocol):
    """Rows on their way in: columns and body."""

    def row(self, kind: Kind, row: Versioned, /) -> tuple[Sequence[Stored], str]: ...


class Opened(Lines, Protocol):
    """Rows on their way back: columns and body as they were."""

    def row(
        self, kind: Kind, id: str, stored: Sequence[Stored], body: str, /
    ) -> tuple[Sequence[Stored], str]: ...


class Sealing(Protocol):
    """Makes forms under the keys of a ring (``relcore.storage.sealing``)."""

    @property
    def keys(self) -> KeyRing: ...
    def sealer(self, tenant: str, rows: Iterable[Versioned]) -> Form: ...
    def opener(self, tenant: str, texts: Iterable[str]) -> Opened: ...
    def asked(self, tenant: str, entity: type[E], where: Query[E], order: Order[E]) -> Query[E]: ...
    def check_scanned(self, adapter: str, fields: Iterable[Field[Any, Any]]) -> None: ...


@attrs.frozen
class Plain:
    """As it is."""

    def row(self, kind: Kind, row: Versioned, /) -> tuple[Sequence[Stored], str]:
        return kind.stored(row), kind.body(row)

    def changes(self, kind: Kind, id: str, fields: str, /) -> str:
        del kind, id
        return fields


PLAIN = Plain()


def sealing_under(keys: KeyRing | None) -> Sealing | None:
    """Without keys, nothing is sealed; ``Invalid`` for what is no ring, such as the path of one."""
    if keys is None:
        return None
    if not isinstance(keys, KeyRing):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid("keys", "must be a key ring", type(keys).__name__, 'write keys=key_file("crm.keys")')
    from relcore.storage.sealing import Sealing as Sealed  # which needs cryptography

    return Sealed(keys)


def ring_of(sealing: Sealing | None, adapter: str) -> KeyRing:
    """The ring whose keys can be destroyed; ``Unsupported`` when nothing is sealed."""
    if sealing is None:
        raise Unsupported(adapter, "shredding", "open it with keys=key_file(...)")
    return sealing.keys
