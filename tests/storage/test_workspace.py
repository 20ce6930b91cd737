"""Get, find, commit, apply: on every adapter the same sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import (
    Actor,
    Case,
    Customer,
    Invalid,
    Money,
    NotFound,
    Order,
    Refused,
    VersionConflict,
    Workspace,
)
from relcore.customers import CustomerFields
from relcore.ids import CaseId, CustomerId, OpportunityId, OrderId, QuoteId
from relcore.kernel.change import Change, removal
from relcore.kernel.clock import microseconds
from relcore.kernel.errors import CommitUnknown, Gone, Illformed, KeyReused, UniqueConflict, Unsupported
from relcore.kernel.query import Query
from relcore.kernel.repository import (
    LOG_COLUMNS,
    Batch,
    Capabilities,
    Entry,
    Level,
    Receipt,
    Repository,
    replay,
)
from relcore.kernel.words import Key
from relcore.sales import OrderFields, Quote
from relcore.service import CaseFields, CaseState, OpenChildren
from relcore.storage import in_memory
from relcore.testing import CountingIds, FixedClock
from tests.strategies import NOON, born, entities
from tests.walks import WALKS, chains

ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")


def customer(workspace: Workspace, name: str = "Ada Byron") -> Change[Customer]:
    return Customer.create(workspace.new(CustomerId), name=name, at=NOON, by=ME)


def case(workspace: Workspace, subject: str = "Cannot log in") -> Change[Case]:
    return Case.open(
        workspace.new(CaseId), customer=workspace.new(CustomerId), subject=subject, at=NOON, by=ME
    )


def kept(workspace: Workspace) -> Case:
    change = case(workspace)
    return workspace.commit(change).of(change)


def another(workspace: Workspace, tenant: str | None = None) -> Workspace:
    """A second handle on the same repository, with ids and keys of its own."""
    return Workspace(workspace.repository, tenant=tenant or workspace.tenant, clock=workspace.clock)


# --- round trip -----------------------------------------------------------------------------------


def fresh(repository: Repository, tenants: list[int] = [0]) -> Workspace:  # noqa: B006  # counts the examples
    tenants[0] += 1
    return Workspace(repository, tenant=f"tenant-{tenants[0]}", clock=FixedClock(NOON))


@given(entity=entities)
def test_whatever_an_entity_can_be_is_kept_and_comes_back(repository: Repository, entity: Any) -> None:
    workspace = fresh(repository)

    receipt = workspace.commit(born(entity))

    stored = attrs.evolve(entity, version=1)
    assert workspace.get(type(entity), entity.id) == stored
    assert workspace.find(type(entity)).rows == (stored,)
    assert receipt.entities == (stored,)
    assert workspace.receipt(receipt.key) == receipt


@given(data=st.data())
def test_any_walk_is_kept_and_its_log_replays_to_the_row(repository: Repository, data: st.DataObject) -> None:
    workspace = fresh(repository)
    entity = data.draw(st.sampled_from(list(WALKS)))
    changes = data.draw(chains(entity))
    id = changes[0].entity.id

    held, receipts = None, []
    for change in changes:
        before = None if change.before is None else held
        after = attrs.evolve(change.entity, version=0 if held is None else held.version)
        receipts.append(workspace.commit(Change(before, after, change.events)))
        held = receipts[-1].entities[0]

    log = workspace.log(entity, id)
    assert replay(entity, log) == workspace.get(entity, id) == held
    assert [entry.event for entry in log] == [event for change in changes for event in change.events]
    assert [entry.version for entry in log] == [n for n, c in enumerate(changes, 1) for _ in c.events]
    # Every receipt still tells what its commit left, whatever came later.
    assert [workspace.receipt(receipt.key) for receipt in receipts] == receipts


def test_a_new_entity_is_at_version_one_and_each_commit_counts_one(workspace: Workspace) -> None:
    held = kept(workspace)

    later = held.accept(ME, at=NOON).then(lambda case: case.mark_spam(at=NOON))

    assert held.version == 1
    assert workspace.commit(later).of(later).version == 2


def test_what_is_not_there_is_not_found(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="for this tenant"):
        workspace.get(Case, workspace.new(CaseId))


def test_an_id_of_another_kind_is_refused(workspace: Workspace) -> None:
    with pytest.raises(Invalid, match="must be a CaseId"):
        workspace.get(Case, workspace.new(OrderId))  # type: ignore[arg-type]


def test_the_log_says_when_it_was_recorded_and_under_which_key(workspace: Workspace) -> None:
    change = case(workspace)
    workspace.commit(change, key="import/1")

    (entry,) = workspace.log(Case, change.entity.id)

    assert (entry.key, entry.recorded_at) == ("import/1", datetime(2026, 3, 1, 9, tzinfo=UTC))
    assert entry.event == change.events[0]


# --- conflicts ------------------------------------------------------------------------------------


def test_who_was_slower_is_told_both_versions_and_changes_nothing(workspace: Workspace) -> None:
    held = kept(workspace)
    workspace.commit(held.accept(ME, at=NOON))

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(held.accept(YOU, at=NOON))

    assert (conflict.value.id, conflict.value.expected, conflict.value.actual) == (held.id, 1, 2)
    assert workspace.get(Case, held.id).owner == ME


def test_what_exists_is_not_created_again(workspace: Workspace) -> None:
    held = kept(workspace)
    again = Case.open(held.id, customer=held.customer, subject="Another one", at=NOON)

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(again)

    assert (conflict.value.expected, conflict.value.actual) == (0, 1)


def test_what_was_never_committed_is_not_updated(workspace: Workspace) -> None:
    ghost = attrs.evolve(case(workspace).entity, version=3)

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(ghost.accept(ME, at=NOON))

    assert (conflict.value.expected, conflict.value.actual) == (3, 0)


@pytest.mark.parametrize("stale", [0, 1, 2])
def test_a_batch_with_one_stale_row_writes_nothing_wherever_it_stands(
    workspace: Workspace, stale: int
) -> None:
    held = [kept(workspace) for _ in range(3)]
    workspace.commit(held[stale].accept(YOU, at=NOON))
    new = customer(workspace)
    before = [workspace.get(Case, h.id) for h in held]

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(new, *(h.accept(ME, at=NOON) for h in held), key="batch")

    assert conflict.value.id == held[stale].id
    assert [workspace.get(Case, h.id) for h in held] == before
    assert workspace.find(Customer).rows == ()
    assert workspace.receipt("batch") is None
    assert [len(workspace.log(Case, h.id)) for h in held] == [h.version for h in before]


@pytest.mark.parametrize("existing", [0, 1, 2])
def test_a_batch_with_one_row_that_exists_writes_nothing_wherever_it_stands(
    workspace: Workspace, existing: int
) -> None:
    new = [case(workspace) for _ in range(3)]
    workspace.commit(new[existing])

    with pytest.raises(VersionConflict):
        workspace.commit(*new)

    assert len(workspace.find(Case).rows) == 1


def test_what_a_decision_rests_on_must_still_be_as_it_was(workspace: Workspace) -> None:
    on_call = [kept(workspace), kept(workspace)]

    # Each leaves because the other stays: the classical write skew.
    first = workspace.commit(on_call[0].mark_spam(at=NOON), reads=[on_call[1]])
    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(on_call[1].mark_spam(at=NOON), reads=[on_call[0]])

    assert (conflict.value.id, conflict.value.expected, conflict.value.actual) == (on_call[0].id, 1, 2)
    assert first.versions == {on_call[0].id: 2}
    assert workspace.get(Case, on_call[1].id) == on_call[1]


def test_reading_changes_no_version(workspace: Workspace) -> None:
    held = kept(workspace)

    workspace.commit(customer(workspace), reads=[held])

    assert workspace.get(Case, held.id) == held


def test_both_adapters_name_the_same_row_when_several_are_stale(workspace: Workspace) -> None:
    changed, read = kept(workspace), kept(workspace)
    for held in (changed, read):
        workspace.commit(held.accept(YOU, at=NOON))

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(changed.accept(ME, at=NOON), reads=[read])

    assert conflict.value.id == read.id


# --- keys -----------------------------------------------------------------------------------------


def test_the_same_batch_under_the_same_key_is_written_once(workspace: Workspace) -> None:
    change = case(workspace)

    receipts = [workspace.commit(change, key="k") for _ in range(3)]

    assert receipts == [receipts[0]] * 3
    assert len(workspace.log(Case, change.entity.id)) == 1


def test_a_receipt_is_the_same_also_after_later_changes(workspace: Workspace) -> None:
    new, also = case(workspace), customer(workspace)
    receipt = workspace.commit(new, also, key="k")
    for decide in (lambda c: c.accept(ME, at=NOON), lambda c: c.cancel("no", at=NOON)):
        workspace.apply(Case, new.entity.id, decide)

    assert workspace.commit(new, also, key="k") == receipt
    assert workspace.receipt("k") == receipt
    assert workspace.get(Case, new.entity.id).version == 3


def test_a_key_is_not_used_for_another_batch(workspace: Workspace) -> None:
    workspace.commit(case(workspace), key="k")

    with pytest.raises(KeyReused) as reused:
        workspace.commit(case(workspace), key="k")

    assert reused.value.key == "k"
    assert len(workspace.find(Case).rows) == 1


def test_a_key_of_a_batch_that_failed_is_free(workspace: Workspace) -> None:
    held = kept(workspace)
    workspace.commit(held.accept(ME, at=NOON))
    with pytest.raises(VersionConflict):
        workspace.commit(held.accept(YOU, at=NOON), key="k")

    again = workspace.get(Case, held.id).assign(YOU, at=NOON)

    assert workspace.commit(again, key="k").of(again).owner == YOU


def test_an_empty_key_is_refused_and_not_taken_for_none(workspace: Workspace) -> None:
    with pytest.raises(Invalid, match="key must be printable text"):
        workspace.commit(case(workspace), key="")


def test_a_batch_may_be_empty(workspace: Workspace) -> None:
    assert workspace.commit(key="nothing").entities == ()
    assert workspace.receipt("nothing") == Receipt("nothing", ())


# --- apply ----------------------------------------------------------------------------------------


def test_apply_decides_again_when_somebody_was_faster(workspace: Workspace) -> None:
    held, asked = kept(workspace), []

    def decide(case: Case) -> Change[Case]:
        asked.append(case.version)
        if len(asked) < 3:
            another(workspace).apply(Case, case.id, lambda c: c.assign(YOU, at=NOON))
        return case.accept(ME, at=NOON)

    accepted = workspace.apply(Case, held.id, decide)

    assert asked == [1, 2, 3]
    assert (accepted.version, accepted.owner) == (4, ME)


def test_apply_gives_up_after_its_attempts(workspace: Workspace) -> None:
    held = kept(workspace)

    def always_too_late(case: Case) -> Change[Case]:
        another(workspace).apply(Case, case.id, lambda c: c.assign(YOU, at=NOON))
        return case.accept(ME, at=NOON)

    with pytest.raises(VersionConflict):
        workspace.apply(Case, held.id, always_too_late, attempts=2)

    assert workspace.get(Case, held.id).version == 3


def test_apply_passes_a_refusal_on(workspace: Workspace) -> None:
    held = kept(workspace)

    with pytest.raises(Refused):
        workspace.apply(Case, held.id, lambda case: case.resume(at=NOON))

    assert workspace.get(Case, held.id) == held


def test_a_decision_is_about_what_it_was_handed(workspace: Workspace) -> None:
    held, other = kept(workspace), kept(workspace)

    with pytest.raises(Illformed, match="it must be about the Case it was handed"):
        workspace.apply(Case, held.id, lambda case: other.accept(ME, at=NOON))


def test_a_decision_under_a_key_is_taken_once(workspace: Workspace) -> None:
    held = kept(workspace)
    once = workspace.apply(Case, held.id, lambda case: case.accept(ME, at=NOON), key="accept")
    workspace.apply(Case, held.id, lambda case: case.mark_spam(at=NOON))

    again = workspace.apply(Case, held.id, lambda case: pytest.fail("decided twice"), key="accept")

    assert again == once
    assert workspace.get(Case, held.id).state is CaseState.SPAM


def test_a_key_of_another_entity_does_not_answer_for_this_one(workspace: Workspace) -> None:
    held, other = kept(workspace), kept(workspace)
    workspace.apply(Case, other.id, lambda case: case.accept(ME, at=NOON), key="accept")

    with pytest.raises(KeyReused):
        workspace.apply(Case, held.id, lambda case: case.accept(ME, at=NOON), key="accept")


@attrs.define
class Flaky:
    """A repository whose acknowledgements get lost: before or after it was written."""

    inner: Any
    plan: list[str]
    keys: list[str] = attrs.field(factory=list)
    level: Level = Level.LOGGED

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(self.level)

    def fetch(self, refs: Sequence[Any]) -> Sequence[Any]:
        return self.inner.fetch(refs)  # type: ignore[no-any-return]

    def find(self, tenant: str, entity: Any, where: Query[Any], *, order: Any, limit: int) -> Any:
        return self.inner.find(tenant, entity, where, order=order, limit=limit)

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        return self.inner.receipt(tenant, key)  # type: ignore[no-any-return]

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        self.keys.append(batch.key)
        fate = self.plan.pop(0) if self.plan else "works"
        if fate == "lost before":
            raise CommitUnknown(batch.key)
        receipt = self.inner.commit(tenant, batch)
        if fate == "lost after":
            raise CommitUnknown(batch.key)
        return receipt  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "plan", [["lost before"], ["lost after"], ["lost before", "lost after", "lost after"]]
)
def test_apply_sends_a_batch_of_unknown_outcome_again_under_its_key(
    workspace: Workspace, plan: list[str]
) -> None:
    held, flaky = kept(workspace), Flaky(workspace.repository, [*plan])

    accepted = attrs.evolve(workspace, repository=flaky).apply(
        Case, held.id, lambda case: case.accept(ME, at=NOON)
    )

    assert accepted.version == 2
    assert len(flaky.keys) == len(plan) + 1
    assert len(set(flaky.keys)) == 1


def test_an_outcome_that_stays_unknown_is_told_with_its_key_and_can_be_asked_for_later(
    workspace: Workspace,
) -> None:
    held, flaky = kept(workspace), Flaky(workspace.repository, ["lost after"] * 9)

    with pytest.raises(CommitUnknown) as unknown:
        attrs.evolve(workspace, repository=flaky).apply(
            Case, held.id, lambda case: case.accept(ME, at=NOON), key="accept", attempts=3
        )

    assert (unknown.value.key, unknown.value.retry) == ("accept", "same_key")
    assert len(flaky.keys) == 3
    assert workspace.apply(Case, held.id, lambda case: case.mark_spam(at=NOON), key="accept").owner == ME


# --- find -----------------------------------------------------------------------------------------


def test_a_question_is_answered_in_the_order_of_ids_a_page_at_a_time(workspace: Workspace) -> None:
    workspace.commit(*(case(workspace) for _ in range(7)))

    seen, after = [], None
    while True:
        page = workspace.find(Case, after=after, limit=3)
        seen += [row.id for row in page.rows]
        if (after := page.after) is None:
            break

    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 7


def test_a_page_that_is_just_full_is_the_last(workspace: Workspace) -> None:
    workspace.commit(*(case(workspace) for _ in range(3)))

    assert workspace.find(Case, limit=3).after is None


def test_what_is_inserted_on_the_way_neither_repeats_nor_hides_what_was_there(workspace: Workspace) -> None:
    ids = [CustomerId(f"customer_{n:032x}") for n in range(0, 60, 3)]
    workspace.commit(*(Customer.create(id, name="Ada", at=NOON) for id in ids))

    seen, after = [], None
    while True:
        page = workspace.find(Customer, after=after, limit=4)
        seen += [row.id for row in page.rows]
        behind, ahead = int(seen[-1][9:], 16) - 1, int(seen[-1][9:], 16) + 1
        new = [CustomerId(f"customer_{n:032x}") for n in (behind, ahead)]
        workspace.commit(*(Customer.create(id, name="Bob", at=NOON) for id in new))
        if (after := page.after) is None:
            break

    assert len(seen) == len(set(seen))
    assert set(ids) <= set(seen)


def test_each_walks_over_all_pages(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relcore.storage.workspace.LARGEST_PAGE", 4)
    workspace.commit(*(case(workspace) for _ in range(10)))

    assert len({row.id for row in workspace.each(Case)}) == 10


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_is_bounded(workspace: Workspace, limit: int) -> None:
    with pytest.raises(Invalid, match="limit must be between 1 and 1000"):
        workspace.find(Case, limit=limit)


def test_a_question_about_a_field_that_is_not_there_is_refused(workspace: Workspace) -> None:
    from relcore.kernel.query import Missing

    for unknown in ("subject", "nope"):
        with pytest.raises(Invalid, match="must be one of"):
            workspace.find(Case, Query(Missing(unknown)))


def test_a_question_may_be_asked_about_a_thousand_of_things(workspace: Workspace) -> None:
    held = kept(workspace)
    many = [CustomerId(f"customer_{n:032x}") for n in range(30_000, 0, -1)]
    assert held.customer in many

    found = workspace.find(Case, CaseFields.customer.one_of(*many))

    assert [row.id for row in found.rows] == [held.id]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("", ["100", "100%", "1000", "100_", "A", "a", "É", "é"]),
        ("100", ["100", "100%", "1000", "100_"]),
        ("100%", ["100%"]),
        ("100_", ["100_"]),
        ("%", []),
        ("a", ["a"]),
        ("A", ["A"]),
        ("é", ["é"]),
    ],
)
def test_a_prefix_has_no_wildcards_and_its_case_counts(
    workspace: Workspace, prefix: str, found: list[str]
) -> None:
    for cause in ("100", "100%", "1000", "100_", "A", "a", "É", "é"):
        answered = (
            case(workspace)
            .then(lambda held: held.accept(ME, at=NOON))
            .then(lambda held, cause=cause: held.resolve("r", cause=cause, at=NOON, children=OpenChildren(0)))
        )
        workspace.commit(answered)

    rows = workspace.find(Case, CaseFields.cause.starts_with(prefix)).rows

    assert sorted(row.cause or "" for row in rows) == found


# --- order and cursors ------------------------------------------------------------------------------


def opened_cases(workspace: Workspace) -> list[Case]:
    """Nine cases, several alike by every key, a third of them without a resolution."""
    changes = []
    for n in range(9):
        new = case(workspace).then(lambda held: held.accept(ME, at=NOON))
        if n % 3:
            resolved_at = NOON + timedelta(hours=n % 2)
            new = new.then(
                lambda held, n=n, at=resolved_at: held.resolve(
                    f"r{n % 2}", cause="c", at=at, children=OpenChildren(0)
                )
            )
        changes.append(new)
    return [cast("Case", row) for row in workspace.commit(*changes).entities]


ORDERS: list[tuple[tuple[Any, ...], Callable[[Case], Any]]] = [
    ((CaseFields.resolved_at.ascending(),), lambda c: (c.resolved_at is None, c.resolved_at or NOON, c.id)),
    (
        (CaseFields.resolved_at.descending(),),
        lambda c: (c.resolved_at is None, -microseconds(c.resolved_at or NOON), c.id),
    ),
    (
        (CaseFields.resolution.descending(), CaseFields.resolved_at.ascending()),
        lambda c: (
            c.resolution is None,
            -int((c.resolution or "r0")[1]),
            c.resolved_at is None,
            c.resolved_at or NOON,
            c.id,
        ),
    ),
    ((CaseFields.reopened.ascending(),), lambda c: c.id),
]


@pytest.mark.parametrize(("order", "key"), ORDERS)
@pytest.mark.parametrize("limit", [1, 2, 4, 9])
def test_pages_in_an_order_are_the_whole_in_that_order(
    workspace: Workspace, order: Any, key: Callable[[Case], Any], limit: int
) -> None:
    rows = opened_cases(workspace)

    seen, after = list[Case](), None
    while True:
        page = workspace.find(Case, order=order, after=after, limit=limit)
        seen += page.rows
        if (after := page.after) is None:
            break

    assert seen == sorted(rows, key=key)


def test_a_cursor_answers_its_own_question_only(workspace: Workspace) -> None:
    opened_cases(workspace)
    by = CaseFields.resolved_at.ascending()
    after = workspace.find(Case, order=by, limit=2).after
    other = another(workspace, tenant="globex")

    for ask in (
        lambda: workspace.find(Case, limit=2, after=after),
        lambda: workspace.find(Case, order=CaseFields.resolved_at.descending(), limit=2, after=after),
        lambda: workspace.find(Case, CaseFields.owner.is_(ME), order=by, limit=2, after=after),
        lambda: other.find(Case, order=by, limit=2, after=after),
    ):
        with pytest.raises(Invalid, match="after must be the cursor of this very question"):
            ask()
    assert len(another(workspace).find(Case, order=by, limit=9, after=after).rows) == 7


@pytest.mark.parametrize(
    "after", ["", "x", "e30=", "WzEsMiwzXQ==", "WyIxIiwiMiIsIjMiXQ==", "W1tbW1tb", "case_1", "\ud800", 5]
)
def test_a_cursor_of_nobody_is_refused(workspace: Workspace, after: Any) -> None:
    with pytest.raises(Invalid, match="after must be the cursor of an earlier page"):
        workspace.find(Case, after=after)


@pytest.mark.parametrize(
    "order",
    [CaseFields.state, "opened_at", [Key("owner")], [Key("nope")], [CaseFields.opened_at.ascending()] * 2],
)
def test_an_order_that_is_none_is_refused(workspace: Workspace, order: Any) -> None:
    with pytest.raises(Invalid, match=r"order|field must be one of"):
        workspace.find(Case, order=order)


# --- what only one may have -----------------------------------------------------------------------


def offer(workspace: Workspace, number: str) -> Change[Quote]:
    return Quote.draft(
        workspace.new(QuoteId),
        opportunity=workspace.new(OpportunityId),
        number=number,
        currency="EUR",
        at=NOON,
    )


def test_what_only_one_may_have_is_not_given_to_a_second(workspace: Workspace) -> None:
    first, second = offer(workspace, "Q-1"), offer(workspace, "Q-1")
    workspace.commit(first)

    with pytest.raises(UniqueConflict) as refused:
        workspace.commit(offer(workspace, "Q-2"), second)
    with pytest.raises(UniqueConflict):
        workspace.commit(offer(workspace, "Q-3"), offer(workspace, "Q-3"))

    assert (refused.value.id, refused.value.fields) == (second.entity.id, ("number", "revision"))
    assert [quote.number for quote in workspace.find(Quote)] == ["Q-1"]
    another(workspace, tenant="globex").commit(offer(workspace, "Q-1"))


def test_what_a_removed_one_had_is_free_again(workspace: Workspace) -> None:
    first = offer(workspace, "Q-1")
    held = workspace.commit(first).of(first)

    workspace.commit(removal(held, at=NOON), offer(workspace, "Q-1"))
    with pytest.raises(UniqueConflict):
        workspace.commit(offer(workspace, "Q-1"))

    assert len(workspace.find(Quote)) == 1


# --- removal --------------------------------------------------------------------------------------


def test_what_was_removed_is_found_no_more_and_never_comes_back(workspace: Workspace) -> None:
    held = kept(workspace)

    gone = removal(held, at=NOON, by=ME)
    receipt = workspace.commit(gone, key="gone")

    assert receipt == workspace.receipt("gone") == workspace.commit(gone, key="gone")
    assert (receipt.removed, receipt.entities) == ((held.id,), ())
    with pytest.raises(NotFound):
        workspace.get(Case, held.id)
    assert workspace.find(Case).rows == ()
    assert list(workspace.scan(Case, CaseFields.state)) == []
    same = Case.open(held.id, customer=held.customer, subject="Again", at=NOON)
    for change in (same, held.mark_spam(at=NOON), removal(held, at=NOON)):
        with pytest.raises(Gone) as refused:
            workspace.commit(change)
        assert (refused.value.id, refused.value.version) == (held.id, 2)
    with pytest.raises(Gone):
        workspace.commit(customer(workspace), reads=[held])


def test_the_log_of_what_was_removed_still_tells_it(workspace: Workspace) -> None:
    held = kept(workspace)
    workspace.commit(held.mark_spam(at=NOON), key="spam")

    workspace.apply(Case, held.id, lambda case: removal(case, at=NOON, by=ME))

    log = workspace.log(Case, held.id)
    assert [(entry.event.move, entry.event.source, entry.event.to) for entry in log][1:] == [
        ("mark_spam", "new", "spam"),
        ("remove", "spam", ""),
    ]
    assert replay(Case, log[:2]).state is CaseState.SPAM
    with pytest.raises(Gone):
        replay(Case, log)
    spam = workspace.receipt("spam")
    assert spam is not None
    assert spam.entities == (replay(Case, log[:2]),)


def test_what_was_never_kept_cannot_be_removed(workspace: Workspace) -> None:
    with pytest.raises(Illformed, match="removed before it was ever kept"):
        workspace.commit(case(workspace).then(lambda new: removal(new, at=NOON)))


# --- the log as an outbox -------------------------------------------------------------------------


def test_the_outbox_tells_every_line_in_the_order_of_commits(workspace: Workspace) -> None:
    first, other = kept(workspace), another(workspace, tenant="globex")
    kept(other)
    second = workspace.apply(
        Case, first.id, lambda c: c.accept(ME, at=NOON).then(lambda c: c.respond(at=NOON))
    )
    workspace.commit(removal(second, at=NOON), customer(workspace))

    told, after = list[Entry](), None
    while len(delivery := workspace.drain(after=after, limit=2).entries):
        told += delivery
        after = workspace.drain(after=after, limit=2).after

    moves = [entry.event.move for entry in told]
    assert moves[:3] == ["open", "accept", "respond"]
    assert sorted(moves[3:]) == ["create", "remove"]
    assert [entry for entry in told if entry.id == first.id] == workspace.log(Case, first.id)
    assert workspace.drain(after=after).after == after


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5"])
def test_a_cursor_of_no_delivery_is_refused(workspace: Workspace, after: str) -> None:
    with pytest.raises(Invalid, match="after must be the cursor of an earlier delivery"):
        workspace.drain(after=after)


def test_a_scan_of_the_log_tells_the_moves_of_each_entity_in_turn(workspace: Workspace) -> None:
    first, second = kept(workspace), kept(workspace)
    workspace.commit(customer(workspace))
    for held in (second, first):
        workspace.apply(Case, held.id, lambda c: c.accept(ME, at=NOON).then(lambda c: c.respond(at=NOON)))
    workspace.apply(Case, first.id, lambda c: removal(c, at=NOON))

    chunks = list(workspace.scan_log(Case, chunk=3))

    assert [len(chunk["id"]) for chunk in chunks] == [3, 3, 1]
    lines = [line for chunk in chunks for line in zip(*chunk.values(), strict=True)]
    at = microseconds(NOON)
    expected = [
        (e.id, e.version, e.index, "case@1", e.event.move, e.event.source, e.event.to, at, str(e.event.by) if e.event.by else None, microseconds(e.recorded_at))
        for held in sorted((first, second), key=lambda held: held.id)
        for e in workspace.log(Case, held.id)
    ]  # fmt: skip
    assert lines == expected
    assert list(chunks[0]) == [name for name, _ in LOG_COLUMNS]


# --- tenants --------------------------------------------------------------------------------------


def test_tenants_do_not_see_each_other(workspace: Workspace) -> None:
    other = another(workspace, tenant="globex")
    change = case(workspace)
    workspace.commit(change, key="k")
    id = change.entity.id

    assert other.find(Case).rows == ()
    assert list(other.scan(Case, CaseFields.state)) == []
    assert other.log(Case, id) == []
    assert other.receipt("k") is None
    with pytest.raises(NotFound):
        other.get(Case, id)


def test_two_tenants_may_use_one_id_and_one_key(workspace: Workspace) -> None:
    other = another(workspace, tenant="globex")
    ours, theirs = case(workspace), customer(workspace)
    workspace.commit(ours, key="k")

    copy = Case.open(ours.entity.id, customer=theirs.entity.id, subject="Theirs", at=NOON)
    other.commit(copy, theirs, key="k")
    other.apply(Case, ours.entity.id, lambda held: held.mark_spam(at=NOON))

    assert workspace.get(Case, ours.entity.id).subject == "Cannot log in"
    assert (workspace.get(Case, ours.entity.id).version, other.get(Case, ours.entity.id).version) == (1, 2)
    assert workspace.find(Customer).rows == ()


@pytest.mark.parametrize("tenant", ["", "a\nb", "a\x00b", "t" * 201, None, 5])
def test_a_tenant_is_printable_text(tenant: Any) -> None:
    with pytest.raises(Invalid, match="tenant must be printable text"):
        Workspace(in_memory(), tenant=tenant)


# --- scan -----------------------------------------------------------------------------------------


def test_a_scan_tells_what_the_entities_tell_in_chunks(workspace: Workspace) -> None:
    placed = [
        Order.place(workspace.new(OrderId), customer=workspace.new(CustomerId), amount=Money(n, "EUR"), at=NOON + timedelta(days=n))
        for n in range(7)
    ]  # fmt: skip
    workspace.commit(*placed)
    workspace.apply(Order, placed[2].entity.id, lambda order: order.pay(at=NOON))

    chunks = list(
        workspace.scan(
            Order,
            OrderFields.customer,
            OrderFields.amount,
            OrderFields.placed_at,
            OrderFields.paid_at,
            chunk=3,
        )
    )

    assert [len(chunk["customer"]) for chunk in chunks] == [3, 3, 1]
    rows = [row for chunk in chunks for row in zip(*chunk.values(), strict=True)]
    assert list(chunks[0]) == ["customer", "amount_minor", "amount_currency", "placed_at", "paid_at"]
    assert rows == [
        (o.customer, o.amount.minor, o.amount.currency, microseconds(o.placed_at), None if o.paid_at is None else microseconds(o.paid_at))
        for o in workspace.each(Order)
    ]  # fmt: skip


def test_a_scan_builds_no_entity(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.commit(customer(workspace), customer(workspace, "Bob"))

    monkeypatch.setattr(Customer, "__init__", lambda *_, **__: pytest.fail("an entity was built"))

    (chunk,) = workspace.scan(Customer, CustomerFields.state)
    assert list(chunk["state"]) == ["active", "active"]


def test_a_scan_asks_a_question(workspace: Workspace) -> None:
    workspace.commit(case(workspace))
    spam = case(workspace).then(lambda held: held.mark_spam(at=NOON))
    workspace.commit(spam)

    chunks = list(
        workspace.scan(
            Case, CaseFields.state, CaseFields.customer, where=CaseFields.state.is_(CaseState.SPAM)
        )
    )

    assert [list(chunk["customer"]) for chunk in chunks] == [[spam.entity.customer]]


def test_a_scan_sees_one_snapshot(workspace: Workspace) -> None:
    workspace.commit(*(case(workspace) for _ in range(4)))

    reading = iter(workspace.scan(Case, CaseFields.state, chunk=2))
    first = next(reading)
    for held in workspace.find(Case).rows:
        workspace.commit(held.mark_spam(at=NOON))
    workspace.commit(case(workspace))

    assert [*first["state"], *(state for chunk in reading for state in chunk["state"])] == ["new"] * 4


def test_a_scan_of_nothing_has_no_chunk(workspace: Workspace) -> None:
    assert list(workspace.scan(Case, CaseFields.state)) == []


@pytest.mark.parametrize(
    "scan",
    [
        lambda workspace: workspace.scan(Case),
        lambda workspace: workspace.scan(Case, CaseFields.state, chunk=0),
        lambda workspace: workspace.scan(Case, OrderFields.amount),
    ],
)
def test_a_scan_that_makes_no_sense_is_refused_at_once(
    workspace: Workspace, scan: Callable[[Workspace], Any]
) -> None:
    with pytest.raises(Invalid):
        scan(workspace)


# --- what an adapter does not offer ---------------------------------------------------------------


class Bare:
    """An adapter of the lowest level over the reference: no keys, no scan, no log."""

    def __init__(self) -> None:
        self._inner = in_memory()
        self.capabilities = Capabilities(Level.VERSIONED)
        self.fetch, self.find, self.commit = self._inner.fetch, self._inner.find, self._inner.commit


def test_what_an_adapter_does_not_offer_is_refused_by_name() -> None:
    workspace = Workspace(Bare(), tenant="acme", clock=FixedClock(NOON), ids=CountingIds())
    held = kept(workspace)

    assert workspace.apply(Case, held.id, lambda case: case.accept(ME, at=NOON)).version == 2
    for ask in (
        lambda: workspace.log(Case, held.id),
        lambda: workspace.receipt("k"),
        lambda: workspace.scan(Case, CaseFields.state),
        lambda: workspace.scan_log(Case),
        lambda: workspace.drain(),
        lambda: workspace.shred(held.customer),
        lambda: workspace.commit(case(workspace), key="k"),
        lambda: workspace.commit(removal(held, at=NOON)),
        lambda: workspace.apply(Case, held.id, lambda c: c.respond(at=NOON), key="k"),
    ):
        with pytest.raises(Unsupported, match="Bare does not offer"):
            ask()
    assert workspace.get(Case, held.id).version == 2


def test_without_a_memory_of_keys_an_unknown_outcome_is_not_sent_again() -> None:
    bare = Workspace(Bare(), tenant="acme", clock=FixedClock(NOON), ids=CountingIds())
    held, flaky = kept(bare), Flaky(bare.repository, ["lost after"], level=Level.VERSIONED)

    with pytest.raises(CommitUnknown):
        attrs.evolve(bare, repository=flaky).apply(Case, held.id, lambda case: case.accept(ME, at=NOON))

    assert len(flaky.keys) == 1
    assert bare.get(Case, held.id).version == 2


def test_the_first_program_of_a_newcomer(workspace: Workspace) -> None:
    ada = customer(workspace)
    new = Case.open(workspace.new(CaseId), customer=ada.entity.id, subject="Cannot log in", at=NOON, by=ME)
    receipt = workspace.commit(ada, new)

    accepted = workspace.apply(Case, receipt.of(new).id, lambda held: held.accept(owner=ME, at=NOON))
    mine = workspace.find(Case, CaseFields.state.is_(CaseState.OPEN) & CaseFields.owner.is_(ME), limit=50)

    assert mine.rows == (accepted,)
    done = workspace.apply(
        Case,
        new.entity.id,
        lambda c: c.resolve("reset", cause="unknown", at=NOON, by=ME, children=OpenChildren(0)),
    )
    assert done.state is CaseState.RESOLVED


def test_a_page_is_walked_and_counted_like_its_rows(workspace: Workspace) -> None:
    workspace.commit(customer(workspace), customer(workspace, "Charles Babbage"))

    page = workspace.find(Customer)

    assert (len(page), tuple(page)) == (2, page.rows)


def test_what_is_no_query_is_not_taken_for_all_of_them(workspace: Workspace) -> None:
    workspace.commit(customer(workspace))

    with pytest.raises(Invalid, match="where must be a query, got 'bool'"):
        workspace.find(Customer, False)  # type: ignore[arg-type]
