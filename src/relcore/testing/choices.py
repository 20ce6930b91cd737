"""Every way through: a play that asks what to do next is played once for each row of answers it can get."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import attrs

T = TypeVar("T")
Choose = Callable[[Sequence[T]], T]


@attrs.define
class Choices:
    """The answers that one playing gets: those of the row, and the first one whenever it asks on.

    >>> def play(choices):
    ...     first = choices.of("ab")
    ...     return first if first == "b" else first + choices.of("xyz")
    >>> list(every(play))
    ['ax', 'ay', 'az', 'b']
    """

    row: list[int] = attrs.field(factory=list[int])
    asked: list[int] = attrs.field(init=False, factory=list[int])
    """How many answers there were each time."""

    def of(self, answers: Sequence[T]) -> T:
        """One of the answers."""
        place = len(self.asked)
        self.asked.append(len(answers))
        if place == len(self.row):
            self.row.append(0)
        return answers[self.row[place]]

    def next(self) -> Choices | None:
        """The row that comes after this one, counted like a number whose digits have bases of their own."""
        row = self.row[: len(self.asked)]
        while row:
            if row[-1] + 1 < self.asked[len(row) - 1]:
                return Choices([*row[:-1], row[-1] + 1])
            row.pop()
        return None


def every(play: Callable[[Choices], T]) -> Iterator[T]:
    """What comes of each way to play it. It must do the same whenever it gets the same answers."""
    choices: Choices | None = Choices()
    while choices is not None:
        yield play(choices)
        choices = choices.next()
