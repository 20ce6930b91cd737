"""Work that is cancelled at one of its awaits: as soon as it begins to wait there, or when it has just been waiting enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from enum import StrEnum
from typing import Any

import attrs


class Moment(StrEnum):
    """When within an await."""

    BEGINS = "begins to wait"
    ENDS = "has waited"


@attrs.define(eq=False)
class Cancelled:
    """Awaits the work, and cancels the task that does so at await number ``at``, counted from 0.

    A task is told at the place where it waits. So this sits between the task and the work, counts how often the work
    waits, and says ``cancel`` at the one that is meant: every such place can be tried, and not only those that a timer
    happens to meet.
    """

    work: Coroutine[Any, Any, Any]
    at: int
    moment: Moment
    reached: bool = False

    def __await__(self) -> Generator[Any, Any, Any]:
        inner: Any = self.work.__await__()
        resume: Callable[[Any], Any] = inner.send
        task, waits, told = asyncio.current_task(), 0, None
        assert task is not None
        while True:
            try:
                waited_for: Any = resume(told)
            except StopIteration as end:
                return end.value
            if waits == self.at:
                self.reached = True
                self._cancel(task, waited_for)
            waits += 1
            try:
                told, resume = (yield waited_for), inner.send
            except BaseException as error:  # noqa: BLE001  # whatever it is, the work is told
                told, resume = error, inner.throw

    def _cancel(self, task: asyncio.Task[Any], waited_for: Any) -> None:
        if self.moment is Moment.BEGINS or waited_for is None:
            task.cancel()
            return

        def cancel(_: object) -> None:
            task.cancel()

        waited_for.add_done_callback(cancel)


async def cut_off(cancelled: Cancelled) -> bool:
    """Whether the cancellation was let through; the work may also have ended before, or in spite of it."""

    async def run() -> Any:
        return await cancelled

    task = asyncio.ensure_future(run())
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False
