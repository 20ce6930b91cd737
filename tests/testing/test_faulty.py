"""A connection that breaks at one call, and at no other."""

from __future__ import annotations

import pytest

from relcore import Customer, NotFound, Workspace
from relcore.ids import CustomerId
from relcore.kernel.errors import CommitUnknown, Disconnected
from relcore.storage import in_memory
from relcore.testing import CountingIds
from relcore.testing.faulty import Fault, Faulty
from tests.strategies import NOON


def opened(at: int, fault: Fault) -> tuple[Workspace, Workspace]:
    """A host whose call number ``at`` breaks, and another one beside."""
    repository, ids = in_memory(), CountingIds()
    return (
        Workspace(Faulty(repository, at, fault), tenant="acme", ids=ids),
        Workspace(repository, tenant="acme", ids=ids),
    )


def test_a_call_that_never_arrives_does_nothing() -> None:
    host, beside = opened(0, Fault.BEFORE)
    change = Customer.create(host.new(CustomerId), name="Ada", at=NOON)

    with pytest.raises(Disconnected):
        host.commit(change)

    with pytest.raises(NotFound):
        beside.get(Customer, change.entity.id)
    assert host.commit(change).of(change).version == 1


def test_an_answer_that_is_lost_belongs_to_work_that_is_done() -> None:
    host, beside = opened(0, Fault.AFTER)
    change = Customer.create(host.new(CustomerId), name="Ada", at=NOON)

    with pytest.raises(CommitUnknown):
        host.commit(change)

    assert beside.get(Customer, change.entity.id).version == 1


@pytest.mark.parametrize("fault", Fault)
def test_a_reader_is_told_that_the_connection_is_gone(fault: Fault) -> None:
    host, _ = opened(1, fault)
    change = Customer.create(host.new(CustomerId), name="Ada", at=NOON)
    host.commit(change, key="k")

    with pytest.raises(Disconnected):
        host.receipt("k")

    assert host.receipt("k") is not None
    assert host.find(Customer).rows == (host.get(Customer, change.entity.id),)
