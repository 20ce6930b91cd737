"""The host's own tables: what the adapter keeps comes back, and the host's own code can use it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore import Actor, Case, Customer, Invalid, Money, NotFound, Opportunity, VersionConflict, Workspace
from relcore.customers import CustomerFields, CustomerKind
from relcore.ids import CaseId, CustomerId, OpportunityId
from relcore.kernel.change import Change, removal
from relcore.kernel.errors import (
    Busy,
    CommitUnknown,
    Corrupt,
    Deadlocked,
    Disconnected,
    UniqueConflict,
    Unsupported,
)
from relcore.kernel.query import All, AnyOf, Compare, Not, Query, predicate
from relcore.kernel.repository import Batch
from relcore.kernel.words import Count, Instant, Text, words
from relcore.sales import Order, Pipeline
from relcore.service import CaseFields, CaseState, Priority
from relcore.storage import in_memory
from relcore.testing import FixedClock
from relcore.testing.clause import Clause, clauses
from relcore.testing.conformance import Outcome, check
from tests.postgres_server import Server, servers
from tests.queries import trees
from tests.strategies import NOON, born, cases, customers, paid
from tests.walks import WALKS, chains

ROOT = Path(__file__).parents[2]
ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")
PIPELINE = Pipeline.of("new business", {"qualify": 0.1, "propose": 0.5})
THREADS = 4


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The application, set up once: Django has one set of settings for a process."""
    sys.path.insert(0, str(ROOT / "examples"))
    os.environ.setdefault("HOST_DATABASE", str(tmp_path_factory.mktemp("host") / "host.db"))
    from django.db import connections
    from django_host import conformance

    yield conformance.candidate()
    connections.close_all()
    sys.path.remove(str(ROOT / "examples"))


@pytest.fixture
def workspace(host: Any) -> Workspace:
    return fresh(host)


def fresh(host: Any) -> Workspace:
    return Workspace(host.open(), tenant=host.tenant(), clock=FixedClock(NOON), ids=host.ids)


def another(workspace: Workspace, host: Any) -> Workspace:
    return attrs.evolve(workspace, tenant=host.tenant())


def kept_customer(workspace: Workspace, name: str = "Ada Byron") -> Customer:
    new = Customer.create(workspace.new(CustomerId), name=name, at=NOON, owner=ME)
    return workspace.commit(new).of(new)


def kept_case(workspace: Workspace, customer: CustomerId | None = None) -> Case:
    whose = customer or kept_customer(workspace).id
    new = Case.open(workspace.new(CaseId), customer=whose, subject="Cannot log in", at=NOON)
    return workspace.commit(new).of(new)


def kept_opportunity(workspace: Workspace, customer: CustomerId) -> Opportunity:
    new = Opportunity.open(
        workspace.new(OpportunityId),
        customer=customer,
        name="Forty seats",
        pipeline=PIPELINE,
        amount=Money("1200.00", "EUR"),
        at=NOON,
    )
    return workspace.commit(new).of(new)


# --- what is kept comes back ----------------------------------------------------------------------


opportunities = chains(Opportunity, 3).map(lambda changes: changes[-1].entity) | st.builds(
    lambda amount: attrs.evolve(WALKS[Opportunity].example, amount=amount, history=()), paid
)


def housed(workspace: Workspace, entity: Any, customer: CustomerId) -> Any:
    """The same entity, under an id of the host's and of a customer who is there."""
    id = workspace.new(type(entity).id_type)
    whose = {} if getattr(entity, "customer", None) is None else {"customer": customer}
    return attrs.evolve(entity, id=id, version=0, **whose)


@settings(max_examples=20)
@given(entity=customers | cases | opportunities)
def test_whatever_an_entity_can_be_is_kept_and_comes_back(host: Any, entity: Any) -> None:
    workspace = fresh(host)
    entity = housed(workspace, entity, kept_customer(workspace).id)

    receipt = workspace.commit(born(entity))

    stored = attrs.evolve(entity, version=1)
    assert workspace.get(type(entity), entity.id) == stored
    assert stored in workspace.find(type(entity)).rows
    assert receipt.entities == (stored,)


