"""What a transaction may ask of a connection.

A transaction is a generator: it yields rounds of requests, which may travel together, and is sent their answers. It does no
I/O itself, so the same one is driven by a thread and by an event loop, and by a test that wants to stop it anywhere.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")
Line: TypeAlias = Sequence[Any]


class Begin(NamedTuple):
    """A transaction; it is committed when the generator returns and rolled back when anything is raised. No answer."""

    text: str


class Read(NamedTuple):
    """Answer: the rows."""

    text: str
    values: Line


class Write(NamedTuple):
    """The same statement for each line. Answer: how many rows were written, of all lines together."""

    text: str
    lines: Sequence[Line]


class Load(NamedTuple):
    """Many new rows, made one by one while they are written. Answer: how many."""

    text: str
    table: str
    columns: Sequence[str]
    lines: Iterable[Line]


Request: TypeAlias = Begin | Read | Write | Load
Round: TypeAlias = Sequence[Request]
Answers: TypeAlias = list[Any]
Transaction: TypeAlias = Generator[Round, Answers, T]
