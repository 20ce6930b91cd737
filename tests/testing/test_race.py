"""All off at once, and nobody's error is swallowed."""

from __future__ import annotations

import sys
from threading import Barrier

import pytest

from relcore import Customer, VersionConflict, Workspace
from relcore.ids import CustomerId
from relcore.kernel.errors import Busy
from relcore.kernel.repository import Batch, Receipt
from relcore.storage import in_memory
from relcore.storage.memory import MemoryRepository
from relcore.testing import CountingIds
from relcore.testing.race import PATIENCE, committed, race
from tests.strategies import NOON


def test_all_run_at_the_same_time_and_come_in_by_their_order() -> None:
    together = Barrier(3, timeout=10)  # who would wait for the others before it begins is stuck here

    def run(number: int) -> int:
        together.wait()
        return number

    assert race([lambda n=n: run(n) for n in range(3)]) == [0, 1, 2]  # type: ignore[misc]


def test_an_error_comes_out_and_threads_are_in_no_hurry_afterwards() -> None:
    usual = sys.getswitchinterval()

    def fail() -> None:
        raise ValueError("lost")

    with pytest.raises(ValueError, match="lost"):
        race([fail, lambda: None])

    assert sys.getswitchinterval() == usual


class BusyFor(MemoryRepository):
    """Held by somebody else the first times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        object.__setattr__(self, "times", [None] * times)

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if self.times:  # type: ignore[attr-defined]
            self.times.pop()  # type: ignore[attr-defined]
            raise Busy(0)
        return super().commit(tenant, batch)


def test_who_is_let_go_comes_again_and_who_was_slower_is_told() -> None:
    workspace = Workspace(BusyFor(PATIENCE), tenant="acme", ids=CountingIds())
    change = Customer.create(workspace.new(CustomerId), name="Ada", at=NOON)

    assert isinstance(committed(workspace, change), Receipt)
    assert isinstance(committed(workspace, change), VersionConflict)
    assert isinstance(committed(Workspace(in_memory(), tenant="acme"), change), Receipt)


def test_patience_ends() -> None:
    workspace = Workspace(BusyFor(PATIENCE + 1), tenant="acme", ids=CountingIds())

    with pytest.raises(Busy):
        committed(workspace, Customer.create(workspace.new(CustomerId), name="Ada", at=NOON))