@settings(max_examples=10)
@given(data=st.data())
def test_any_walk_through_its_commands_is_kept(host: Any, data: st.DataObject) -> None:
    workspace, entity = fresh(host), data.draw(st.sampled_from([Customer, Case, Opportunity]))
    held, customer = None, kept_customer(workspace).id

    for change in data.draw(chains(entity)):
        id = workspace.new(entity.id_type) if held is None else held.id
        whose = {} if getattr(change.entity, "customer", None) is None else {"customer": customer}
        after = attrs.evolve(change.entity, id=id, version=0 if held is None else held.version, **whose)
        held = workspace.commit(Change(held, after, change.events)).entities[0]

        assert workspace.get(entity, id) == held


# --- questions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows", [customers, cases, opportunities], ids=["customers", "cases", "opportunities"]
)
@settings(max_examples=10)
@given(data=st.data())
def test_a_question_means_what_it_means_in_memory(host: Any, rows: Any, data: st.DataObject) -> None:
    workspace = fresh(host)
    customer = kept_customer(workspace).id
    drawn = data.draw(st.lists(rows, min_size=1, max_size=5))
    kept = workspace.commit(*[born(housed(workspace, row, customer)) for row in drawn]).entities
    entity: type[Any] = type(drawn[0])
    about_ids = st.sampled_from([row.id for row in kept]).map(lambda own: Compare("id", "is", own))
    links = [Compare(name, "is", customer) for name in ("customer",) if name in words(entity)]
    leaves = st.one_of(trees(entity), about_ids, *map(st.just, links))
    tree = data.draw(leaves | st.builds(lambda *two: AnyOf(two), leaves, leaves.map(Not)))

    found = workspace.find(entity, Query(tree)).rows

    asked = predicate(tree)
    everybody = [*kept, workspace.get(Customer, customer)] if entity is Customer else kept
    assert list(found) == sorted((row for row in everybody if asked(row)), key=lambda row: row.id)


@pytest.mark.parametrize("entity", [Customer, Case, Opportunity])
def test_everything_and_nothing_can_be_asked_for(host: Any, workspace: Workspace, entity: type[Any]) -> None:
    customer = kept_customer(workspace)
    kept_case(workspace, customer.id)
    kept_opportunity(workspace, customer.id)

    counts = [len(workspace.find(entity, Query(tree))) for tree in (All(), Not(All()), AnyOf(), Not(AnyOf()))]

    assert counts == [1, 0, 0, 1]


def test_an_id_that_is_none_of_the_hosts_is_nobodys(workspace: Workspace) -> None:
    case, stranger = kept_case(workspace), CustomerId.imported("shop", "ada")

    assert workspace.find(Case, CaseFields.customer.is_(stranger)).rows == ()
    assert workspace.find(Case, ~CaseFields.customer.is_(stranger)).rows == (case,)
    assert workspace.repository.fetch([Customer.ref(stranger, tenant=workspace.tenant)]) == [None]


def test_a_chain_of_hundreds_can_be_asked(workspace: Workspace) -> None:
    case, chain = kept_case(workspace), CaseFields.cause.missing()
    for _ in range(400):
        chain |= CaseFields.customer.missing()

    assert workspace.find(Case, chain & ~~chain).rows == (case,)


