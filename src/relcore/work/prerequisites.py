"""What a task waits for: other tasks, and what those wait for, never in a circle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

import attrs

from relcore.ids import TaskId
from relcore.kernel.errors import Invalid

if TYPE_CHECKING:
    from relcore.work.task import Task


@attrs.frozen
class OpenPrerequisites:
    """How many of the tasks that it depends on are not ended: a fact, asked of the store."""

    count: int


@attrs.frozen
class Chain:
    """A task that another is to depend on, and all that it waits for itself, directly or not."""

    on: TaskId
    waits_for: tuple[TaskId, ...]

    @classmethod
    def of(cls, on: TaskId, tasks: Iterable[Task]) -> Self:
        """From the tasks that are there. ``Invalid`` when one of the chain is not, or they already go round."""
        waits = {task.id: task.depends_on for task in tasks}
        seen, ahead = set[TaskId](), [on]
        while ahead:
            here = ahead.pop()
            if here not in waits:
                raise Invalid("tasks", "must hold all that it waits for", here, "read them too")
            fresh = set(waits[here]) - seen
            seen |= fresh
            ahead += fresh
        if on in seen:
            raise Invalid("tasks", "must not wait for themselves", on)
        return cls(on, tuple(sorted(seen)))
