"""A host's own table: what is declared is checked at once, and what is written can be read again."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Case, Customer, Invalid, Money, Opportunity, Order
from relcore.ids import CaseId, CustomerId, OrderId
from relcore.kernel.errors import Corrupt, Illformed
from relcore.service import CaseState
from relcore.storage.host_table import HostTable, code, column, day, key, moment, person, price
from tests.strategies import NOON, actors, cases, customers, maybe, moments, paid
from tests.walks import WALKS

STANDING = code("standing", active="A", merged="D", erased="F")
STATES = {state.value: number for number, state in enumerate(CaseState)}
TICKETS = HostTable(
    Case,
    {
        "customer": key("client_id", CustomerId),
        "subject": column("headline"),
        "state": code("status", **STATES),
        "owner": person("assignee"),
        "opened_at": moment("came_in"),
        "reopened": column("times_reopened"),
    },
)
DEALS = HostTable(
    Opportunity,
    {
        "customer": key("client_id", CustomerId),
        "amount": price("cents", currency="in_currency"),
        "expected_on": day("due"),
    },
)


@given(cases, st.integers(0, 2**62 - 1), maybe(st.integers(0, 2**62 - 1)))
def test_what_is_written_is_read_again(case: Case, key: int, client: int | None) -> None:
    whose = None if client is None else CustomerId.holding(client)
    case = attrs.evolve(case, id=CaseId.holding(key), customer=whose)

    row = TICKETS.write(case)

    assert set(row) == set(TICKETS.names)
    assert TICKETS.read(key, row) == case


@given(customers)
def test_a_column_of_the_hosts_own_is_a_custom_field_and_others_lie_in_the_json(customer: Customer) -> None:
    clients = HostTable(
        Customer, {"custom.tier": code("grade", gold="G", silver="S"), "custom.seats": column("seats")}
    )
    customer = attrs.evolve(customer, id=CustomerId.holding(7))

    row = clients.write(customer)

    assert row["grade"] == {"gold": "G", "silver": "S", None: None}[customer.custom.get("tier")]
    assert row["relcore"].get("custom.nickname") == customer.custom.get("nickname")
    assert clients.read(7, row) == customer


def test_a_custom_field_that_nobody_declared_has_no_column() -> None:
    with pytest.raises(Illformed, match=r"a Customer has no field custom\.colour"):
        HostTable(Customer, {"custom.colour": column("colour")})


@given(paid, maybe(st.dates()))
def test_an_amount_takes_two_columns(amount: Money, due: date | None) -> None:
    example = WALKS[Opportunity].example
    sale = attrs.evolve(
        example,
        id=type(example.id).holding(7),
        customer=CustomerId.holding(42),
        amount=amount,
        expected_on=due,
        history=(),
    )

    row = DEALS.write(sale)

    assert (row["cents"], row["in_currency"], row["due"]) == (amount.minor, amount.currency, due)
    assert DEALS.read(7, row) == sale


def test_the_host_sees_its_own_values() -> None:
    case = Case(
        CaseId.holding(7),
        CustomerId.holding(42),
        "Cannot log in",
        state=CaseState.OPEN,
        opened_at=NOON,
        owner=Actor("person", "u-17"),
        version=3,
    )

    assert TICKETS.write(case) == {
        "version": 3,
        "client_id": 42,
        "headline": "Cannot log in",
        "status": 1,
        "assignee": "u-17",
        "came_in": NOON,
        "times_reopened": 0,
        "relcore": {"kind": "issue", "priority": "normal", "history": []},
    }


@given(actors | st.builds(Actor, st.just("person"), st.sampled_from(["team:night", ":", "person:u-1"])))
def test_no_two_actors_are_written_alike(actor: Actor) -> None:
    held = person("assignee")

    (written,) = held.write(str(actor)).values()

    assert held.read({"assignee": written}) == str(actor)
    assert (written == actor.ref) is (actor.kind == "person" and ":" not in actor.ref)


@given(moments)
def test_a_question_asks_for_what_the_column_holds(at: Any) -> None:
    assert TICKETS.asked("opened_at", at) == TICKETS.write(_case(opened_at=at))["came_in"]
    assert TICKETS.asked("review_at", at) == TICKETS.write(_case(review_at=at))["relcore"]["review_at"]


def test_a_question_asks_for_integers_and_codes_of_the_host() -> None:
    assert TICKETS.asked("id", CaseId.holding(7)) == 7
    assert TICKETS.asked("customer", CustomerId.holding(42)) == 42
    assert TICKETS.asked("state", CaseState.OPEN) == 1
    assert TICKETS.asked("cause", "unknown") == "unknown"
    with pytest.raises(Invalid, match="must hold an integer"):
        TICKETS.asked("customer", CustomerId.imported("shop", "ada"))


def test_an_id_that_holds_no_integer_has_no_row() -> None:
    assert TICKETS.key(CaseId.holding(0)) == 0
    assert TICKETS.key(CaseId.imported("mail", "17")) is None


def test_an_id_that_holds_no_integer_is_written_nowhere() -> None:
    with pytest.raises(Invalid, match="CustomerId must hold an integer"):
        TICKETS.write(_case(customer=CustomerId.imported("shop", "ada")))


def test_a_row_that_only_the_host_has_written_is_told_what_the_rest_would_be() -> None:
    table = HostTable(
        Customer,
        {"name": column("full_name"), "state": STANDING},
        lambda client: {"kind": "organisation" if client["name"].endswith("Ltd") else "person", "roles": []},
    )
    row = {"version": 1, "relcore": {}, "full_name": "Difference Ltd", "standing": "A"}

    customer = table.read(42, row)

    assert (customer.id.integer, customer.kind.value, customer.version) == (42, "organisation", 1)
    assert table.read(42, table.write(customer)) == customer


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ({"status": 99}, "KeyError in a column"),
        ({"client_id": -1}, "CustomerId can hold"),
        ({"client_id": "Ada"}, "CustomerId can hold"),
        ({"came_in": "Ada"}, "AttributeError in a column"),
        ({"headline": None}, "Case.subject"),
        ({"headline": 5}, "Case.subject"),
        ({"relcore": {"Ada": 1}}, "Case"),
        ({"relcore": ["Ada"]}, "ValueError in a column"),
        ({"relcore": "Ada"}, "in a column"),
        ({"version": "Ada"}, "Case.version"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_its_content_is_not(spoilt: dict[str, Any], why: str) -> None:
    row = TICKETS.write(_case())

    with pytest.raises(Corrupt, match=why) as corrupt:
        TICKETS.read(7, row | spoilt)

    assert corrupt.value.where == CaseId.holding(7)
    assert "Ada" not in str(corrupt.value)


def test_a_column_that_is_missing_is_said() -> None:
    row = TICKETS.write(_case())
    del row["headline"]

    with pytest.raises(Corrupt, match="KeyError in a column"):
        TICKETS.read(7, row)


def test_all_that_cannot_work_is_said_at_once() -> None:
    with pytest.raises(Illformed) as faults:
        HostTable(
            Customer,
            {
                "id": column("id"),
                "nme": column("full_name"),
                "state": code("standing", active="A", merged="A", gone="G"),
                "owner": person("manager"),
                "survivor": key("manager", CustomerId),
            },
        )

    assert faults.value.subject == "the table of Customer"
    assert faults.value.faults == (
        "a Customer has no field nme",
        "id has a place of its own",
        "manager would hold two fields",
        "state: no code for erased",
        "state: a code for gone, which is none of its words",
        "state: 'A' stands for two words",
    )


@pytest.mark.parametrize("taken", ["version", "relcore"])
def test_a_column_of_relcores_own_holds_no_field(taken: str) -> None:
    with pytest.raises(Illformed, match=f"{taken} would hold two fields"):
        HostTable(Customer, {"name": column(taken)})


def test_optional_words_have_codes_too() -> None:
    channels = ["email", "phone", "chat"]

    with pytest.raises(Illformed, match="channel: no code for"):
        HostTable(Case, {"channel": code("via", **{name: name[0] for name in channels})})


def test_another_entity_is_not_written() -> None:
    order = Order(OrderId.holding(1), CustomerId.holding(42), Money("1", "EUR"), NOON)

    with pytest.raises(Invalid, match="must be a Case"):
        TICKETS.write(order)  # type: ignore[arg-type]


def _case(**fields: Any) -> Case:
    return attrs.evolve(Case(CaseId.holding(7), CustomerId.holding(42), "Cannot log in"), **fields)