@pytest.mark.parametrize(
    "rows", [customers, cases, opportunities], ids=["customers", "cases", "opportunities"]
)
@settings(max_examples=10)
@given(data=st.data())
def test_pages_tell_each_row_once_in_every_order(host: Any, rows: Any, data: st.DataObject) -> None:
    workspace = fresh(host)
    memory = attrs.evolve(workspace, repository=in_memory())
    ada = Customer.create(workspace.new(CustomerId), name="Ada Byron", at=NOON)
    drawn = data.draw(st.lists(rows, min_size=1, max_size=7))
    batch = [ada, *[born(housed(workspace, row, ada.entity.id)) for row in drawn]]
    for home in (workspace, memory):
        home.commit(*batch)
    entity: type[Any] = type(drawn[0])
    fields = [field for field in words(entity).values() if isinstance(field, Text | Count | Instant)]
    ways = st.sampled_from([way for f in fields for way in (f.ascending(), f.descending())])
    keys = data.draw(st.lists(ways, max_size=2, unique_by=lambda key: key.field))

    told, after, asked = list[Any](), None, True
    while asked:
        page = workspace.find(entity, order=keys, after=after, limit=2)
        told, after, asked = [*told, *page.rows], page.after, page.after is not None

    assert tuple(told) == memory.find(entity, order=keys).rows


# --- conflicts ------------------------------------------------------------------------------------


def test_who_was_slower_is_told_both_versions_and_changes_nothing(workspace: Workspace) -> None:
    held = kept_case(workspace)
    accepted = workspace.apply(Case, held.id, lambda case: case.accept(ME, at=NOON))
    new = Customer.create(workspace.new(CustomerId), name="Bob", at=NOON)

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(new, held.accept(YOU, at=NOON))

    assert (conflict.value.id, conflict.value.expected, conflict.value.actual) == (held.id, 1, 2)
    assert workspace.get(Case, held.id) == accepted
    assert len(workspace.find(Customer)) == 1


def test_what_is_there_is_not_created_again(workspace: Workspace) -> None:
    held = kept_customer(workspace)

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(Customer.create(held.id, name="Bob", at=NOON))

    assert (conflict.value.expected, conflict.value.actual) == (0, 1)


def test_what_was_never_committed_is_not_changed(workspace: Workspace) -> None:
    ghost = attrs.evolve(kept_case(workspace), id=workspace.new(CaseId), version=3)

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(ghost.accept(ME, at=NOON))

    assert (conflict.value.expected, conflict.value.actual) == (3, 0)


def test_what_a_decision_rests_on_must_still_be_as_it_was(workspace: Workspace) -> None:
    here, there = kept_case(workspace), kept_case(workspace)
    workspace.commit(here.mark_spam(at=NOON), reads=[there])

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(there.mark_spam(at=NOON), reads=[here])

    assert (conflict.value.id, conflict.value.expected, conflict.value.actual) == (here.id, 1, 2)
    assert workspace.get(Case, there.id) == there


def test_one_integer_is_one_row_also_when_another_organisation_has_it(
    host: Any, workspace: Workspace
) -> None:
    held, elsewhere = kept_customer(workspace), another(workspace, host)

    with pytest.raises(UniqueConflict) as conflict:
        elsewhere.commit(Customer.create(held.id, name="Bob", at=NOON))

    assert (conflict.value.id, conflict.value.fields) == (held.id, ("id",))
    assert workspace.get(Customer, held.id) == held


@pytest.mark.parametrize("whose", ["nobody's", "another organisation's"])
def test_a_case_is_of_a_client_of_this_organisation(host: Any, workspace: Workspace, whose: str) -> None:
    other = another(workspace, host)
    customer = workspace.new(CustomerId) if whose == "nobody's" else kept_customer(other).id
    new = Case.open(workspace.new(CaseId), customer=customer, subject="Cannot log in", at=NOON)

    with pytest.raises(NotFound) as missing:
        workspace.commit(new)

    assert missing.value.id == customer
    assert workspace.find(Case).rows == ()


def test_one_batch_may_hold_the_client_and_the_case(workspace: Workspace) -> None:
    ada = Customer.create(workspace.new(CustomerId), name="Ada", at=NOON)
    case = Case.open(workspace.new(CaseId), customer=ada.entity.id, subject="Cannot log in", at=NOON)

    workspace.commit(case, ada)

    assert workspace.get(Case, case.entity.id).customer == ada.entity.id


