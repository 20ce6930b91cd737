"""The same sentences for a host that awaits, over each async adapter; and both kinds of host on one file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from relcore import (
    Actor,
    AsyncWorkspace,
    Case,
    Customer,
    Invalid,
    NotFound,
    Refused,
    VersionConflict,
    Workspace,
)
from relcore.customers import CustomerFields
from relcore.ids import CaseId, CustomerId
from relcore.kernel.change import Change
from relcore.kernel.errors import CommitUnknown, Illformed, KeyReused, Unsupported
from relcore.kernel.repository import Batch, Capabilities, Level, Receipt, replay
from relcore.service import CaseFields, CaseState, OpenChildren
from relcore.storage import SqlRepository, aio, sqlite, to_json
from relcore.testing import CountingIds, FixedClock
from tests.postgres_server import servers
from tests.strategies import NOON

ADAPTERS_OF_POSTGRES = list(servers())[:1]

ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")
CLOCK = FixedClock(NOON)
Sentence = Callable[[AsyncWorkspace], Awaitable[None]]


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncGenerator[AsyncWorkspace]:
    """In memory, in a file of SQLite's, or in the database at a URL."""
    if kind == "in_memory":
        yield AsyncWorkspace(aio.in_memory(), tenant="acme", clock=CLOCK)
        return
    repository = await (aio.sqlite(folder / "crm.db") if kind == "sqlite" else aio.postgres(kind))
    try:
        yield AsyncWorkspace(repository, tenant="acme", clock=CLOCK)
    finally:
        await repository.close()


@pytest.fixture(params=["in_memory", "sqlite", *ADAPTERS_OF_POSTGRES])
def run(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_repository: Callable[[str], SqlRepository]
) -> Callable[[Sentence], None]:
    """``run(sentence)``: in a loop of its own, over each adapter, and what was opened is closed."""
    kind: str = request.param
    if kind in ADAPTERS_OF_POSTGRES:
        kind = postgres_repository(kind).engine.url.render_as_string(hide_password=False)

    async def said(sentence: Sentence) -> None:
        async with opened(kind, tmp_path) as workspace:
            await sentence(workspace)

    return lambda sentence: asyncio.run(said(sentence))


@contextmanager
def beside(folder: Path):  # type: ignore[no-untyped-def]
    """A sync workspace on the same file."""
    repository = sqlite(folder / "crm.db")
    try:
        yield Workspace(repository, tenant="acme", clock=CLOCK)
    finally:
        repository.close()


def customer(workspace: AsyncWorkspace | Workspace, name: str = "Ada Byron") -> Change[Customer]:
    return Customer.create(workspace.new(CustomerId), name=name, at=NOON, by=ME)


def case(workspace: AsyncWorkspace | Workspace) -> Change[Case]:
    return Case.open(
        workspace.new(CaseId), customer=workspace.new(CustomerId), subject="Cannot log in", at=NOON, by=ME
    )


async def kept(workspace: AsyncWorkspace) -> Case:
    change = case(workspace)
    return (await workspace.commit(change)).of(change)


# --- the first day --------------------------------------------------------------------------------


