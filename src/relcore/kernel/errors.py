"""Everything relcore says no to, in one tree. Each error carries what it refused as data, never personal data.

    RelcoreError                 retry: what a caller may do about it
    ├── Invalid                  never     a value that cannot be            field, rule, value, remedy
    │   ├── Illformed            never     a definition that cannot work     subject, faults
    │   ├── UnknownQuery         never     a question nobody can answer      field, rule, value, remedy
    │   └── InvalidRows          never     rows of a table that cannot be    faults (row, column, rule, value)
    ├── Refused                  never     the lifecycle does not allow it   id, state, move, reasons, allowed
    ├── NotFound                 never     no such entity for this tenant    id
    │   └── Gone                 never     ... any more: it was removed      id, version
    ├── Conflict                 reread    somebody was faster
    │   ├── VersionConflict      reread                                      id, expected, actual
    │   └── UniqueConflict       reread    ... and has what only one may     id, fields
    ├── KeyReused                never     one key, two different batches    key
    ├── Transient                same_key  nothing was written, for now
    │   ├── Busy                 same_key  others held the database         waited
    │   ├── Deadlocked           same_key  two writers waited for each other  adapter
    │   └── Disconnected         same_key  the database went away            adapter
    ├── CommitUnknown            same_key  the acknowledgement was lost      key
    ├── Unsupported              never     this adapter cannot do that       adapter, what, remedy
    ├── Corrupt                  never     a stored row cannot be read       where, why
    │   ├── NewerSchema          never     ... a newer release wrote it      kind, found, known
    │   └── NoUpcaster           never     ... of a shape that nobody knows  kind, found, known
    ├── Shredded                 never     the key of this person is gone     subject
    ├── KeyMissing               never     ... is not here, and never was    id, subject
    └── NoEvidence               never     a model without its uncertainty   model

``retry`` says what helps: ``never`` (change the request), ``reread`` (read again, decide again, commit again),
``same_key`` (send the same batch under the same key: the key tells whether it was done).
"""

from __future__ import annotations

# A constant instead of typing.TYPE_CHECKING: importing typing costs more than this whole module.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import ClassVar, Literal

HIDDEN = "<personal>"
"""Stands where a personal value would be shown."""


def _shown(value: object) -> str:
    # By value, not by identity: an error that came out of another process holds a copy.
    return value if isinstance(value, str) and value == HIDDEN else repr(value)


class RelcoreError(Exception):
    """The root: ``except RelcoreError`` catches whatever relcore refuses."""

    retry: ClassVar[Literal["never", "reread", "same_key"]] = "never"


class Invalid(RelcoreError, ValueError):
    """A value that cannot be.

    >>> print(Invalid("amount", "must be finite", float("nan"), "leave the row out or give an amount"))
    amount must be finite, got nan: leave the row out or give an amount
    """

    def __init__(self, field: str, rule: str, value: object = HIDDEN, remedy: str = "") -> None:
        self.field, self.rule, self.value, self.remedy = field, rule, value, remedy
        super().__init__(field, rule, value, remedy)

    def __str__(self) -> str:
        remedy = f": {self.remedy}" if self.remedy else ""
        return f"{self.field} {self.rule}, got {_shown(self.value)}{remedy}"


class Illformed(Invalid):
    """A definition that cannot work, found when it is written and not when it is used. Tells every fault at once."""

    def __init__(self, subject: str, faults: Iterable[str]) -> None:
        self.subject, self.faults = subject, tuple(faults)
        super().__init__(subject, "cannot work")
        self.args = (subject, self.faults)

    def __str__(self) -> str:
        return f"{self.subject} cannot work: {'; '.join(self.faults)}"


class UnknownQuery(Invalid):
    """A node, field or value that the vocabulary does not have: refused, never ignored, for a query may not widen."""


class Fault:
    """One thing wrong with one column: the first row that shows it, and how many rows do."""

    __slots__ = ("column", "count", "remedy", "row", "rule", "value")

    def __init__(
        self, column: str, row: int, rule: str, value: object, count: int = 1, remedy: str = ""
    ) -> None:
        self.column, self.row, self.rule = column, row, rule
        self.value, self.count, self.remedy = value, count, remedy

    def __str__(self) -> str:
        also = f" ({self.count} such rows)" if self.count > 1 else ""
        help_ = f"; {self.remedy}" if self.remedy else ""
        return f"column {self.column!r}, row {self.row}: {self.rule}, got {_shown(self.value)}{also}{help_}"

    def __repr__(self) -> str:
        return f"Fault({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fault) and all(getattr(self, n) == getattr(other, n) for n in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # the value it carries may be anything


