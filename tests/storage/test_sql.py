"""What is SQLite's own: the file, its schema, rows that somebody else wrote into it, other processes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relcore import Actor, Case, Customer, Invalid, Money, Order, Workspace
from relcore.ids import CaseId, CustomerId, OrderId
from relcore.kernel.errors import Busy, Corrupt, NewerSchema
from relcore.sales import OrderFields
from relcore.storage import SqlRepository, sqlite
from relcore.storage.sql_failures import Failed
from relcore.testing import CountingIds, FixedClock
from tests.strategies import NOON

SECRET = "Ada Byron, ada@example.org"
ME = Actor("person", "u-1")
NOBODY = "customer_" + "f" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crm.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Workspace]:
    repository = sqlite(path)
    yield Workspace(repository, tenant="acme", clock=FixedClock(NOON), ids=CountingIds())
    repository.engine.dispose()


def by_hand(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(statement, values).rowcount
    connection.close()


def one_of_each(workspace: Workspace) -> tuple[Customer, Order, Case]:
    ada = Customer.create(workspace.new(CustomerId), name=SECRET, at=NOON, by=ME, owner=ME)
    order = Order.place(workspace.new(OrderId), customer=ada.entity.id, amount=Money("29.33", "USD"), at=NOON)
    case = Case.open(workspace.new(CaseId), customer=ada.entity.id, subject=SECRET, at=NOON, by=ME)
    receipt = workspace.commit(ada, order, case, key="all")
    return receipt.of(ada), receipt.of(order), receipt.of(case)


@pytest.mark.parametrize("place", ["", ":memory:"])
def test_a_database_that_each_connection_would_have_for_itself_is_refused(place: str) -> None:
    with pytest.raises(Invalid, match=r"use relcore\.storage\.in_memory\(\)"):
        sqlite(place)


def test_a_file_is_closed_and_opened_again(path: Path, opened: Workspace) -> None:
    kept = one_of_each(opened)

    again = Workspace(sqlite(str(path)), tenant="acme")

    assert [again.get(type(entity), entity.id) for entity in kept] == list(kept)
    assert again.receipt("all") == opened.receipt("all")
    assert isinstance(again.repository, SqlRepository)
    again.repository.engine.dispose()


def test_what_was_acknowledged_survives_a_power_cut_as_far_as_sqlite_can_tell(opened: Workspace) -> None:
    assert isinstance(opened.repository, SqlRepository)
    with opened.repository.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


# --- rows that cannot be --------------------------------------------------------------------------

CORRUPT = [
    ("relcore_case", "body", "not json"),
    ("relcore_case", "body", "[]"),
    ("relcore_case", "body", "{}"),
    ("relcore_case", "body", f'{{"subject": ["{SECRET}"], "waiting_for": null, "cancel_reason": null}}'),
    ("relcore_case", "body", '{"subject": null, "waiting_for": null, "cancel_reason": null}'),
    ("relcore_case", "body", f'{{"subject": "{SECRET}", "waiting_for": 5, "cancel_reason": null}}'),
    (
        "relcore_case",
        "body",
        f'{{"subject": "{SECRET}", "waiting_for": null, "cancel_reason": null, "mood": "bad"}}',
    ),
    ("relcore_case", "state", "opne"),
    ("relcore_case", "state", None),
    ("relcore_case", "customer", "ada"),
    ("relcore_case", "owner", SECRET),
    ("relcore_case", "opened_at", "yesterday"),
    ("relcore_case", "opened_at", 2**63 - 1),
    ("relcore_case", "reopened", 1.5),
    ("relcore_case", "reopened", -1),
    ("relcore_case", "resolution", b"\xff"),
    ("relcore_order", "amount_currency", "XXX"),
    ("relcore_order", "amount_currency", None),
    ("relcore_order", "amount_minor", None),
    ("relcore_order", "amount_minor", -5),
    ("relcore_order", "placed_at", None),
    ("relcore_customer", "body", '{"name": ""}'),
]


@pytest.mark.parametrize(("table", "column", "value"), CORRUPT)
def test_a_row_that_cannot_be_read_is_named_and_its_content_is_not(
    path: Path, opened: Workspace, table: str, column: str, value: object
) -> None:
    held = next(e for e in one_of_each(opened) if f"relcore_{e.id_type.kind}" == table)
    by_hand(path, f"UPDATE {table} SET {column} = ?", value)

    for read in (lambda: opened.get(type(held), held.id), lambda: opened.find(type(held))):
        with pytest.raises(Corrupt) as corrupt:
            read()
        assert corrupt.value.where == held.id
        assert "Ada" not in str(corrupt.value)
        assert corrupt.value.__suppress_context__ or corrupt.value.__context__ is None


@pytest.mark.parametrize(
    ("column", "value"), [("fields", "[]"), ("fields", '{"nope": 1}'), ("fields", "?"), ("actor", SECRET), ("effects", "?"), ("at", 2**63 - 1)]
)  # fmt: skip
def test_a_line_of_the_log_that_cannot_be_read_is_named_and_its_content_is_not(
    path: Path, opened: Workspace, column: str, value: object
) -> None:
    _, _, case = one_of_each(opened)
    by_hand(path, f"UPDATE relcore_log SET {column} = ? WHERE id = ?", value, case.id)

    with pytest.raises(Corrupt) as corrupt:
        opened.log(Case, case.id)

    assert case.id in corrupt.value.where
    assert "Ada" not in str(corrupt.value)


@pytest.mark.parametrize("column", ["versions", "removed"])
@pytest.mark.parametrize(
    "value",
    ["x", "{", "5", "null", '"Ada"', "[[[", "[" * 100_000, "9" * 5_000, b"\xff", "[1]", '["nobody_1"]', "[[]]", '{"Ada":1}',
     *(f'{{"{NOBODY}":{version}}}' for version in (1, '"1"', 0, -1, 1.5, "true", "null", 2**63))]
)  # fmt: skip
def test_a_receipt_that_cannot_be_read_is_named_and_nothing_is_committed_over_it(
    path: Path, opened: Workspace, column: str, value: object
) -> None:
    one_of_each(opened)
    by_hand(path, f"UPDATE relcore_receipt SET {column} = ?", value)

    new = Customer.create(opened.new(CustomerId), name=SECRET, at=NOON)
    for ask in (lambda: opened.receipt("all"), lambda: opened.commit(new, key="all")):
        with pytest.raises(Corrupt, match="the receipt of 'all' cannot be read") as corrupt:
            ask()
        assert "Ada" not in str(corrupt.value)


def test_a_receipt_may_be_longer_than_any_row(path: Path, opened: Workspace) -> None:
    _, _, case = one_of_each(opened)
    gone = [CaseId.imported("desk", str(n)) for n in range(30_000)]
    by_hand(
        path, "UPDATE relcore_receipt SET versions = ?, removed = ?", f'{{"{case.id}":1}}', json.dumps(gone)
    )

    receipt = opened.receipt("all")

    assert receipt is not None
    assert receipt.entities == (case,)
    assert receipt.removed == tuple(gone)


def test_a_row_of_a_newer_release_is_neither_read_nor_overwritten(path: Path, opened: Workspace) -> None:
    _, _, case = one_of_each(opened)
    by_hand(path, 'UPDATE relcore_case SET schema = 2, body = \'{"of": "the future"}\', version = 2')

    with pytest.raises(NewerSchema) as newer:
        opened.apply(Case, case.id, lambda held: held.mark_spam(at=NOON))
    with pytest.raises(Exception, match="version 1 and is now at 2"):
        opened.commit(case.mark_spam(at=NOON))

    assert (newer.value.kind, newer.value.found, newer.value.known) == ("case", 2, 1)


def test_an_error_of_the_database_shows_no_personal_value(path: Path, opened: Workspace) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE relcore_log")
    connection.close()

    with pytest.raises(Failed) as failed:
        one_of_each(opened)

    assert "Ada" not in str(failed.value)


def test_a_database_that_another_writer_holds_is_busy(
    path: Path, opened: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relcore.storage.sql.WAIT", 0.01)
    impatient = sqlite(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(Busy) as busy:
        Workspace(impatient, tenant="acme").commit(key="k")
    with pytest.raises(Busy):
        sqlite(path)

    assert busy.value.retry == "same_key"
    holder.close()
    assert Workspace(impatient, tenant="acme").commit(key="k").key == "k"
    impatient.engine.dispose()


def test_readers_do_not_wait_for_a_writer(path: Path, opened: Workspace) -> None:
    kept = one_of_each(opened)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    assert opened.get(Customer, kept[0].id) == kept[0]
    holder.close()


def test_a_scan_that_nobody_finishes_holds_nothing_back(opened: Workspace) -> None:
    one_of_each(opened)

    reading: Any = iter(opened.scan(Order, OrderFields.customer))
    next(reading)
    reading.close()

    assert opened.commit(key="afterwards").key == "afterwards"


# --- two processes --------------------------------------------------------------------------------

COUNT = """
import sys
from relcore import Actor, Case, Workspace
from relcore.ids import CaseId
from relcore.storage import sqlite
from tests.strategies import NOON

