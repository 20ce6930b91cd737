"""A writer that is killed at any moment: what it was told is done is done, and nothing is half done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from relcore import Case, Customer, Workspace
from relcore.ids import CustomerId
from relcore.kernel.repository import replay
from relcore.storage import sqlite

WRITER = """
import sys
from relcore import Case, Customer, Workspace
from relcore.ids import CaseId, CustomerId
from relcore.storage import sqlite
from tests.strategies import NOON

workspace = Workspace(sqlite(sys.argv[1]), tenant="acme")
for n in range(int(sys.argv[2]), 10**9):
    customer = Customer.create(CustomerId.imported("shop", str(n)), name=f"Customer {n}", at=NOON)
    cases = [
        Case.open(CaseId.imported("shop", f"{n}/{m}"), customer=customer.entity.id, subject="Hello", at=NOON)
        for m in range(20)
    ]
    workspace.commit(customer, *cases, key=f"import/{n}")
    print(n, flush=True)
"""
CASES = 20


def killed_after(path: Path, start: int, lines: int, spin: int) -> int:
    """Start a writer, kill it soon after so many acknowledgements, and say which one was the last."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(start)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    last = start - 1
    for _ in range(lines):
        last = int(writer.stdout.readline())
    # A moment that depends on nothing the writer waits for: somewhere within its next commits.
    sum(range(spin))
    os.kill(writer.pid, signal.SIGKILL)
    for line in writer.stdout:
        if line.endswith("\n"):
            last = int(line)
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL
    return last


def check(path: Path, last: int) -> None:
    repository = sqlite(path)
    workspace = Workspace(repository, tenant="acme")
    customers, cases = list(workspace.each(Customer)), list(workspace.each(Case))
    ids = {customer.id for customer in customers}

    acknowledged = {CustomerId.imported("shop", str(n)) for n in range(last + 1)}
    assert acknowledged <= ids
    assert len(ids) - len(acknowledged) in (0, 1)
    assert len(cases) == CASES * len(customers)
    for n in range(last + 2):
        receipt = workspace.receipt(f"import/{n}")
        assert (receipt is not None) is (CustomerId.imported("shop", str(n)) in ids)
        assert receipt is None or len(receipt.entities) == 1 + CASES
    for customer in customers:
        assert replay(Customer, workspace.log(Customer, customer.id)) == customer
    with repository.engine.connect() as connection:
        lines = connection.exec_driver_sql("SELECT count(*) FROM relcore_log").scalar()
        receipts = connection.exec_driver_sql("SELECT count(*) FROM relcore_receipt").scalar()
    assert lines == len(customers) + len(cases)
    assert receipts == len(customers)
    repository.engine.dispose()


def rounds(path: Path, count: int) -> None:
    chance, last = random.Random(1997), -1
    sqlite(path).engine.dispose()
    for _ in range(count):
        # The next writer sends the last batch again: under its key that changes nothing.
        last = killed_after(path, max(0, last), chance.randint(1, 6), chance.randint(0, 400_000))
        check(path, last)


def test_nothing_acknowledged_is_lost_and_nothing_is_half_done(tmp_path: Path) -> None:
    rounds(tmp_path / "crm.db", 8)


@pytest.mark.verify
def test_nothing_acknowledged_is_lost_over_many_kills(tmp_path: Path) -> None:
    rounds(tmp_path / "crm.db", 60)
