"""Work that is cancelled at one of its awaits: as soon as it begins to wait there, or when it has just been waiting enough."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
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
        inner, task = self.work.__await__(), asyncio.current_task()
        assert task is not None
        waits, send, given = 0, inner.send, None
        while True:
            try:
                waited_for: Any = send(given)
            except StopIteration as end:
                return end.value
            if waits == self.at:
                self.reached = True
                if self.moment is Moment.BEGINS or not hasattr(waited_for, "add_done_callback"):
                    task.cancel()
                else:
                    waited_for.add_done_callback(lambda _: task.cancel())
            waits += 1
            try:
                given = yield waited_for
                send = inner.send
            except BaseException as told:  # noqa: BLE001  # whatever it is, the work is told
                send, given = inner.throw, told


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
