"""A function that is written out line by line, as attrs writes ``__init__``: nothing is asked of a field while it runs.

Each line knows which field it is about and what must be true there. So the code that runs says nothing about faults: when
a line fails, the traceback has its number, and ``fault`` reads from it what to tell. What goes well costs nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from types import TracebackType
from typing import Any, TypeVar, cast

from relcore.kernel.errors import Invalid

UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What a value of another shape may raise; ``Invalid`` is a ``ValueError``."""


F = TypeVar("F", bound=Callable[..., Any])


def once(make: F) -> F:
    """Made once for each argument: ``functools.cache`` with the signature kept, as type checkers call no class hashable."""
    return cast("F", cache(make))


class Misfit(ValueError):
    """A value is none of its type's; the line that raised it says what it had to be."""


class Source:
    """The lines of one function."""

    def __init__(self, name: str, parameters: str) -> None:
        self.name = name
        self._lines = [f"def {name}({parameters}):"]
        self._about = [("", "must be readable")]
        self._scope: dict[str, Any] = {"Misfit": Misfit, "_about": self._about}
        self._depth, self._field, self._rule = 1, "", "must be readable"

    def add(self, *lines: str) -> None:
        for line in lines:
            self._lines.append("    " * self._depth + line)
            self._about.append((self._field, self._rule))

    def refuse_if(self, condition: str) -> None:
        self.add(f"if {condition}: raise Misfit")

    def of(self, value: Any) -> str:
        """A name for a value in the lines."""
        name = f"_{len(self._scope)}"
        self._scope[name] = value
        return name

    def about(self, field: str, rule: str = "must be readable") -> None:
        """Which field the next lines are about."""
        self._field, self._rule = field, rule

    def must(self, rule: str) -> None:
        """What the next lines ask of it."""
        self._rule = rule

    @contextmanager
    def block(self, head: str) -> Generator[None]:
        self.add(head)
        self._depth += 1
        yield
        self._depth -= 1

    def function(self) -> Callable[..., Any]:
        # Names of fields and our own lines, and nothing that was stored.
        code = compile("\n".join(self._lines), f"<relcore: {self.name}>", "exec")
        exec(code, self._scope)  # noqa: S102
        made: Callable[..., Any] = self._scope[self.name]
        return made


def fault(wrong: Exception) -> tuple[str, str]:
    """The path of the field that could not be read or written, and what it must be: never its value, which may be
    personal.
    """
    path, field, rule = list[str](), "", f"{type(wrong).__name__} in a field of the wrong shape"
    trace: TracebackType | None = wrong.__traceback__
    while trace is not None:
        about = trace.tb_frame.f_globals.get("_about")
        if about is not None:
            field, rule = about[trace.tb_lineno - 1]
            # A comprehension is a frame of its own before Python 3.12, about the same field.
            if field and trace.tb_frame.f_code.co_name != "<listcomp>":
                path.append(field)
        trace = trace.tb_next
    if isinstance(wrong, Invalid):
        # A check of one field says again what the path says; one of the whole value names the field itself.
        rule = wrong.rule if field else f"{wrong.field} {wrong.rule}"
    return ".".join(path), rule


def invalid(where: str, wrong: Exception) -> Invalid:
    """The fault as it is told to whoever sent or wrote the value."""
    path, rule = fault(wrong)
    return Invalid(f"{where}.{path}" if path else where, rule)