class InvalidRows(Invalid):
    """Rows of a table that cannot be; ``faults`` names column, first row and value of each kind of fault."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(first.column, first.rule, first.value, first.remedy)
        self.args = (self.faults,)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class Refused(RelcoreError):
    """The lifecycle does not allow the move now; nothing has changed."""

    def __init__(
        self, id: str, state: str, move: str, reasons: tuple[str, ...], allowed: tuple[str, ...]
    ) -> None:
        self.id, self.state, self.move, self.reasons, self.allowed = id, state, move, reasons, allowed
        super().__init__(id, state, move, reasons, allowed)

    def __str__(self) -> str:
        now = ", ".join(self.allowed) or "nothing"
        why = "; ".join(self.reasons)
        return f"{self.id} is {self.state} and cannot {self.move}: {why}. Possible now: {now}."


class NotFound(RelcoreError, LookupError):
    """There is no such entity for this tenant; whether another tenant has it is not told."""

    def __init__(self, id: str) -> None:
        self.id = id
        super().__init__(id)

    def __str__(self) -> str:
        return f"there is no {self.id} for this tenant; was it committed, and is this the right workspace?"


class Gone(NotFound):
    """It was here and was removed. Its id is used up: nothing can be written under it again."""

    def __init__(self, id: str, version: int) -> None:
        super().__init__(id)
        self.version = version
        self.args = (id, version)

    def __str__(self) -> str:
        return f"{self.id} was removed at version {self.version}; its id is not used again, make a new one."


class Conflict(RelcoreError):
    """Somebody was faster: read again, decide again."""

    retry = "reread"


class VersionConflict(Conflict):
    """The entity is no longer what it was when it was read."""

    def __init__(self, id: str, expected: int, actual: int) -> None:
        self.id, self.expected, self.actual = id, expected, actual
        super().__init__(id, expected, actual)

    def __str__(self) -> str:
        if self.expected == 0:
            return f"{self.id} was to be new and is already there at version {self.actual}; get it instead."
        if self.actual == 0:
            return f"{self.id} was said to be at version {self.expected} and was never committed."
        return (
            f"{self.id} was read at version {self.expected} and is now at {self.actual}; "
            "read again and decide again."
        )


class UniqueConflict(Conflict):
    """Another entity, still there, has what only one of its kind may have. The value itself is not told."""

    def __init__(self, id: str, fields: tuple[str, ...]) -> None:
        self.id, self.fields = id, fields
        super().__init__(id, fields)

    def __str__(self) -> str:
        return (
            f"another one has the same {' and '.join(self.fields)} as {self.id}; find it, or choose another."
        )


class KeyReused(RelcoreError):
    """One idempotency key came with two different batches; only the first was written."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)

    def __str__(self) -> str:
        return f"key {self.key!r} was already used for a batch of other entities; give this batch a key of its own."


class Transient(RelcoreError):
    """Nothing was written, for a reason that passes."""

    retry = "same_key"


class Busy(Transient):
    """Others held the database for as long as we were willing to wait; nothing was written.

    ``waited`` is in seconds, and None if a host's pool had no connection left for as long as the host lets it wait.
    """

    def __init__(self, waited: float | None) -> None:
        self.waited = waited
        super().__init__(waited)

    def __str__(self) -> str:
        if self.waited is None:
            return "no connection of the pool came free in time; nothing was written, try again."
        return f"another writer held the database for {self.waited:g} s; nothing was written, try again."


class Deadlocked(Transient):
    """Two writers waited for each other, and the database let this one go."""

    def __init__(self, adapter: str) -> None:
        self.adapter = adapter
        super().__init__(adapter)

    def __str__(self) -> str:
        return "two writers waited for each other and this one was let go; nothing was written, try again."


class Disconnected(Transient):
    """The database went away before it was asked to keep anything."""

    def __init__(self, adapter: str) -> None:
        self.adapter = adapter
        super().__init__(adapter)

    def __str__(self) -> str:
        return f"{self.adapter} lost its database before the commit was sent; nothing was written, try again."


class CommitUnknown(RelcoreError):
    """The acknowledgement was lost: the batch was written, or it was not."""

    retry = "same_key"

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)

    def __str__(self) -> str:
        return f"whether the batch under key {self.key!r} was written is unknown; commit it again under the same key."


class Unsupported(RelcoreError):
    """This adapter does not offer that."""

    def __init__(self, adapter: str, what: str, remedy: str = "") -> None:
        self.adapter, self.what, self.remedy = adapter, what, remedy
        super().__init__(adapter, what, remedy)

    def __str__(self) -> str:
        return f"{self.adapter} does not offer {self.what}" + (f": {self.remedy}" if self.remedy else "")


class Corrupt(RelcoreError):
    """A stored row that cannot be read; ``where`` names the row, never its content."""

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(where, why)

    def __str__(self) -> str:
        return f"{self.where} cannot be read: {self.why}"


class NewerSchema(Corrupt):
    """A newer release of relcore wrote this row; this one neither guesses nor overwrites."""

    def __init__(self, kind: str, found: int, known: int) -> None:
        self.kind, self.found, self.known = kind, found, known
        super().__init__(
            kind, f"it has schema {found}, and this release knows up to {known}; upgrade relcore"
        )
        self.args = (kind, found, known)


class NoUpcaster(Corrupt):
    """A stored row has a schema from which no step leads up to the one this release knows."""

    def __init__(self, kind: str, found: int, known: int) -> None:
        self.kind, self.found, self.known = kind, found, known
        super().__init__(kind, f"it has schema {found!r}, and no step leads from there up to {known}")
        self.args = (kind, found, known)


class Shredded(RelcoreError):
    """The key of this person was destroyed, so that nothing personal can be kept about them any more."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(subject)

    def __str__(self) -> str:
        return f"the key of {self.subject} was destroyed: nothing personal is kept about it again; make a new record."


class KeyMissing(RelcoreError):
    """Something personal was sealed with a key that this ring never had: it was opened with another one, or it was lost.

    Read as if it were erased, it would be so for good with the next change. What is erased has a key that was destroyed.
    """

    def __init__(self, id: str, subject: str) -> None:
        self.id, self.subject = id, subject
        super().__init__(id, subject)

    def __str__(self) -> str:
        return (
            f"{self.id} is sealed with a key of {self.subject} that is not in this ring and was not destroyed in it; "
            "open it with the key file that it was written with."
        )


class NoEvidence(RelcoreError):
    """Published parameters say nothing about their own uncertainty."""

    def __init__(self, model: str) -> None:
        self.model = model
        super().__init__(model)

    def __str__(self) -> str:
        return f"this {self.model} was built from parameters alone; fit it to data, or give it evidence=."
