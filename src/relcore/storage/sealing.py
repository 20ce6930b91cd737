"""What is personal, sealed on its way to storage and opened on its way back; what cannot be opened any more is erased.

Sealed are the values that entities mark as personal, one by one, with AES-256-GCM (NIST SP 800-38D) under the key of the
person they are about. The seal is bound to tenant, entity and field, so that none can be put in the place of another.
A personal field that may be asked about stands in its column as a keyed hash: equal values are found, and nothing else can
be asked of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import NoneType
from typing import Any, TypeVar, get_args

import attrs

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError as missing:  # pragma: no cover  # the environment of the tests has it
    raise ImportError("shredding needs cryptography: pip install 'relcore[shredding]'") from missing

from relcore.kernel.custom import Custom, custom_words
from relcore.kernel.entity import Versioned
from relcore.kernel.errors import Corrupt, Illformed, Invalid, KeyMissing, Unsupported
from relcore.kernel.paging import Order
from relcore.kernel.query import All, AnyOf, Compare, Not, OneOf, Query, StartsWith, Tree
from relcore.kernel.query import fields_of as fields_of_tree
from relcore.kernel.words import Field, Stored, Text, settled_words, words
from relcore.storage.json_text import LARGEST_TEXT, encoded, parsed
from relcore.storage.key_ring import KeyRing
from relcore.storage.kind import Kind, reading
from relcore.storage.readers import fields_of
from relcore.storage.source import once

E = TypeVar("E")
ERASED = "[erased]"
"""Stands where text was that an entity cannot be without."""
_INDEX = "index"
"""The subject whose key hashes what can be asked about: nobody, and never destroyed."""
_NONCE = 12
_LARGEST_SEALED = 32 * LARGEST_TEXT
"""A seal takes more characters than what it seals: a hundred more, and a third of its bytes."""
_AN_ID = re.compile("[a-z]+_[0-9a-f]{32}")
Path = tuple[str, ...]


@attrs.frozen
class Personal:
    """Where a personal value lies in the JSON of an entity, and what stands there when it is erased."""

    path: Path
    erased: Any


@once
def personal(entity: type[Any]) -> tuple[Personal, ...]:
    """Every personal value of an entity, also within the values that it holds."""
    return tuple(_personal(entity))


def _personal(kind: type[Any]) -> Iterator[Personal]:
    for field in fields_of(kind):
        if field.type is Custom:
            own = settled_words(kind).values()
            yield from (
                Personal(("custom", word.short), None) for word in own if word.is_custom and word.personal
            )
            continue
        if field.metadata.get("relcore.personal"):
            yield Personal((field.name,), _erased(kind, field))
            continue
        for inner in _records(field.type):
            for one in _personal(inner):
                yield Personal((field.name, *one.path), one.erased)


def _records(type_: Any) -> Iterator[type[Any]]:
    if isinstance(type_, type) and attrs.has(type_):
        yield type_
    for part in get_args(type_):
        yield from _records(part)


def _erased(kind: type[Any], field: attrs.Attribute[Any]) -> Any:
    if NoneType in get_args(field.type):
        return None
    if field.type is str:
        return ERASED
    raise Illformed(kind.__name__, [f"{field.name} is personal, and nothing can stand in its place"])


def subject_of(row: Any) -> str:
    """The person a record is about: its customer, if it says one, and else itself."""
    for name in ("customer", "source", "loser"):
        if (named := getattr(row, name, None)) is not None:
            return str(named)
    return str(row.id)


@attrs.frozen
class Sealing:
    """Seals and opens rows and lines of the log under the keys of a ring."""

    keys: KeyRing

    # --- on the way in ----------------------------------------------------------------------------

    def sealer(self, tenant: str, rows: Iterable[Versioned]) -> Sealer:
        """The keys that these rows need, asked for at once; ``Shredded`` if one of them is gone."""
        subjects = {str(row.id): subject_of(row) for row in rows if personal(type(row))}
        wanted = {*subjects.values(), _INDEX} if subjects else set[str]()
        return Sealer(tenant, subjects, self.keys.made(tenant, wanted))

    def asked(self, tenant: str, entity: type[E], where: Query[E], order: Order[E]) -> Query[E]:
        """The question with the hashes of personal values in their place.

        ``Unsupported`` when more is asked of such a field than whether it is equal.
        """
        hidden = {".".join(one.path) for one in personal(entity)} & {*words(entity)}
        if not hidden.isdisjoint(key.field for key in order):
            raise _only_equal(entity, hidden)
        if hidden.isdisjoint(fields_of_tree(where.tree)):
            return where
        key = self.keys.made(tenant, [_INDEX])[_INDEX]

        def hashed(tree: Tree) -> Tree:
            match tree:
                case Compare(field, "is", value) if field in hidden:
                    return Compare(field, "is", str(_hash(key, repr(words(entity)[field]), str(value))))
                case OneOf(field, values) if field in hidden:
                    name = repr(words(entity)[field])
                    return OneOf(field, tuple(str(_hash(key, name, str(value))) for value in values))
                case Compare(field) | StartsWith(field) if field in hidden:
                    raise _only_equal(entity, hidden)
                case Not(inner):
                    return Not(hashed(inner))
                case All(trees):
                    return All(tuple(map(hashed, trees)))
                case AnyOf(trees):
                    return AnyOf(tuple(map(hashed, trees)))
                case _:
                    return tree

        return Query(hashed(where.tree))

    def check_scanned(self, adapter: str, fields: Iterable[Field[Any, Any]]) -> None:
        """``Unsupported`` for a field whose column holds a hash."""
        for field in fields:
            if field.personal:
                raise Unsupported(adapter, f"a scan of {field!r}", "it is sealed; read entities with each()")

    # --- on the way back --------------------------------------------------------------------------

    def opener(self, tenant: str, texts: Iterable[str]) -> Opener:
        """The keys that these JSON texts need, asked for at once."""
        subjects = {subject for text in texts for subject in _sealed_in(text)}
        return Opener(tenant, self.keys.keys(tenant, subjects) if subjects else {})


@attrs.frozen
class Sealer:
    """Seals the rows of one batch."""

    tenant: str
    subjects: Mapping[str, str]
    keys: Mapping[str, bytes] = attrs.field(repr=False)

    def row(self, kind: Kind, row: Versioned, /) -> tuple[list[Stored], str]:
        """Columns and body, with nothing personal to be read in them."""
        stored, body = kind.stored(row), json.loads(kind.body(row))
        if row.id not in self.subjects:
            return stored, kind.body(row)
        start = 0
        for word in kind.fields:
            if is_hashed(word) and stored[start] is not None:
                _place(body, word)[word.short] = stored[start]
                stored[start] = _hash(self.keys[_INDEX], repr(word), stored[start])
            start += len(word.columns)
        return stored, self._sealed(kind, row.id, body)

    def changes(self, kind: Kind, id: str, fields: str, /) -> str:
        """What a version changed, as JSON, with nothing personal to be read in it."""
        return self._sealed(kind, id, json.loads(fields)) if id in self.subjects else fields

    def _sealed(self, kind: Kind, id: str, plain: dict[str, Any]) -> str:
        subject = self.subjects[id]
        cipher = AESGCM(self.keys[subject])
        for one in personal(kind.entity):

            def seal(value: Any, path: Path = one.path) -> Any:
                if value is None:
                    return None
                nonce, plain = os.urandom(_NONCE), json.dumps(value, ensure_ascii=False).encode()
                sealed = nonce + cipher.encrypt(nonce, plain, _bound(self.tenant, id, path))
                return {"sealed": [subject, base64.b64encode(sealed).decode()]}

            _change(plain, one.path, seal)
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@attrs.frozen
class Opener:
    """Opens rows and lines of the log that were read together."""

    tenant: str
    keys: Mapping[str, bytes | None] = attrs.field(repr=False)

    def row(self, kind: Kind, id: str, stored: Sequence[Stored], body: str, /) -> tuple[list[Stored], str]:
        """Columns and body as they were before they were sealed; what has a key that was destroyed is erased.

        ``KeyMissing`` when there never was one in this ring, ``Corrupt`` for what cannot be read.
        """
        if not personal(kind.entity) and not custom_words(kind.entity):
            return list(stored), body
        with reading(kind.named(id)):
            return self._row(kind, id, stored, body)

    def _row(self, kind: Kind, id: str, stored: Sequence[Stored], body: str) -> tuple[list[Stored], str]:
        plain, columns, start = self._opened(kind, id, body), list(stored), 0
        for word in kind.fields:
            # What lies in the body was hashed in its column when the row was written, whatever is declared today; what
            # does not was written as it is.
            place, name = _place(plain, word), word.short
            if name in place:
                columns[start] = place.pop(name)
            start += len(word.columns)
        plain.pop("custom", None)
        return columns, encoded(plain)

    def changes(self, kind: Kind, id: str, fields: str, /) -> str:
        """What a version changed, as JSON, in the same way; ``Invalid`` for what is none, as whoever reads the log knows
        where that was.
        """
        return encoded(self._opened(kind, id, fields))

    def _opened(self, kind: Kind, id: str, text: str) -> dict[str, Any]:
        plain: dict[str, Any] = parsed(text, largest=_LARGEST_SEALED)
        once_personal = [Personal(("custom", name), None) for name in plain.get("custom") or ()]
        for one in {*personal(kind.entity), *once_personal}:

            def opened(value: Any, one: Personal = one) -> Any:
                match value:
                    case {"sealed": [str(subject), str(sealed)]}:
                        pass
                    case _:
                        return value
                try:
                    key = self._key(id, subject)
                    if key is None:
                        return one.erased
                    raw = base64.b64decode(sealed, validate=True)
                    bound = _bound(self.tenant, id, one.path)
                    return json.loads(AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], bound))
                except (InvalidTag, ValueError):
                    raise Corrupt(
                        id, f"{'.'.join(one.path)} was sealed with another key or was altered"
                    ) from None

            _change(plain, one.path, opened)
        return plain

    def _key(self, id: str, subject: str) -> bytes | None:
        if subject in self.keys:
            return self.keys[subject]
        if not _AN_ID.fullmatch(subject):
            raise ValueError  # nobody ever had a key of this name, and errors do not repeat what is none
        raise KeyMissing(id, subject)


def _only_equal(entity: type[Any], hidden: set[str]) -> Unsupported:
    asked = f"such a question about {', '.join(sorted(hidden))} of a {entity.__name__}"
    return Unsupported("a sealed repository", asked, "it is sealed: ask whether it is equal")


def is_hashed(word: Field[Any, Any]) -> bool:
    """Whether a word is personal: only text can stand in its column as a hash."""
    if word.personal and not isinstance(word, Text):
        raise Illformed(f"the kind of a {word.entity.__name__}", [f"{word.name} is personal and no Text"])
    return word.personal


def _place(plain: dict[str, Any], word: Field[Any, Any]) -> dict[str, Any]:
    """Where in the JSON of an entity what a word says lies."""
    if not word.is_custom:
        return plain
    place: dict[str, Any] = plain.setdefault("custom", {})
    return place


def _change(plain: Any, path: Path, change: Callable[[Any], Any]) -> None:
    """Replace what lies at the path: in each of a list, and nothing where nothing lies."""
    name, *rest = path
    match plain:
        case [*each]:
            for one in each:
                _change(one, path, change)
        case dict() if name in plain and rest:
            _change(plain[name], tuple(rest), change)
        case dict() if name in plain:
            plain[name] = change(plain[name])
        case _:
            return


def _sealed_in(text: Any) -> Iterable[str]:
    """Whose keys a text needs: nobody's, if it is none. Whoever opens it says where it was."""
    if type(text) is not str or '"sealed"' not in text:
        return ()
    try:
        return tuple(_sealed_for(parsed(text, largest=_LARGEST_SEALED)))
    except Invalid:
        return ()


def _sealed_for(plain: Any) -> Iterator[str]:
    match plain:
        case {"sealed": [str(subject), str()]}:
            yield subject
        case {**fields} if fields:
            for value in fields.values():
                yield from _sealed_for(value)
        case [*each]:
            for value in each:
                yield from _sealed_for(value)
        case _:
            return


def _bound(tenant: str, id: str, path: Path) -> bytes:
    return json.dumps([tenant, id, *path]).encode()


def _hash(key: bytes, word: str, value: Stored) -> Stored:
    return None if value is None else hmac.digest(key, f"{word}\x00{value}".encode(), hashlib.sha256).hex()
