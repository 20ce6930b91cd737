"""What is PostgreSQL's own: writers that meet, a server that goes away, a database that a host has set up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import attrs
import psycopg
import pytest
import sqlalchemy as sa

from relcore import Actor, Case, Customer, Invalid, VersionConflict, Workspace
from relcore.ids import CaseId, CustomerId, OpportunityId, QuoteId
from relcore.kernel.change import Change, Moved
from relcore.kernel.errors import Busy, CommitUnknown, Deadlocked, Disconnected, UniqueConflict
from relcore.kernel.repository import Batch
from relcore.sales import Quote
from relcore.storage import SqlRepository, postgres
from relcore.storage import sql_transactions as transactions
from relcore.storage.sql_failures import Failed
from relcore.storage.sql_session import Session
from relcore.testing import FixedClock
from tests.postgres_server import servers
from tests.strategies import NOON

ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")


@pytest.fixture(params=list(servers()))
def repository(
    request: pytest.FixtureRequest, postgres_repository: Callable[[str], SqlRepository]
) -> SqlRepository:
    return postgres_repository(request.param)


@pytest.fixture
def workspace(repository: SqlRepository) -> Workspace:
    return Workspace(repository, tenant="acme", clock=FixedClock(NOON))


@pytest.fixture
def connection(repository: SqlRepository) -> Iterator[psycopg.Connection[Any]]:
    """A connection past the repository, each statement a transaction of its own."""
    with psycopg.connect(url_of(repository), autocommit=True) as other:
        yield other


def url_of(repository: SqlRepository) -> str:
    url = repository.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def case(workspace: Workspace) -> Change[Case]:
    return Case.open(
        workspace.new(CaseId), customer=workspace.new(CustomerId), subject="Hello", at=NOON, by=ME
    )


def offer(workspace: Workspace, number: str) -> Change[Quote]:
    opportunity = workspace.new(OpportunityId)
    return Quote.draft(
        workspace.new(QuoteId), opportunity=opportunity, number=number, currency="EUR", at=NOON
    )


class Held:
    """A commit that is done up to its last word, which the test says when it likes."""

    def __init__(
        self, repository: SqlRepository, *changes: Change[Any], reads: tuple[Any, ...] = (), key: str
    ) -> None:
        batch = Batch(changes, reads, key, NOON)
        self.key, self.session = key, Session(repository.engine, "Held")
        self.work = transactions.commit(repository.dialect, None, "acme", batch)

    def __enter__(self) -> Self:
        self.session.__enter__()
        self.answers = self.session._asked(self.work.send(None))
        return self

    def commit(self) -> None:
        with pytest.raises(StopIteration):
            self.work.send(self.answers)
        self.session._committed(self.key)

    @property
    def pid(self) -> int:
        pid: int = self.session._lent.driver_connection.info.backend_pid
        return pid

    def __exit__(self, *error: object) -> None:
        self.session.__exit__(*error)


# --- writers that meet ----------------------------------------------------------------------------


def test_who_commits_late_is_not_skipped_by_a_reader_of_the_outbox(
    repository: SqlRepository, workspace: Workspace
) -> None:
    early, late = case(workspace), case(workspace)
    workspace.commit(case(workspace), key="before")
    start = workspace.drain().after

    with Held(repository, early, key="early") as held:
        workspace.commit(late, key="late")
        meanwhile = workspace.drain(after=start)
        held.commit()
    afterwards = workspace.drain(after=meanwhile.after)

    assert [entry.id for entry in (*meanwhile.entries, *afterwards.entries)] == [
        early.entity.id,
        late.entity.id,
    ]


def test_two_decisions_that_each_rest_on_what_the_other_changes_are_not_both_kept(
    repository: SqlRepository, workspace: Workspace
) -> None:
    one, other = case(workspace), case(workspace)
    receipt = workspace.commit(one, other)
    a, b = receipt.of(one), receipt.of(other)

    with ThreadPoolExecutor(1) as thread:
        with Held(repository, a.accept(ME, at=NOON), reads=(b,), key="a") as held:
            second = thread.submit(workspace.commit, b.accept(ME, at=NOON), reads=[a])
            held.commit()
        with pytest.raises(VersionConflict):
            second.result()

    assert workspace.get(Case, b.id).version == 1


def test_what_was_read_as_not_there_is_still_not_there_when_it_is_committed(
    repository: SqlRepository, workspace: Workspace
) -> None:
    absent, change = case(workspace), case(workspace)

    with ThreadPoolExecutor(1) as thread:
        with Held(repository, change, reads=(absent.entity,), key="a") as held:
            second = thread.submit(workspace.commit, absent)
            held.commit()
        assert second.result().of(absent).version == 1
    with pytest.raises(VersionConflict):
        workspace.commit(case(workspace), reads=[absent.entity])

    assert len(workspace.find(Case)) == 2


def test_of_two_who_take_what_only_one_may_have_the_second_is_told(
    repository: SqlRepository, workspace: Workspace
) -> None:
    first, second = offer(workspace, "Q-1"), offer(workspace, "Q-1")

    with ThreadPoolExecutor(1) as thread:
        with Held(repository, first, key="first") as held:
            waiting = thread.submit(workspace.commit, second)
            held.commit()
        with pytest.raises(UniqueConflict) as refused:
            waiting.result()

    assert refused.value.id == second.entity.id


def test_a_connection_works_on_however_often_the_database_refused_a_batch(repository: SqlRepository) -> None:
    """psycopg prepares what it often sends, and must not believe that it did where the round had failed before."""
    opened = postgres(url_of(repository))
    workspace = Workspace(opened, tenant="acme", clock=FixedClock(NOON))
    workspace.commit(offer(workspace, "Q-1"))

    for _ in range(20):
        with pytest.raises(UniqueConflict):
            workspace.commit(offer(workspace, "Q-1"))

    kept = offer(workspace, "Q-2")
    assert workspace.commit(kept).of(kept).number == "Q-2"
    opened.close()


def test_who_waited_for_one_that_gave_up_is_kept(repository: SqlRepository, workspace: Workspace) -> None:
    first, second = offer(workspace, "Q-1"), offer(workspace, "Q-1")

    with ThreadPoolExecutor(1) as thread:
        with Held(repository, first, key="same"):
            waiting = thread.submit(workspace.commit, second, key="same")
        kept = waiting.result()

    assert kept.of(second).number == "Q-1"


def test_one_entity_may_take_what_another_gives_up_in_the_same_batch(workspace: Workspace) -> None:
    quotes = [offer(workspace, f"Q-{n}") for n in range(2)]
    receipt = workspace.commit(*quotes)
    first, second = (receipt.of(quote) for quote in quotes)

    workspace.commit(renumbered(first, second.number), renumbered(second, first.number))

    assert [quote.number for quote in workspace.find(Quote)] == ["Q-1", "Q-0"]


def renumbered(quote: Quote, number: str) -> Change[Quote]:
    """No command does this; an adapter may not rest on that."""
    event = Moved(quote.id, "quote@1", "renumber", quote.state, quote.state, NOON)
    return Change(quote, attrs.evolve(quote, number=number), (event,))


def test_writers_that_wait_for_each_other_are_told_apart_from_a_conflict(
    workspace: Workspace, connection: psycopg.Connection[Any]
) -> None:
    changes = sorted((case(workspace), case(workspace)), key=lambda change: change.entity.id)
    receipt = workspace.commit(*changes)
    first, second = (receipt.of(change) for change in changes)
    lock = "UPDATE relcore_case SET version = version WHERE id = %s"

    connection.execute("SET deadlock_timeout = '1h'")  # it is not this one that gives up
    with ThreadPoolExecutor(1) as thread, connection.transaction():
        connection.execute(lock, [second.id])
        waiting = thread.submit(
            workspace.commit, first.accept(ME, at=NOON), second.accept(ME, at=NOON), key="k"
        )
        while not _waits(connection):
            pass
        connection.execute(lock, [first.id])
        with pytest.raises(Deadlocked) as told:
            waiting.result()

    assert told.value.retry == "same_key"
    assert workspace.commit(first.accept(ME, at=NOON), second.accept(ME, at=NOON), key="k").key == "k"


def _waits(connection: psycopg.Connection[Any]) -> bool:
    for_us = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    asked = connection.execute(for_us).fetchone()
    return asked is not None and asked[0] > 0


def test_a_row_that_somebody_holds_is_busy_after_a_while(
    repository: SqlRepository, workspace: Workspace, connection: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    new = case(workspace)
    held = workspace.commit(new).of(new)
    monkeypatch.setattr("relcore.storage.sql.WAIT", 0.02)
    impatient = postgres(url_of(repository))

    with connection.transaction():
        connection.execute("SELECT FROM relcore_case FOR UPDATE")
        with pytest.raises(Busy):
            Workspace(impatient, tenant="acme").commit(held.accept(ME, at=NOON))
        assert workspace.get(Case, held.id) == held

    assert Workspace(impatient, tenant="acme").commit(held.accept(ME, at=NOON)).entities[0].version == 2
    impatient.close()


# --- a server that goes away ----------------------------------------------------------------------


def test_a_connection_that_is_lost_is_told_once_and_then_replaced(
    repository: SqlRepository, workspace: Workspace, connection: psycopg.Connection[Any]
) -> None:
    change = case(workspace)
    workspace.find(Case)

    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with pytest.raises(Disconnected) as told:
        workspace.commit(change, key="k")

    assert told.value.retry == "same_key"
    assert workspace.receipt("k") is None
    assert workspace.commit(change, key="k").of(change).version == 1


def test_a_commit_whose_acknowledgement_is_lost_is_unknown_until_it_is_sent_again(
    repository: SqlRepository, workspace: Workspace, connection: psycopg.Connection[Any]
) -> None:
    change = case(workspace)

    def cut_off() -> None:
        with Held(repository, change, key="k") as held:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [held.pid])
            held.commit()

    with pytest.raises(CommitUnknown) as told:
        cut_off()

    assert told.value.key == "k"
    assert workspace.commit(change, key="k") == workspace.receipt("k")
    assert [entry.version for entry in workspace.log(Case, change.entity.id)] == [1]


def test_a_server_that_is_not_there_is_not_there_yet() -> None:
    with pytest.raises(Disconnected):
        postgres("postgresql://nobody@127.0.0.1:1/crm")


def test_a_name_or_a_password_that_the_server_does_not_know_is_no_matter_of_time(
    repository: SqlRepository,
) -> None:
    with pytest.raises(Failed, match="does not exist"):
        postgres(repository.engine.url.set(database="nowhere"))


@pytest.mark.parametrize("url", ["crm.db", "", "mysql://ada:secret@host/crm", "sqlite:///crm.db"])
def test_an_address_of_something_else_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Invalid, match="postgresql://user:password@host/name") as refused:
        postgres(url)

    assert "secret" not in str(refused.value)


# --- many rows ------------------------------------------------------------------------------------


def customers(workspace: Workspace, count: int) -> list[Change[Customer]]:
    name = "tab\t, line\n, back\\slash, \\N, ä€𝄞"
    return [Customer.create(workspace.new(CustomerId), name=f"{name} {n}", at=NOON) for n in range(count)]


def test_many_new_rows_are_kept_as_few_are(workspace: Workspace) -> None:
    changes = customers(workspace, transactions.MANY + 1)

    receipt = workspace.commit(*changes, key="many")

    assert workspace.receipt("many") == receipt
    assert list(workspace.each(Customer)) == sorted(receipt.entities, key=lambda row: row.id)
    assert len(workspace.log(Customer, changes[-1].entity.id)) == 1


def test_many_new_rows_of_which_one_is_known_are_all_refused(workspace: Workspace) -> None:
    changes = customers(workspace, transactions.MANY + 1)
    workspace.commit(changes[17])

    with pytest.raises(VersionConflict) as refused:
        workspace.commit(*changes)

    assert refused.value.id == changes[17].entity.id
    assert len(workspace.find(Customer)) == 1


def test_a_scan_is_of_one_moment_and_a_chunk_is_all_that_is_held(workspace: Workspace) -> None:
    workspace.commit(*customers(workspace, 5))
    words: Any = Customer.words

    scan = iter(workspace.scan(Customer, words["state"], chunk=2))
    first = next(scan)
    workspace.commit(*customers(workspace, 3))
    rest = list(scan)

    assert [len(chunk["state"]) for chunk in (first, *rest)] == [2, 2, 1]


# --- a database that a host has set up ------------------------------------------------------------


def test_text_is_compared_by_code_points_whatever_the_database_is_used_to(
    connection: psycopg.Connection[Any],
) -> None:
    other = connection.execute(
        "SELECT count(*) FILTER (WHERE collation_name IS DISTINCT FROM 'C'), count(*) "
        "FROM information_schema.columns WHERE table_name LIKE 'relcore%' AND data_type = 'text'"
    ).fetchone()

    assert other is not None
    assert other[0] == 0 < other[1]


def test_check_tells_all_that_is_missing(postgres_url: str) -> None:
    made = postgres(postgres_url)
    assert made.check() == ()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("DROP TABLE relcore_task")
        connection.execute("ALTER TABLE relcore_case DROP COLUMN owner")
        connection.execute("DROP INDEX ux_relcore_quote_number_revision")
        connection.execute('ALTER TABLE relcore_customer ALTER COLUMN body TYPE text COLLATE "POSIX"')

    found = made.check()

    assert len(found) == 5  # the index of the column that is gone is gone with it
    for name in ("table relcore_task", "relcore_case.owner", "ix_relcore_case_owner", "ux_relcore_quote"):
        assert any(name in finding for finding in found), name
    made.close()


def test_check_tells_that_a_log_was_brought_from_another_cluster(
    repository: SqlRepository, workspace: Workspace, connection: psycopg.Connection[Any]
) -> None:
    workspace.commit(case(workspace))
    connection.execute("UPDATE relcore_log SET xact = 1000000000")

    (finding,) = repository.check()

    assert "another cluster" in finding


def test_many_who_make_the_tables_at_once_all_find_them_made(postgres_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        repositories = list(pool.map(postgres, [postgres_url] * 4))

    assert repositories[0].check() == ()
    for repository in repositories:
        repository.close()


def test_an_engine_of_the_host_keeps_its_manners(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"), pool_size=1)
    repository = SqlRepository(engine)
    repository.create_all()
    workspace = Workspace(repository, tenant="acme")
    workspace.commit(case(workspace))

    with engine.connect() as connection:
        connection.exec_driver_sql("DELETE FROM relcore_case")
        connection.rollback()

    assert len(workspace.find(Case)) == 1
    engine.dispose()


def test_a_transaction_that_the_host_left_open_is_told_and_neither_kept_nor_lost(postgres_url: str) -> None:
    address = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(address, pool_size=1, max_overflow=0, pool_reset_on_return=None)
    repository = SqlRepository(engine)
    repository.create_all()
    workspace = Workspace(repository, tenant="acme")
    host: Any = engine.raw_connection()
    host.cursor().execute("SELECT 1")
    host.close()

    with pytest.raises(Invalid, match="must lend connections without a transaction"):
        workspace.commit(case(workspace))

    host = engine.raw_connection()
    assert host.driver_connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    host.rollback()
    host.close()
    assert workspace.commit(case(workspace)).entities
    engine.dispose()


def test_a_failure_of_the_database_shows_no_row(
    workspace: Workspace, connection: psycopg.Connection[Any]
) -> None:
    connection.execute("ALTER TABLE relcore_customer ADD CONSTRAINT strict CHECK (body = '')")
    try:
        with pytest.raises(Failed) as failed:
            workspace.commit(Customer.create(workspace.new(CustomerId), name="Ada Byron", at=NOON))
    finally:
        connection.execute("ALTER TABLE relcore_customer DROP CONSTRAINT strict")

    assert failed.value.code == "23514"
    assert "Ada" not in str(failed.value)
    assert failed.value.__suppress_context__