path, id, name = sys.argv[1:]
workspace = Workspace(sqlite(path), tenant="acme")
for n in range(25):
    owner = Actor("person", f"{name}-{n}")
    workspace.apply(Case, CaseId(id), lambda case: case.assign(owner, at=NOON), attempts=1000)
"""


def test_two_processes_on_one_file_lose_no_update(path: Path, opened: Workspace) -> None:
    _, _, case = one_of_each(opened)

    processes = [
        subprocess.Popen([sys.executable, "-c", COUNT, str(path), case.id, name]) for name in ("a", "b")
    ]
    codes = [process.wait(60) for process in processes]

    assert codes == [0, 0]
    assert opened.get(Case, case.id).version == 1 + 2 * 25
    owners = [entry.fields.get("owner") for entry in opened.log(Case, case.id)][1:]
    assert len(set(owners)) == 50


def test_processes_that_make_the_same_file_at_the_same_time_all_open_it(tmp_path: Path) -> None:
    code = "import sys; from relcore.storage import sqlite; sys.stdin.readline(); sqlite(sys.argv[1])"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "new.db")], stdin=subprocess.PIPE)
        for _ in range(4)
    ]

    for process in processes:
        process.communicate(b"\n", 60)

    assert [process.returncode for process in processes] == [0] * 4


def test_a_folder_that_is_not_there_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"must lie in a folder that is there.*make the folder first"):
        sqlite(tmp_path / "nowhere" / "crm.db")
