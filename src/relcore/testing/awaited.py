"""An async repository as a sync one, on an event loop of its own: the clauses are written once."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Coroutine, Iterator
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Loop:
    """An event loop in a thread. Calls from many threads are tasks that meet on it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, name="relcore.testing", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def walk(self, items: AsyncIterator[T]) -> Iterator[T]:
        """Each item as it comes; left early, the iterator is closed."""
        try:
            while True:
                try:
                    yield self.run(_next(items))
                except StopAsyncIteration:
                    return
        finally:
            # Forgotten until the trial was over, it has nothing left to be closed on.
            if not self.loop.is_closed() and (close := getattr(items, "aclose", None)) is not None:
                self.run(close())

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Awaited:
    """Every verb of the async repository, waited for."""

    def __init__(self, inner: Any, loop: Loop) -> None:
        self.inner, self.loop = inner, loop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if not callable(found):
            return found

        def waited(*args: Any, **more: Any) -> Any:
            told: Any = found(*args, **more)
            if inspect.isawaitable(told):
                return self.loop.run(_awaiting(told))
            if isinstance(told, AsyncIterator):
                items: Any = told  # pyright: ignore[reportUnknownVariableType]
                return self.loop.walk(items)
            return told

        return waited


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)


async def _awaiting(told: Any) -> Any:
    return await told