def test_an_organisation_sees_nothing_of_another(host: Any, workspace: Workspace) -> None:
    held, elsewhere = kept_case(workspace), another(workspace, host)

    with pytest.raises(NotFound):
        elsewhere.get(Case, held.id)
    with pytest.raises(VersionConflict) as conflict:
        elsewhere.commit(held.accept(ME, at=NOON))

    assert conflict.value.actual == 0
    assert elsewhere.find(Case).rows == ()


def test_who_is_no_tenant_has_nothing_and_keeps_nothing(workspace: Workspace) -> None:
    nobody = attrs.evolve(workspace, tenant="nobody")

    assert nobody.find(Customer).rows == ()
    with pytest.raises(Invalid, match="must be the slug of an organisation, got 'nobody'"):
        kept_customer(nobody)


def test_an_id_of_another_making_is_refused(workspace: Workspace) -> None:
    foreign, case_id = CustomerId.imported("shop", "ada"), workspace.new(CaseId)

    with pytest.raises(Invalid, match="must hold an integer"):
        workspace.commit(Customer.create(foreign, name="Ada", at=NOON))
    with pytest.raises(Invalid, match="must hold an integer"):
        workspace.commit(Case.open(case_id, customer=foreign, subject="Cannot log in", at=NOON))

    assert workspace.find(Customer).rows == workspace.find(Case).rows == ()


def test_what_it_does_not_keep_is_refused_by_name(workspace: Workspace) -> None:
    held = kept_customer(workspace)

    with pytest.raises(Unsupported, match="does not offer a Order"):
        workspace.find(Order)
    with pytest.raises(Unsupported, match="removal"):
        workspace.commit(removal(held, at=NOON))
    batch = Batch((removal(held, at=NOON),), (), "k", NOON)
    with pytest.raises(Unsupported, match="removal: remove the row in the host"):
        workspace.repository.commit(workspace.tenant, batch)


# --- many at once ---------------------------------------------------------------------------------


def in_threads(work: Any) -> list[Any]:
    """What each of several threads tells; Django keeps a connection for each, to be closed when the thread is done."""
    from django.db import connections

    start = Barrier(THREADS)

    def one(thread: int) -> Any:
        start.wait()
        try:
            return work(thread)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_no_update_is_lost_however_threads_meet(workspace: Workspace) -> None:
    held = kept_case(workspace)

    def assign(thread: int) -> None:
        for time in range(10):
            assigned = partial(Case.assign, owner=Actor("person", f"{thread}-{time}"), at=NOON)
            workspace.apply(Case, held.id, assigned, attempts=1000)

    in_threads(assign)

    assert workspace.get(Case, held.id).version == 1 + THREADS * 10


def test_of_many_who_create_the_same_one_does(workspace: Workspace) -> None:
    id = workspace.new(CustomerId)

    def create(thread: int) -> bool:
        try:
            workspace.commit(Customer.create(id, name=f"Ada {thread}", at=NOON))
        except VersionConflict:
            return False
        return True

    assert sum(in_threads(create)) == 1


def test_of_many_who_each_rest_on_the_others_one_leaves(workspace: Workspace) -> None:
    on_call = [kept_case(workspace) for _ in range(THREADS)]

    def leave(thread: int) -> bool:
        others = [case for case in on_call if case is not on_call[thread]]
        try:
            workspace.commit(on_call[thread].mark_spam(at=NOON), reads=others)
        except VersionConflict:
            return False
        return True

    assert sum(in_threads(leave)) == 1


def test_no_integer_is_drawn_twice_by_us_or_by_the_host(workspace: Workspace) -> None:
    from django_host.models import Client, Organisation

    home = Organisation.objects.get(slug=workspace.tenant)

    def draw(_: int) -> list[int]:
        ours = [workspace.new(CustomerId).integer for _ in range(5)]
        theirs = [Client.objects.create(organisation=home, full_name="Bob").pk for _ in range(5)]
        return ours + theirs

    drawn = [integer for some in in_threads(draw) for integer in some]

    assert len(set(drawn)) == len(drawn)


# --- the host's own code --------------------------------------------------------------------------


