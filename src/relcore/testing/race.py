"""A race: several at once, each in a thread and through a handle of its own, off at the same moment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any, TypeVar

from relcore.kernel.change import Change
from relcore.kernel.entity import Versioned
from relcore.kernel.errors import Transient, VersionConflict
from relcore.kernel.repository import Receipt
from relcore.storage.workspace import Workspace
from relcore.testing.trial import Trial

T = TypeVar("T")

PATIENCE = 50
"""How often a writer that the database let go, or for whom it was busy, comes again before that is an error."""


def runners(trial: Trial, count: int) -> list[Workspace]:
    """So many hosts of one tenant, each with a handle of its own."""
    return [trial.another_handle() for _ in range(count)]


def race(at_once: Sequence[Callable[[], T]]) -> list[T]:
    """What each returned, in their order; the first error when all have come in."""
    start = Barrier(len(at_once))

    def off(run: Callable[[], T]) -> T:
        start.wait()
        return run()

    with _hasty_threads(), ThreadPoolExecutor(len(at_once)) as pool:
        return [running.result() for running in [pool.submit(off, run) for run in at_once]]


def committed(workspace: Workspace, *changes: Change[Versioned], **more: Any) -> Receipt | VersionConflict:
    """The receipt, or the conflict that it was told; what is transient is said again."""
    for _ in range(PATIENCE):
        try:
            return workspace.commit(*changes, **more)
        except VersionConflict as conflict:
            return conflict
        except Transient:
            continue
    return workspace.commit(*changes, **more)


@contextmanager
def _hasty_threads() -> Generator[None]:
    """Threads take turns as often as they can, so that what is not atomic in memory shows."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
