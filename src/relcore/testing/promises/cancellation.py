"""Y: async hosts. A task may be cancelled wherever it waits, and many may wait at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias, cast

from relcore.customers.customer import Customer, CustomerFields
from relcore.kernel.change import Change
from relcore.kernel.repository import Level
from relcore.storage.async_workspace import AsyncWorkspace
from relcore.testing.cancelled import Cancelled, Moment, cut_off
from relcore.testing.clause import clause, same
from relcore.testing.trial import NOON, Trial

Read: TypeAlias = Callable[[AsyncWorkspace], Coroutine[Any, Any, Any]]
MOST = 1000
"""More awaits than any call has."""
TASKS = 20
READERS = 6
"""As many times as there are awaits: more than a pool has connections, if none of them comes back."""


@clause(
    "Y1",
    "A commit that is cancelled at any of its awaits is done wholly or not at all, and its key tells which.",
    level=Level.VERSIONED,
    only="async",
    kinds=(Customer,),
)
def a_cancelled_commit_is_done_wholly_or_not_at_all(trial: Trial) -> None:
    logged = trial.capabilities.level >= Level.LOGGED

    async def cancelled(workspace: AsyncWorkspace, moment: Moment, at: int) -> bool:
        changes, key = [trial.customer() for _ in range(3)], f"{moment} {at}" if logged else None
        commit = Cancelled(workspace.commit(*changes, key=key), at, moment)
        cut = await cut_off(commit)
        there = {await _is_there(workspace, change) for change in changes}
        same(f"cancelled when it {moment}, await {at}: what is there is all or nothing", len(there), 1)
        (written,) = there
        same("it returned, and is there", cut or written, expected=True)
        if key is not None:
            same("its receipt", await workspace.receipt(key) is not None, written)
            again = await workspace.commit(*changes, key=key)
            same("said again, it is there", set(again.versions.values()), {1})
        elif not written:
            await workspace.commit(*changes)
        return commit.reached

    _at_every_await(trial, cancelled)


@clause(
    "Y2",
    "Readers that are cancelled at any of their awaits hold nobody up, however many there were.",
    level=Level.VERSIONED,
    only="async",
    kinds=(Customer,),
)
def cancelled_readers_let_go(trial: Trial) -> None:
    for _ in range(6):
        trial.workspace.commit(trial.customer())
    level, id = trial.capabilities.level, trial.kept_customer()

    async def scan(workspace: AsyncWorkspace) -> None:
        async for _ in workspace.scan(Customer, CustomerFields.created_at, chunk=4):
            await asyncio.sleep(0)

    readers: list[Read] = [lambda w: w.get(Customer, id), lambda w: w.find(Customer, limit=5)]
    if level >= Level.LOGGED:
        logged: list[Read] = [
            lambda w: w.receipt("k"),
            lambda w: w.log(Customer, id),
            lambda w: w.drain(limit=5),
        ]
        readers += logged
    if level >= Level.COLUMNAR:
        readers.append(scan)

    for read in readers:

        async def cancelled(workspace: AsyncWorkspace, moment: Moment, at: int, read: Any = read) -> bool:
            several = [Cancelled(read(workspace), at, moment) for _ in range(READERS)]
            await asyncio.gather(*(cut_off(reading) for reading in several))
            await workspace.apply(Customer, id, lambda held: held.rename("Ada", at=NOON))
            return any(reading.reached for reading in several)

        _at_every_await(trial, cancelled)


@clause(
    "Y3",
    "Of many tasks on one loop that change one entity through one handle, no change is lost.",
    level=Level.VERSIONED,
    only="async",
    kinds=(Customer,),
)
def no_change_of_many_tasks_is_lost(trial: Trial) -> None:
    customer, times = trial.kept_customer(), trial.rounds(2, 10)

    async def rename(workspace: AsyncWorkspace, task: int) -> None:
        for time in range(times):

            def decide(held: Customer, name: str = f"{task}/{time}") -> Change[Customer]:
                return held.rename(name, at=NOON)

            await workspace.apply(Customer, customer, decide, attempts=TASKS * times)

    async def all_of_them() -> None:
        await asyncio.gather(*(rename(_async(trial), task) for task in range(TASKS)))

    trial.loop.run(all_of_them())

    same("the version", trial.workspace.get(Customer, customer).version, 1 + TASKS * times)


def _at_every_await(trial: Trial, cancelled: Callable[[AsyncWorkspace, Moment, int], Any]) -> None:
    """Cancelled at its first await, at its second, and so on until there is no such await any more."""
    for moment in Moment:
        for at in range(MOST):
            if not trial.loop.run(cancelled(_async(trial), moment, at)):
                break


def _async(trial: Trial) -> AsyncWorkspace:
    handle = cast("Any", trial.repository).inner
    return AsyncWorkspace(handle, tenant=trial.tenant, clock=trial.clock, ids=trial.candidate.ids)


async def _is_there(workspace: AsyncWorkspace, change: Change[Customer]) -> bool:
    (row,) = await workspace.repository.fetch([Customer.ref(change.entity.id, tenant=workspace.tenant)])
    return row is not None