def test_the_host_asks_its_own_columns_as_it_always_did(workspace: Workspace) -> None:
    from django_host.models import Deal, Ticket

    ada = kept_customer(workspace)
    case, sale = kept_case(workspace, ada.id), kept_opportunity(workspace, ada.id)
    workspace.commit(
        case.accept(ME, at=NOON).then(lambda c: c.prioritise(Priority.URGENT, at=NOON)),
        sale.advance("propose", pipeline=PIPELINE, at=NOON),
    )

    ticket = Ticket.objects.get(client__full_name="Ada Byron", organisation__slug=workspace.tenant)
    deal = Deal.objects.get(client=ticket.client, value_cents__gte=100_000, currency="EUR")

    assert (ticket.pk, ticket.status, ticket.urgency, ticket.assignee_ref) == (case.id.integer, "W", 1, "u-1")
    assert (deal.phase, deal.chance, deal.outcome) == ("propose", 0.5, "O")


def test_rows_that_only_the_host_has_written_are_entities_at_once(workspace: Workspace) -> None:
    from django_host.models import Client, Deal, Organisation, Ticket

    home = Organisation.objects.get(slug=workspace.tenant)
    bob = Client.objects.create(organisation=home, full_name="Bob", account_manager_ref="team:night")
    ticket = Ticket.objects.create(organisation=home, client=bob, headline="Cannot log in", came_in=NOON)
    deal = Deal.objects.create(
        organisation=home, client=bob, title="Forty seats", phase="qualify", chance=0.1, value_cents=120_000,
        entered=NOON, last_activity=NOON,
    )  # fmt: skip

    customer = workspace.get(Customer, CustomerId.holding(bob.pk))
    accepted = workspace.apply(Case, CaseId.holding(ticket.pk), lambda case: case.accept(ME, at=NOON))
    sale = workspace.apply(
        Opportunity,
        OpportunityId.holding(deal.pk),
        lambda sale: sale.advance("propose", pipeline=PIPELINE, at=NOON),
    )

    assert (customer.name, customer.owner, customer.version) == ("Bob", Actor("team", "night"), 1)
    assert (accepted.state, accepted.customer, accepted.version) == (CaseState.OPEN, customer.id, 2)
    assert (sale.amount, [line.stage for line in sale.history]) == (
        Money("1200.00", "EUR"), ["qualify", "propose"],
    )  # fmt: skip


def test_a_program_that_knows_nothing_of_relcore_may_insert(workspace: Workspace) -> None:
    from django.db import connection
    from django_host.models import Organisation

    home = Organisation.objects.get(slug=workspace.tenant)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clients (organisation_id, full_name, is_company, standing) VALUES (%s, %s, %s, %s)",
            [home.pk, "Difference Ltd", True, "A"],
        )

    (customer,) = workspace.find(Customer, CustomerFields.kind.is_(CustomerKind.ORGANISATION))

    assert (customer.name, customer.version, customer.created_at) == ("Difference Ltd", 1, None)


def test_the_migrations_are_those_of_the_models(host: Any) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_who_changes_a_row_in_the_host_and_raises_its_version_is_noticed(workspace: Workspace) -> None:
    from django.db.models import F
    from django_host.models import Ticket

    held = kept_case(workspace)
    Ticket.objects.filter(pk=held.id.integer).update(headline="Cannot log out", version=F("version") + 1)

    with pytest.raises(VersionConflict):
        workspace.commit(held.accept(ME, at=NOON))

    assert workspace.get(Case, held.id).subject == "Cannot log out"


def test_a_commit_joins_the_transaction_of_the_host(workspace: Workspace) -> None:
    from django.db import transaction
    from django_host.models import Client

    with transaction.atomic():
        ada = kept_customer(workspace)
        Client.objects.filter(pk=ada.id.integer).update(full_name="Ada Lovelace")
        inside = workspace.get(Customer, ada.id).name
        transaction.set_rollback(True)

    assert inside == "Ada Lovelace"
    assert workspace.find(Customer).rows == ()