def test_a_route_reads_decides_commits_and_answers(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        opened = await kept(workspace)

        case = await workspace.apply(Case, opened.id, lambda case: case.accept(owner=ME, at=NOON))

        assert (case.state, case.owner, case.version) == (CaseState.OPEN, ME, 2)
        assert to_json(case)["owner"] == "person:u-1"
        assert "subject" not in to_json(case)
        assert to_json(case, personal=True)["subject"] == "Cannot log in"
        assert await workspace.get(Case, opened.id) == case
        mine = CaseFields.owner.is_(ME) & CaseFields.state.is_(CaseState.OPEN)
        assert (await workspace.find(Case, mine, limit=50)).rows == (case,)

    run(sentence)


def test_what_a_sync_host_says_an_async_host_says_with_an_await(run: Callable[[Sentence], None]) -> None:
    verbs = [name for name in vars(Workspace) if not name.startswith("_")]

    assert verbs
    assert [name for name in vars(AsyncWorkspace) if not name.startswith("_")] == verbs


def test_what_is_not_there_is_not_found_and_another_tenant_has_nothing(
    run: Callable[[Sentence], None],
) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        held = await kept(workspace)
        other = AsyncWorkspace(workspace.repository, tenant="umbrella")

        with pytest.raises(NotFound):
            await workspace.get(Case, workspace.new(CaseId))
        with pytest.raises(NotFound):
            await other.get(Case, held.id)
        assert (await other.find(Case)).rows == ()
        assert [row async for row in other.each(Case)] == []
        assert await other.log(Case, held.id) == []

    run(sentence)


def test_a_refused_decision_writes_nothing(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        held = await kept(workspace)

        with pytest.raises(Refused, match="its child cases must be resolved first"):
            await workspace.apply(
                Case,
                held.id,
                lambda c: c.accept(ME, at=NOON).then(
                    lambda c: c.resolve("reset", cause="unknown", at=NOON, children=OpenChildren(2))
                ),
            )
        assert await workspace.get(Case, held.id) == held

    run(sentence)


def test_a_decision_is_about_the_entity_it_was_handed(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        one, other = await kept(workspace), await kept(workspace)

        with pytest.raises(Illformed, match="it must be about the Case it was handed"):
            await workspace.apply(Case, one.id, lambda _: other.accept(ME, at=NOON))

    run(sentence)


# --- conflicts ------------------------------------------------------------------------------------


def test_of_two_who_decide_by_hand_on_the_same_version_one_is_told(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        held = await kept(workspace)

        answers = await asyncio.gather(
            *(workspace.commit(held.accept(who, at=NOON)) for who in (ME, YOU)), return_exceptions=True
        )

        (conflict,) = (a for a in answers if isinstance(a, BaseException))
        assert isinstance(conflict, VersionConflict)
        assert (conflict.expected, conflict.actual) == (1, 2)
        assert (await workspace.get(Case, held.id)).version == 2

    run(sentence)


def test_two_tasks_that_meet_decide_again_and_no_update_is_lost(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        held = await kept(workspace)
        decided: list[int] = []

        async def assign(task: int) -> None:
            for time in range(10):

                def decide(case: Case, owner: Actor = Actor("person", f"{task}-{time}")) -> Change[Case]:
                    decided.append(case.version)
                    return case.accept(owner, at=NOON) if case.state == "new" else case.assign(owner, at=NOON)

                await workspace.apply(Case, held.id, decide, attempts=50)
                await asyncio.sleep(0)

        await asyncio.gather(assign(1), assign(2))

        now, log = await workspace.get(Case, held.id), await workspace.log(Case, held.id)
        assert now.version == 21
        assert len({entry.fields["owner"] for entry in log[1:]}) == 20
        assert replay(Case, log) == now
        assert len(decided) >= 20

    run(sentence)


def test_a_decision_is_taken_again_on_what_the_faster_one_left(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        held = await kept(workspace)
        read: list[int] = []
        repository = BeatenTo(workspace.repository, lambda: workspace.commit(held.accept(YOU, at=NOON)))
        slower = AsyncWorkspace(repository, tenant="acme", clock=CLOCK)

        def decide(case: Case) -> Change[Case]:
            read.append(case.version)
            return case.accept(ME, at=NOON) if case.state == "new" else case.assign(ME, at=NOON)

        assert (await slower.apply(Case, held.id, decide)).owner == ME
        assert read == [1, 2]

    run(sentence)


def test_it_gives_up_after_so_many_attempts(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        held = await workspace.apply(Case, (await kept(workspace)).id, lambda c: c.accept(ME, at=NOON))

        async def faster() -> None:
            await workspace.apply(Case, held.id, lambda c: c.assign(YOU, at=NOON))

        slower = AsyncWorkspace(BeatenTo(workspace.repository, faster, times=99), tenant="acme", clock=CLOCK)

        with pytest.raises(VersionConflict):
            await slower.apply(Case, held.id, lambda c: c.assign(ME, at=NOON), attempts=3)
        assert (await workspace.get(Case, held.id)).version == held.version + 3

    run(sentence)


def test_what_was_only_read_must_be_as_it_was(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        new = customer(workspace)
        ada = (await workspace.commit(new)).of(new)
        await workspace.apply(Customer, ada.id, lambda c: c.rename("Ada Lovelace", at=NOON))
        opened = case(workspace)

        with pytest.raises(VersionConflict):
            await workspace.commit(opened, reads=[ada])
        with pytest.raises(NotFound):
            await workspace.get(Case, opened.entity.id)

    run(sentence)


# --- keys -----------------------------------------------------------------------------------------


def test_a_key_returns_the_same_receipt_and_is_good_for_one_batch(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        change = customer(workspace)

        receipts = await asyncio.gather(*(workspace.commit(change, key="k") for _ in range(4)))

        assert receipts == [receipts[0]] * 4
        assert await workspace.receipt("k") == receipts[0]
        assert await workspace.receipt("other") is None
        assert len(await workspace.log(Customer, change.entity.id)) == 1
        with pytest.raises(KeyReused):
            await workspace.commit(customer(workspace), key="k")

    run(sentence)


def test_a_decision_taken_under_a_key_is_not_taken_again(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        held = await kept(workspace)
        once = await workspace.apply(Case, held.id, lambda c: c.accept(ME, at=NOON), key="accept")
        await workspace.apply(Case, held.id, lambda c: c.assign(YOU, at=NOON))

        assert await workspace.apply(Case, held.id, lambda c: c.accept(ME, at=NOON), key="accept") == once
        other = await kept(workspace)
        with pytest.raises(KeyReused):
            await workspace.apply(Case, other.id, lambda c: c.accept(ME, at=NOON), key="accept")

    run(sentence)


def test_a_lost_acknowledgement_is_asked_for_again_under_the_same_key(
    run: Callable[[Sentence], None],
) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        held = await kept(workspace)
        deaf = AsyncWorkspace(Deaf(workspace.repository, times=2), tenant="acme", clock=CLOCK)

        accepted = await deaf.apply(Case, held.id, lambda c: c.accept(ME, at=NOON))

        assert accepted.version == 2
        assert len(await workspace.log(Case, held.id)) == 2
        with pytest.raises(CommitUnknown):
            await AsyncWorkspace(Deaf(workspace.repository, times=9), tenant="acme", clock=CLOCK).apply(
                Case, held.id, lambda c: c.assign(YOU, at=NOON), attempts=2
            )

    run(sentence)


# --- reading --------------------------------------------------------------------------------------


def test_pages_and_columns_are_walked_to_the_end(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        names = [f"Ada {n:04}" for n in range(1100)]
        await workspace.commit(*(customer(workspace, name) for name in names))

        assert [row.name async for row in workspace.each(Customer)] == names
        chunks = [c async for c in workspace.scan(Customer, CustomerFields.created_at, chunk=400)]
        assert [len(c["created_at"]) for c in chunks] == [400, 400, 300]
        page = await workspace.find(Customer, limit=1000)
        rest = await workspace.find(Customer, after=page.after, limit=1000)
        assert (len(page.rows), len(rest.rows), rest.after) == (1000, 100, None)
        asked = CustomerFields.owner.missing()
        assert [c async for c in workspace.scan(Customer, CustomerFields.owner, where=~asked)] == []

    run(sentence)


def test_a_scan_that_is_left_halfway_holds_nobody_up(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        await workspace.commit(*(customer(workspace) for _ in range(10)))

        reading: Any = aiter(workspace.scan(Customer, CustomerFields.created_at, chunk=2))
        async for _ in reading:
            break
        await reading.aclose()

        await workspace.commit(customer(workspace))

    run(sentence)


def test_what_cannot_be_asked_is_refused_before_anything_waits(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        with pytest.raises(Invalid, match="must be at least one"):
            workspace.scan(Customer)
        with pytest.raises(Invalid, match="chunk"):
            workspace.scan(Customer, CustomerFields.created_at, chunk=0)
        with pytest.raises(Invalid, match="limit"):
            await workspace.find(Customer, limit=0)
        with pytest.raises(Invalid, match="must be a CaseId"):
            await workspace.get(Case, workspace.new(CustomerId))  # type: ignore[arg-type]

    run(sentence)


def test_an_adapter_that_offers_less_says_so(run: Callable[[Sentence], None]) -> None:
    async def sentence(workspace: AsyncWorkspace) -> None:
        plain = AsyncWorkspace(Plain(workspace.repository), tenant="acme", clock=CLOCK)
        held = await kept(plain)

        assert (await plain.apply(Case, held.id, lambda c: c.accept(ME, at=NOON))).version == 2
        with pytest.raises(Unsupported, match="Plain does not offer receipts"):
            await plain.receipt("k")
        with pytest.raises(Unsupported, match="scan"):
            plain.scan(Case, CaseFields.state)
        with pytest.raises(Unsupported, match="log"):
            await plain.log(Case, held.id)

    run(sentence)


def test_ids_and_clock_are_the_hosts() -> None:
    async def sentence() -> None:
        workspace = AsyncWorkspace(aio.in_memory(), tenant="acme", clock=CLOCK, ids=CountingIds())
        change = customer(workspace)
        await workspace.commit(change)

        (entry,) = await workspace.log(Customer, change.entity.id)
        assert (entry.recorded_at, entry.key) == (NOON, f"batch_{1:032x}")
        assert change.entity.id == f"customer_{1:032x}"

    asyncio.run(sentence())


# --- a commit that is cancelled -------------------------------------------------------------------


@pytest.mark.parametrize("after", [0.0, 0.001, 0.002, 0.004, 0.008])
def test_a_commit_that_runs_out_of_time_has_written_all_or_nothing(tmp_path: Path, after: float) -> None:
    async def sentence() -> None:
        async with opened("sqlite", tmp_path) as workspace:
            changes = [customer(workspace) for _ in range(200)]
            try:
                async with asyncio.timeout(after):
                    await workspace.commit(*changes, key="k")
            except TimeoutError:
                pass
            rows = [row async for row in workspace.each(Customer)]
            assert len(rows) == (200 if await workspace.receipt("k") else 0)

    asyncio.run(sentence())


# --- both kinds of host on one file ---------------------------------------------------------------


def test_sync_and_async_hosts_read_what_the_other_wrote_while_both_are_open(tmp_path: Path) -> None:
    async def sentence(sync: Workspace) -> None:
        async with opened("sqlite", tmp_path) as workspace:
            here, there = case(workspace), case(sync)
            receipt = await workspace.commit(here, key="here")
            sync.commit(there, key="there")

            accepted = await workspace.apply(Case, there.entity.id, lambda c: c.accept(ME, at=NOON))
            sync.apply(Case, here.entity.id, lambda c: c.accept(YOU, at=NOON))

            assert sync.receipt("here") == receipt == await workspace.receipt("here")
            assert sync.get(Case, there.entity.id) == accepted
            assert sync.find(Case).rows == (await workspace.find(Case)).rows
            fields = (CaseFields.state, CaseFields.owner, CaseFields.opened_at)
            assert list(sync.scan(Case, *fields)) == [c async for c in workspace.scan(Case, *fields)]
            for id in (here.entity.id, there.entity.id):
                assert sync.log(Case, id) == await workspace.log(Case, id)
            with pytest.raises(VersionConflict):
                await workspace.commit(receipt.of(here).accept(ME, at=NOON))

    with beside(tmp_path) as sync:
        asyncio.run(sentence(sync))


def test_threads_of_one_host_and_tasks_of_another_lose_nothing(tmp_path: Path) -> None:
    async def sentence(sync: Workspace) -> None:
        async with opened("sqlite", tmp_path) as workspace:
            held = await workspace.apply(Case, (await kept(workspace)).id, lambda c: c.accept(ME, at=NOON))

            def in_a_thread() -> None:
                for time in range(10):
                    owner = Actor("person", f"sync-{time}")
                    sync.apply(Case, held.id, lambda c, owner=owner: c.assign(owner, at=NOON), attempts=50)

            async def in_a_task() -> None:
                for time in range(10):
                    owner = Actor("person", f"async-{time}")
                    await workspace.apply(
                        Case, held.id, lambda c, owner=owner: c.assign(owner, at=NOON), attempts=50
                    )

            await asyncio.gather(asyncio.to_thread(in_a_thread), in_a_task())

            log = await workspace.log(Case, held.id)
            assert len({entry.fields["owner"] for entry in log[2:]}) == 20
            assert replay(Case, log) == sync.get(Case, held.id)

    with beside(tmp_path) as sync:
        asyncio.run(sentence(sync))


# --- opening and closing --------------------------------------------------------------------------


def test_a_repository_that_was_closed_opens_again_when_it_is_asked(tmp_path: Path) -> None:
    async def sentence() -> None:
        async with opened("sqlite", tmp_path) as workspace:
            held = await kept(workspace)
            repository: Any = workspace.repository
            await repository.close()
            assert await workspace.get(Case, held.id) == held

    asyncio.run(sentence())


def test_a_file_that_is_no_database_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "crm.db").write_text("no database at all, but long enough to be read as one" * 20)

    with pytest.raises(Exception, match="not a database"):
        asyncio.run(aio.sqlite(tmp_path / "crm.db"))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["", ":memory:"])
def test_a_file_has_a_name(path: str) -> None:
    with pytest.raises(Invalid, match="in_memory"):
        asyncio.run(aio.sqlite(path))  # type: ignore[arg-type]


# --- stand-ins ------------------------------------------------------------------------------------


class Plain:
    """No more than an adapter must offer."""

    capabilities = Capabilities(Level.VERSIONED)

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def fetch(self, refs: Any) -> Any:
        return await self.inner.fetch(refs)

    async def find(self, *args: Any, **more: Any) -> Any:
        return await self.inner.find(*args, **more)

    async def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt: Receipt = await self.inner.commit(tenant, batch)
        return receipt


class BeatenTo(Plain):
    """Somebody commits before our first commits arrive."""

    def __init__(self, inner: Any, faster: Callable[[], Coroutine[Any, Any, Any]], times: int = 1) -> None:
        super().__init__(inner)
        self.faster, self.times = faster, times

    async def commit(self, tenant: str, batch: Batch) -> Receipt:
        if self.times > 0:
            self.times -= 1
            await self.faster()
        return await super().commit(tenant, batch)


class Deaf(Plain):
    """Writes, and does not hear the acknowledgement."""

    capabilities = Capabilities(Level.LOGGED)

    def __init__(self, inner: Any, times: int) -> None:
        super().__init__(inner)
        self.times = times

    async def receipt(self, tenant: str, key: str) -> Receipt | None:
        known: Receipt | None = await self.inner.receipt(tenant, key)
        return known

    async def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = await super().commit(tenant, batch)
        if self.times > 0:
            self.times -= 1
            raise CommitUnknown(batch.key)
        return receipt
