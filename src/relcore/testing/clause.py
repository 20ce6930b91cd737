"""A clause: one sentence that an adapter promises, with an id to cite it by and a function that tries it.

A clause is a plain function of a ``Trial``. It raises when the promise is broken, by ``assert``, by ``same`` or by letting
an error through. It may use whatever is public, and nothing of the test runner that happens to run it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

import attrs

from relcore.kernel.errors import Illformed
from relcore.kernel.repository import Level
from relcore.testing.trial import Trial

X = TypeVar("X", bound=BaseException)
LONGEST = 600
"""Characters of a value in a message."""


class Broken(AssertionError):
    """A promise that was not kept: what was looked at, what it was, and what it should have been."""

    def __init__(self, what: str, told: object, expected: object) -> None:
        self.what, self.told, self.expected = what, told, expected
        super().__init__(what, told, expected)

    def __str__(self) -> str:
        return f"{self.what}: got {_shown(self.told)}, expected {_shown(self.expected)}"


def _shown(value: object) -> str:
    """What differs is seldom past the first lines of a page of rows."""
    told = repr(value)
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}..."


def same(what: str, told: object, expected: object) -> None:
    """``Broken`` unless they are equal."""
    if told != expected:
        raise Broken(what, told, expected)


def raises(error: type[X], act: Callable[..., object], *told_of: Any, **more: Any) -> X:
    """The error that the act raises; ``Broken`` when it does not, or raises something else."""
    try:
        told = act(*told_of, **more)
    except error as raised:
        return raised
    except Exception as other:
        raise Broken("it raises", other, error.__name__) from other
    raise Broken("it raises nothing and returns", told, error.__name__)


@attrs.frozen
class Clause:
    """One promise."""

    id: str
    promise: str
    """One sentence, in the present tense."""
    level: Level
    """The lowest level that holds it."""
    tries: Callable[[Trial], None] = attrs.field(repr=False)
    needs: str | None = None
    """What must be offered, in the words of ``relcore.storage.decision``; ``refusal`` tries that it is refused."""
    only: str | None = None
    """``async``, ``shredding`` or ``partial`` (it keeps some kinds only): a promise that only such adapters make; or
    ``custom``, one about a host's own fields, if it has declared any.
    """
    kinds: tuple[type[Any], ...] = ()
    """What must be kept for it to be asked, for it is about these. None: it is asked of whatever is kept."""

    def __str__(self) -> str:
        return self.id


_CLAUSES: dict[str, Clause] = {}


def clause(
    id: str,
    promise: str,
    *,
    level: Level,
    needs: str | None = None,
    only: str | None = None,
    kinds: tuple[type[Any], ...] = (),
) -> Callable[[Callable[[Trial], None]], Callable[[Trial], None]]:
    """Make a promise of a function: ``@clause("V3", "A stale write is refused.", level=Level.VERSIONED)``."""

    def registered(tries: Callable[[Trial], None]) -> Callable[[Trial], None]:
        if id in _CLAUSES:
            raise Illformed("the kit", [f"clause {id} is there twice"])
        _CLAUSES[id] = Clause(id, promise, level, tries, needs, only, kinds)
        return tries

    return registered


def clauses() -> tuple[Clause, ...]:
    """Every clause of this release, by id. A new release may add some: what is not listed is not promised."""
    from relcore.testing import promises as families

    for family in iter_modules(families.__path__):
        import_module(f"{families.__name__}.{family.name}")
    return tuple(sorted(_CLAUSES.values(), key=_by_id))


def _by_id(one: Clause) -> tuple[str, int]:
    letters = one.id.rstrip("0123456789")
    return letters, int(one.id[len(letters) :] or 0)


def clause_of(id: str) -> Clause:
    """The clause of that id."""
    return next(one for one in clauses() if one.id == id)
