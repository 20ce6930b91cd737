"""What an adapter's author hands to the conformance kit: how to open a repository, and what to know about it.

``package.module:name`` may name a ``Candidate``, a function that returns one, or a function that opens a repository::

    def make_repository() -> Repository:  # each call: a new handle on the same data
        return HostRepository(DATABASE)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final
from uuid import uuid4

import attrs

from relcore.kernel.errors import Invalid
from relcore.kernel.ids import IdSource, TimeOrderedIds

SPEC_REMEDY: Final = "write package.module:function"


def fresh_tenant() -> str:
    """A tenant that nobody has used before: clauses do not see each other."""
    return f"tenant-{uuid4().hex}"


@attrs.frozen
class Candidate:
    """An adapter that is to show that it keeps its promises."""

    open: Callable[[], Any]
    """A new handle on the same data each time: a ``Repository``, an ``AsyncRepository``, or an awaitable of one.

    Importable, for other processes open it too: a function of a module, or ``functools.partial`` of one.
    """
    tenant: Callable[[], str] = fresh_tenant
    """A tenant that is there and has nothing yet. A host that keeps its tenants in a table makes one here."""
    ids: IdSource = attrs.field(factory=TimeOrderedIds)
    """Where new ids come from. A host with integer keys hands in its own source."""
    kinds: tuple[type[Any], ...] = ()
    """The entities that it keeps; none named: all of them.

    A ``Case``, a ``Customer`` or an ``Opportunity`` is the least. Clauses about a kind that is not kept are not asked.
    """
    dump: Callable[[], bytes] | None = None
    """Every byte that is kept, read past the adapter: files, write-ahead log, exports. Needed where it shreds."""


def candidate(named: str) -> Candidate:
    """The candidate that this names. ``Invalid`` when there is nothing of that name, or it is none."""
    module, _, name = named.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as missing:
        raise Invalid("candidate", f"cannot be imported ({missing})", named, SPEC_REMEDY) from missing
    if isinstance(found, Candidate):
        return found
    if not callable(found):
        raise Invalid("candidate", "must be a function or a Candidate", named, SPEC_REMEDY)
    if inspect.iscoroutinefunction(found):
        return Candidate(found)
    made = found()
    if isinstance(made, Candidate):
        return made
    if (close := getattr(made, "close", None)) is not None:
        close()
    return Candidate(found)
