"""Many threads, one entity: an update that was acknowledged is never lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from relcore import Actor, Case, Customer, VersionConflict, Workspace
from relcore.ids import CaseId, CustomerId
from relcore.kernel.repository import Receipt, Repository, replay
from relcore.testing import FixedClock
from tests.strategies import NOON

THREADS, TIMES = 5, 12


def test_no_update_is_lost_however_threads_meet(repository: Repository) -> None:
    workspace = Workspace(repository, tenant="acme", clock=FixedClock(NOON))
    new = Case.open(
        workspace.new(CaseId), customer=workspace.new(CustomerId), subject="Cannot log in", at=NOON
    )
    workspace.commit(new)
    start, conflicts = Barrier(THREADS), []

    def assign(thread: int) -> None:
        start.wait()
        for time in range(TIMES):
            owner = Actor("person", f"{thread}-{time}")
            while True:
                held = workspace.get(Case, new.entity.id)
                try:
                    workspace.commit(held.assign(owner, at=NOON))
                except VersionConflict as conflict:
                    conflicts.append(conflict.actual)
                    continue
                break

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(assign, range(THREADS)))

    held, log = workspace.get(Case, new.entity.id), workspace.log(Case, new.entity.id)
    assert held.version == 1 + THREADS * TIMES
    assert len({entry.fields["owner"] for entry in log[1:]}) == THREADS * TIMES
    assert replay(Case, log) == held


def test_one_key_sent_by_many_at_once_is_written_once(repository: Repository) -> None:
    workspace = Workspace(repository, tenant="acme", clock=FixedClock(NOON))
    change = Customer.create(workspace.new(CustomerId), name="Ada", at=NOON)
    start = Barrier(THREADS)

    def send(_: int) -> Receipt:
        start.wait()
        return workspace.commit(change, key="k")

    with ThreadPoolExecutor(THREADS) as pool:
        receipts = list(pool.map(send, range(THREADS)))

    assert receipts == [receipts[0]] * THREADS
    assert len(workspace.log(Customer, change.entity.id)) == 1


def test_of_many_who_create_the_same_entity_one_does(repository: Repository) -> None:
    workspace = Workspace(repository, tenant="acme", clock=FixedClock(NOON))
    id, start = workspace.new(CustomerId), Barrier(THREADS)

    def create(thread: int) -> bool:
        start.wait()
        try:
            workspace.commit(Customer.create(id, name=f"Ada {thread}", at=NOON))
        except VersionConflict:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        created = list(pool.map(create, range(THREADS)))

    assert sum(created) == 1
