"""Mistakes that everybody makes are told with their remedy, by every adapter alike, and change nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from inspect import isasyncgen, isawaitable
from typing import Any

import attrs
import pytest

from relcore import Actor, AsyncWorkspace, Case, Customer, Invalid, Workspace
from relcore.customers import CustomerFields
from relcore.ids import CaseId, CustomerId
from relcore.kernel.errors import UnknownQuery
from relcore.kernel.query import All, Compare, Missing, Not, OneOf, Query, StartsWith, Tree
from relcore.sales import OrderFields
from relcore.service import CaseFields, CaseState
from relcore.storage import aio, in_memory, sqlite
from relcore.testing import CountingIds, FixedClock
from tests.strategies import NOON

ME = Actor("person", "u-1")
Ask = Callable[[Any, Case], Any]


@attrs.frozen
class Asked:
    """A workspace with one case, and what it answers, to those who wait and to those who await."""

    workspace: Any
    case: Case
    runner: asyncio.Runner

    def answer(self, ask: Ask) -> Any:
        return self.runner.run(_settled(ask, self.workspace, self.case))


async def _settled(ask: Ask, workspace: Any, case: Case) -> Any:
    told = ask(workspace, case)
    if isawaitable(told):
        return await told
    if isasyncgen(told) or isinstance(told, AsyncIterator) or hasattr(told, "__aiter__"):
        return [one async for one in told]
    return list(told) if isinstance(told, Iterator) or hasattr(told, "schema") else told


@pytest.fixture(scope="module", params=["in_memory", "sqlite", "aio.in_memory", "aio.sqlite"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """One for all of these tests, as none of them changes anything."""
    path = tmp_path_factory.mktemp("asked") / "crm.db"
    ids, clock = CountingIds(), FixedClock(NOON)
    new = Case.open(ids.new(CaseId), customer=ids.new(CustomerId), subject="No dial tone", at=NOON)
    with asyncio.Runner() as runner:
        workspace: Any
        match request.param:
            case "in_memory":
                workspace = Workspace(in_memory(), tenant="acme", clock=clock, ids=ids)
            case "sqlite":
                workspace = Workspace(sqlite(path), tenant="acme", clock=clock, ids=ids)
            case "aio.in_memory":
                workspace = AsyncWorkspace(aio.in_memory(), tenant="acme", clock=clock, ids=ids)
            case _:
                opened = runner.run(aio.sqlite(path))
                workspace = AsyncWorkspace(opened, tenant="acme", clock=clock, ids=ids)
        receipt = runner.run(_settled(lambda w, _: w.commit(new, key="new"), workspace, new.entity))
        yield Asked(workspace, receipt.of(new), runner)
        if "sqlite" in request.param:
            runner.run(_settled(lambda w, _: w.repository.close(), workspace, new.entity))


def refused(asked: Asked, ask: Ask, error: type[Invalid], says: str) -> None:
    with pytest.raises(error, match=says):
        asked.answer(ask)
    assert asked.answer(lambda w, case: w.get(Case, case.id)) == asked.case
    assert len(asked.answer(lambda w, case: w.log(Case, case.id))) == 1


async def waits(case: Case) -> Any:
    return case.accept(ME, at=NOON)


# --- what is committed ----------------------------------------------------------------------------


@pytest.mark.parametrize("change", [lambda c: c, lambda _: None, lambda _: 5, lambda c: [c.accept(ME, at=NOON)], lambda _: Case])  # fmt: skip
def test_what_is_no_change_is_not_committed(asked: Asked, change: Callable[[Case], Any]) -> None:
    refused(asked, lambda w, c: w.commit(change(c)), Invalid, "commit what a command returned")


@pytest.mark.parametrize("decide", [lambda _: None, lambda c: c, lambda c: [c.accept(ME, at=NOON)]])
def test_a_decision_returns_a_change(asked: Asked, decide: Callable[[Case], Any]) -> None:
    refused(asked, lambda w, c: w.apply(Case, c.id, decide), Invalid, "return what a command returned")


def test_a_decision_that_would_have_to_be_waited_for_is_none(asked: Asked) -> None:
    begun = list[Any]()

    def decide(case: Case) -> Any:
        begun.append(waits(case))
        return begun[-1]

    refused(
        asked,
        lambda w, c: w.apply(Case, c.id, decide),
        Invalid,
        "a Change, without waiting for it, got 'coroutine'",
    )

    begun[0].close()


@pytest.mark.parametrize("reads", [lambda c: c, lambda _: 5, lambda _: None, lambda _: "case", lambda c: [c.id], lambda _: [Case], lambda c: [c.accept(ME, at=NOON)]])  # fmt: skip
def test_what_a_decision_rests_on_are_entities_in_a_list(asked: Asked, reads: Callable[[Case], Any]) -> None:
    refused(asked, lambda w, c: w.commit(reads=reads(c)), Invalid, r"write reads=\[case\]")


@pytest.mark.parametrize("attempts", [0, -1, None, "3", 2.5, True])
def test_something_is_attempted_at_least_once(asked: Asked, attempts: Any) -> None:
    refused(
        asked,
        lambda w, c: w.apply(Case, c.id, lambda case: case.accept(ME, at=NOON), attempts=attempts),
        Invalid,
        "attempts must be a whole number >= 1",
    )


# --- what is asked --------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [None, "5", 2.5, True, 0, 1001, [1], float("nan")])
def test_a_limit_is_a_whole_number(asked: Asked, limit: Any) -> None:
    refused(asked, lambda w, _: w.find(Case, limit=limit), Invalid, "limit must be a whole number")
    refused(asked, lambda w, _: w.drain(limit=limit), Invalid, "limit must be a whole number")


@pytest.mark.parametrize("chunk", [None, "5", 2.5, True, 0, 2**31, float("inf")])
def test_a_chunk_is_a_whole_number(asked: Asked, chunk: Any) -> None:
    refused(asked, lambda w, _: w.scan(Case, CaseFields.state, chunk=chunk), Invalid, "chunk must be a whole")
    refused(asked, lambda w, _: w.scan_log(Case, chunk=chunk), Invalid, "chunk must be a whole number")


@pytest.mark.parametrize("after", [5, b"1", [], "", "x", "9" * 5_000, "-1", "0-" + "9" * 30])
def test_an_outbox_goes_on_from_a_cursor_of_its_own(asked: Asked, after: Any) -> None:
    refused(asked, lambda w, _: w.drain(after=after), Invalid, r"pass on delivery\.after")


@pytest.mark.parametrize("key", [5, "", "a\x00b", "\ud800", "k" * 201, b"k", [], None])
def test_a_receipt_is_asked_for_by_a_key_that_could_have_one(asked: Asked, key: Any) -> None:
    refused(asked, lambda w, _: w.receipt(key), Invalid, "key must be printable text")


@pytest.mark.parametrize("kind", [None, 5, int, "Case", CaseFields, Case.open])
@pytest.mark.parametrize(
    "ask",
    [
        lambda w, c, kind: w.get(kind, c.id),
        lambda w, c, kind: w.log(kind, c.id),
        lambda w, c, kind: w.apply(kind, c.id, lambda case: case.accept(ME, at=NOON)),
        lambda w, _, kind: w.find(kind),
        lambda w, _, kind: w.find(kind, order=CaseFields.opened_at.ascending()),
        lambda w, _, kind: w.each(kind),
        lambda w, _, kind: w.scan(kind, CaseFields.state),
        lambda w, _, kind: w.scan_log(kind),
    ],
    ids=["get", "log", "apply", "find", "order", "each", "scan", "scan_log"],
)
def test_what_is_no_kind_of_entity_is_told(asked: Asked, ask: Callable[..., Any], kind: Any) -> None:
    refused(asked, lambda w, c: ask(w, c, kind), Invalid, "entity must be a class of entities")


@pytest.mark.parametrize("field", [OrderFields.amount, CustomerFields.state, "state", None, 5, CaseFields])
def test_a_scan_reads_the_fields_of_its_own_entity(asked: Asked, field: Any) -> None:
    refused(asked, lambda w, _: w.scan(Case, field), UnknownQuery, "must be fields of a Case")


@pytest.mark.parametrize("columns", [(["id"],), (5,), (None,)])
def test_columns_of_the_log_have_names(asked: Asked, columns: Any) -> None:
    refused(asked, lambda w, _: w.scan_log(Case, *columns), Invalid, "columns must each be one of")


UNKNOWN: list[Tree] = [
    Compare("nope", "is", "open"),
    Compare("state", "is", "opne"),
    Compare("state", "is", 5),
    Compare("state", "below", "open"),
    Compare("owner", "below", ME),
    Compare("opened_at", "is", "2026-03-01T09:00:00Z"),
    Compare("opened_at", "is", NOON.replace(tzinfo=None)),
    Compare("reopened", "is", True),
    Compare("reopened", "is", 2**63),
    Compare("customer", "is", "customer_1"),
    Compare("customer", "is", CaseId.imported("desk", "1")),
    Compare("cause", "is", 5),
    OneOf("state", ("open", "opne")),
    OneOf("opened_at", (NOON,)),
    StartsWith("state", "o"),
    StartsWith("customer", "customer_"),
    Missing("subject"),
    Not(All((Missing("cause"), Compare("state", "is", "opne")))),
]


@pytest.mark.parametrize("tree", UNKNOWN, ids=repr)
def test_a_question_that_the_entity_cannot_be_asked_is_refused_and_not_answered(
    asked: Asked, tree: Tree
) -> None:
    refused(asked, lambda w, _: w.find(Case, Query(tree)), Invalid, r"Case\.|Case field")
    refused(asked, lambda w, _: w.each(Case, Query(tree)), Invalid, r"Case\.|Case field")
    refused(asked, lambda w, _: w.scan(Case, CaseFields.state, where=Query(tree)), Invalid, "Case")


def test_a_question_about_another_kind_is_refused_where_its_words_are_not_shared(asked: Asked) -> None:
    about_cases: Any = CaseFields.state.is_(CaseState.OPEN)

    refused(asked, lambda w, _: w.find(Customer, about_cases), UnknownQuery, r"Customer\.state is one of")


def test_a_question_is_nested_no_deeper_than_as_json(asked: Asked) -> None:
    tree: Tree = All()
    for _ in range(51):
        tree = Not(tree)

    refused(asked, lambda w, _: w.find(Case, Query(tree)), UnknownQuery, "nested at most 50 deep")