def test_a_row_that_cannot_be_read_is_named_and_its_content_is_not(workspace: Workspace) -> None:
    from django_host.models import Ticket

    held = kept_case(workspace)
    for spoilt in ({"status": "?"}, {"relcore": {"history": "Ada Byron"}}, {"relcore": {"Ada Byron": 1}}):
        Ticket.objects.filter(pk=held.id.integer).update(**{"status": "N"} | spoilt)

        with pytest.raises(Corrupt) as corrupt:
            workspace.get(Case, held.id)

        assert corrupt.value.where == held.id
        assert "Ada" not in str(corrupt.value)


# --- a database that is held or lost --------------------------------------------------------------


class Driver(Exception):
    """What psycopg raises: with the state that the server told, or none when the connection is gone."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


def failing(said: str, cause: BaseException | None) -> Any:
    from django.db import OperationalError

    def fails(*_: Any) -> None:
        raise OperationalError(said) from cause

    return fails


@pytest.mark.parametrize(
    ("said", "cause", "error"),
    [
        ("database is locked", None, Busy),
        ("canceling statement due to lock timeout", Driver("55P03"), Busy),
        ("deadlock detected", Driver("40P01"), Deadlocked),
        ("could not serialize access", Driver("40001"), Deadlocked),
        ("terminating connection due to administrator command", Driver("57P01"), Disconnected),
        ("server closed the connection unexpectedly", Driver(None), Disconnected),
    ],
)
def test_what_the_driver_says_becomes_what_helps(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    cause: BaseException | None,
    error: type[Any],
) -> None:
    from django_host.adapter import DjangoRepository

    monkeypatch.setattr(DjangoRepository, "_write", failing(said, cause))

    with pytest.raises(error):
        kept_customer(workspace)


def test_a_failure_of_another_kind_stays_what_it_is(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError
    from django_host.adapter import DjangoRepository

    monkeypatch.setattr(DjangoRepository, "_write", failing("disk I/O error", None))

    with pytest.raises(OperationalError, match="disk"):
        kept_customer(workspace)


def test_a_connection_lost_during_the_commit_leaves_its_outcome_unknown(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connections

    ada = Customer.create(workspace.new(CustomerId), name="Ada Byron", at=NOON)
    monkeypatch.setattr(
        type(connections["default"]), "_commit", failing("server closed the connection", Driver(None))
    )

    with pytest.raises(CommitUnknown):
        workspace.commit(ada)

    monkeypatch.undo()
    assert workspace.find(Customer).rows == ()


# --- the kit --------------------------------------------------------------------------------------

LONG = {"C1", "C7", "G1", "G2", "M1", "Q1", "Q2", "Q3", "Q7", "W2"}
"""Clauses that take seconds over an ORM: many rows, many rounds, many writers."""


def marked(clause: Clause) -> Any:
    return pytest.param(clause, id=str(clause), marks=[pytest.mark.verify] if clause.id in LONG else [])


@pytest.mark.parametrize("clause", [marked(clause) for clause in clauses()])
def test_it_keeps_its_promises(host: Any, clause: Clause) -> None:
    assert check(clause, host) is not Outcome.BROKEN


@pytest.mark.parametrize(
    "only", [["V1", "V2"], pytest.param([], marks=pytest.mark.verify)], ids=["some", "all"]
)
def test_it_keeps_them_on_postgresql_too(postgres_server: Callable[[str], Server], only: list[str]) -> None:
    """In a process of its own, by the command that the page tells: Django has one database for a process."""
    command = [sys.executable, "-m", "relcore.testing", "django_host.conformance:candidate"]
    path = os.pathsep.join([str(ROOT / "examples"), os.environ.get("PYTHONPATH", "")])

    with postgres_server(next(iter(servers()))).database() as url:
        done = subprocess.run(
            [*command, *(["--only", *only] if only else [])],
            env={**os.environ, "PYTHONPATH": path, "HOST_DATABASE": url},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    held = re.match(r"level VERSIONED: (\d+) of \1 clauses hold", done.stdout)
    assert held is not None, done.stdout + done.stderr
    assert int(held[1]) >= max(len(only), 2)
