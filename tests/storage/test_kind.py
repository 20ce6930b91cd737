"""A kind as it is kept: nothing invalid is written, nothing invalid comes out, and older shapes are brought up first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore import Case, Customer, Invalid, Money, Opportunity, Order
from relcore.kernel.clock import moment
from relcore.kernel.entity import Entity, a, text
from relcore.kernel.errors import Corrupt, Illformed, NewerSchema, NoUpcaster
from relcore.kernel.ids import Id
from relcore.kernel.words import Amount, Choice, Instant, Text
from relcore.storage import from_json, serde, to_json
from relcore.storage.json_text import LARGEST_TEXT
from relcore.storage.kind import Kind
from relcore.storage.serde import KINDS, kind_of
from tests.storage.test_serde import read, written
from tests.strategies import NOON
from tests.walks import WALKS

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)

awkward = st.sampled_from([
    "", " ", "\x00", "\ud800", "customer_1", "person:", "person:u-1", "2026-03-01T09:00:00", "2026-03-01T09:00:00+00:00",
    "0001-01-01T00:00:00+23:59", "NaN", "1e999", 0, -1, 2**63, 10**30, 3.9, float("nan"), float("inf"), True, b"", b"\xff",
    "EUR", "eur", "1_000", "9" * 400, "open", "order_" + "0" * 32, "P1D", "P" + "9" * 30 + "D", "2026-02-30", {"amount": 5},
    {"amount": "1.00", "currency": "EUR"}, {"amount": "1.005", "currency": "EUR"}, {"amount": "1", "currency": []}, [[]], [None],
])  # fmt: skip
plain = st.recursive(
    st.none() | awkward | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
columns = st.none() | awkward | st.integers() | st.text(max_size=5) | st.binary(max_size=5)


def fields(kind: Kind) -> list[str]:
    return [field.name for field in attrs.fields(kind.entity)]


# --- nothing else than a value or an error of ours ------------------------------------------------


@every_kind
@settings(max_examples=15)
@given(data=st.data())
def test_a_row_with_anything_in_a_column_is_an_entity_or_corrupt(kind: Kind, data: st.DataObject) -> None:
    row = written(kind, WALKS[kind.entity].example)
    for name in data.draw(
        st.lists(st.sampled_from(["id", "version", "schema", *row["columns"]]), max_size=2)
    ):
        inside = row["columns"] if name in row["columns"] else row
        inside[name] = data.draw(columns | st.floats())

    is_read_or_corrupt(kind, row)


@every_kind
@settings(max_examples=15)
@given(data=st.data())
def test_a_body_with_anything_in_a_field_is_an_entity_or_corrupt(kind: Kind, data: st.DataObject) -> None:
    row = written(kind, WALKS[kind.entity].example)
    body = json.loads(row["body"])
    spoil(data, body)

    is_read_or_corrupt(kind, row | {"body": json.dumps(body, default=repr)})


@every_kind
@settings(max_examples=10)
@given(
    body=st.text(max_size=30)
    | st.binary(max_size=30)
    | columns
    | plain.map(lambda p: json.dumps(p, default=repr))
)
def test_any_body_is_an_entity_or_corrupt(kind: Kind, body: Any) -> None:
    row = written(kind, WALKS[kind.entity].example)

    is_read_or_corrupt(kind, row | {"body": body})


@every_kind
@settings(max_examples=10)
@given(tuple_=st.lists(columns | plain, max_size=4).map(tuple) | st.none())
def test_any_columns_are_an_entity_or_corrupt(kind: Kind, tuple_: Any) -> None:
    row = written(kind, WALKS[kind.entity].example)

    with pytest.raises(Corrupt):
        kind.row(row["id"], 1, 1, tuple_, row["body"])


def is_read_or_corrupt(kind: Kind, row: dict[str, Any]) -> None:
    try:
        held = read(kind, row)
    except Corrupt:
        return
    # What came out is what its own class lets in, and is written as it was read.
    assert kind.entity(**{name: getattr(held, name) for name in fields(kind)}) == held
    assert read(kind, json.loads(json.dumps(written(kind, held)))) == held


def spoil(data: st.DataObject, plain_: Any) -> None:
    """Something within it, however deep, becomes something else."""
    while isinstance(plain_, dict | list) and plain_:
        key = data.draw(st.sampled_from(sorted(plain_) if isinstance(plain_, dict) else range(len(plain_))))
        if not isinstance(plain_[key], dict | list) or data.draw(st.booleans()):
            plain_[key] = data.draw(plain)
            return
        plain_ = plain_[key]


@every_kind
@settings(max_examples=10)
@given(data=st.data())
def test_an_entry_of_the_log_is_read_or_refused(kind: Kind, data: st.DataObject) -> None:
    log = json.loads(written(kind, WALKS[kind.entity].example)["log"])
    spoil(data, log)

    try:
        changed = kind.changes(json.dumps(log, default=repr))
    except Invalid:
        return
    assert kind.changes(serde.text(changed)) == changed


@every_kind
@settings(max_examples=15)
@given(data=st.data())
def test_an_entity_from_any_json_is_an_entity_or_invalid(kind: Kind, data: st.DataObject) -> None:
    told = to_json(WALKS[kind.entity].example, personal=True)
    spoil(data, told)

    for given_ in (told, data.draw(plain)):
        try:
            held = from_json(kind.entity, given_)
        except Invalid:
            continue
        assert from_json(kind.entity, to_json(held, personal=True)) == held


# --- no check is left out -------------------------------------------------------------------------


def even(held: Any, field: Any, value: int) -> None:
    if value % 2:
        raise Invalid("number", "must be even", value)


even.__annotations__["value"] = int  # as in a file whose annotations are not text


class PairId(Id, kind="pair"):
    __slots__ = ()


def halved(value: int) -> int:
    return value // 2


def first_is_lower(held: Any, field: Any, value: Any) -> None:
    if held.first > held.second:
        raise Invalid("first", "must not be above second")


@attrs.frozen
class Pair(Entity[PairId, str, str]):
    id: PairId = attrs.field(validator=[a(PairId), first_is_lower])
    first: int = attrs.field(validator=even)
    second: int = attrs.field(validator=[a(int), even])
    third: int = attrs.field(default=0, converter=halved, validator=even)
    version: int = attrs.field(default=0, validator=even)


@pytest.mark.parametrize(
    ("version", "first", "second", "third"),
    [(2, 3, 4, 4), (2, 2, 5, 4), (2, 2, 4, 6), (2, 4, 2, 4), (3, 2, 4, 4)],
)
def test_every_check_that_is_not_proven_is_asked(version: int, first: int, second: int, third: int) -> None:
    pair, id = Kind(Pair), "pair_" + "0" * 32

    assert pair.row(id, 2, 1, [], '{"first":2,"second":4,"third":4}') == Pair(PairId(id), 2, 4, 4, 2)
    with pytest.raises(Corrupt):
        pair.row(id, version, 1, [], json.dumps({"first": first, "second": second, "third": third}))


def test_a_number_that_would_not_be_read_back_is_refused() -> None:
    for number in ("1e5000", "NaN", "1" * 61):
        with pytest.raises(Invalid, match="target must be a Decimal"):
            serde.text({"target": Decimal(number)})
    assert serde.text({"target": Decimal("1e500")}) == '{"target":"1E+500"}'


# --- limits ---------------------------------------------------------------------------------------


def test_what_is_too_large_to_be_kept_is_refused_when_it_is_written_with_its_name() -> None:
    long = attrs.evolve(WALKS[Case].example, subject="x" * LARGEST_TEXT, waiting_for="y" * 1000)

    with pytest.raises(Invalid, match=r"Case\.subject must leave the whole below 1,048,576 characters"):
        kind_of(Case).body(long)
    with pytest.raises(Invalid, match="subject must leave the whole below"):
        serde.text({"subject": long.subject, "cause": long.cause})


def test_a_column_that_is_too_large_to_be_kept_is_refused_when_it_is_written_with_its_name() -> None:
    long = attrs.evolve(WALKS[Case].example, cause="x" * (LARGEST_TEXT + 1))

    with pytest.raises(Invalid, match=r"Case\.cause must be at most 1,048,576 characters"):
        kind_of(Case).stored(long)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("[" * 100_000, "nested at most 32 deep"),
        ('{"a":' * 100_000, "nested at most 32 deep"),
        ("[]" * 40 + '"\\"' * 300_000, "must be one value"),
        ('{"subject":"' + "x" * LARGEST_TEXT + '"}', "at most 1,048,576 characters"),
        ('{"cancel_reason":NaN}', "finite numbers only"),
        ('{"cancel_reason":-Infinity}', "finite numbers only"),
        ('{"cancel_reason":null,"cancel_reason":null}', "must say each key once"),
        ('{"cancel_reason":"a:b","cancel_reason":null}', "must say each key once"),
        ('{"cancel_reason" :null,"cancel_reason":"a"}', "must say each key once"),
        ('{"cancel_reason":null} {}', "must be one value"),
        ('{"cancel_reason":' + "9" * 5000 + "}", "must be well-formed"),
        ('{"cancel_reason":"\\ud800"}', "cancel_reason must be text"),
        ('{"cancel_reason":"\\u0000"}', "cancel_reason must be text"),
        ('{"cancel_reason":" "}', "cancel_reason must be text"),
        ("{}", "must have the keys cancel_reason beside its columns"),
        ('{"cancel_reason":null,"Ada":1}', "must have the keys cancel_reason beside its columns"),
        (b"{}", "must be text"),
        (None, "must be text"),
    ],
    ids=range(18),
)
def test_a_body_beyond_measure_is_corrupt_and_not_shown(body: Any, why: str) -> None:
    row = written(kind_of(Order), WALKS[Order].example) | {"body": body}

    with pytest.raises(Corrupt) as corrupt:
        read(kind_of(Order), row)

    assert corrupt.value.where == row["id"]
    assert why in corrupt.value.why
    assert "Ada" not in str(corrupt.value)


# --- what is wrong is named -----------------------------------------------------------------------


WRONG = [
    ("state", "lost", "state must be one of placed, paid"),
    ("placed_at", 3.9, "placed_at must be whole microseconds"),
    ("placed_at", None, "placed_at must be whole microseconds"),
    ("placed_at", 10**18, "placed_at must be whole microseconds"),
    ("amount_minor", "5", "amount must be whole minor units"),
    ("amount_minor", -5, "amount must be >= 0"),
    ("amount_currency", None, "amount must be whole minor units"),
    ("amount_currency", "XXX", "amount must be whole minor units"),
    ("customer", "order_" + "0" * 32, "customer must be 'customer_' and 32 hex digits"),
    ("customer", "customer_" + "A" * 32, "customer must be 'customer_' and 32 hex digits"),
    ("customer", b"customer_" + b"0" * 32, "customer must be 'customer_' and 32 hex digits"),
]


@pytest.mark.parametrize(("column", "value", "why"), WRONG, ids=range(len(WRONG)))
def test_a_column_that_holds_something_else_is_named(column: str, value: Any, why: str) -> None:
    row = written(kind_of(Order), WALKS[Order].example)
    row["columns"][column] = value

    with pytest.raises(Corrupt) as corrupt:
        read(kind_of(Order), row)

    assert why in corrupt.value.why


@pytest.mark.parametrize(
    ("entity", "wrong", "said"),
    [
        (Case, {"opened_at": "yesterday"}, "Case.opened_at must be a moment in ISO 8601"),
        (Case, {"opened_at": "2026-03-01T09:00:00"}, "Case.opened_at must be a datetime with a time zone"),
        (Case, {"subject": None}, "Case.subject must be text that is not empty"),
        (Case, {"reopened": True}, "Case.reopened must be a whole number"),
        (Case, {"history": [{"kind": "opened", "at": "soon"}]}, "Case.history.at must be a moment"),
        (Case, {"history": [{"kind": "opened"}]}, "Case.history must be an object with the keys at, kind"),
        (Case, {"parent": WALKS[Case].example.id}, "Case.parent must be another case"),
        (Customer, {"name": ["Ada"]}, "Customer.name must be text"),
        (Opportunity, {"auto": 2}, "Opportunity.auto must lie in [0, 1]"),
        (Opportunity, {"auto": "0.5"}, "Opportunity.auto must be a finite number"),
        (Opportunity, {"amount": {"amount": "1.005", "currency": "EUR"}}, "Opportunity.amount must be whole in"),
        (Opportunity, {"expected_on": "2026-02-30"}, "Opportunity.expected_on must be a day in ISO 8601"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_field_that_says_something_else_is_named_by_its_path(
    entity: type[Any], wrong: dict[str, Any], said: str
) -> None:
    plain_ = to_json(WALKS[entity].example, personal=True) | wrong

    with pytest.raises(Invalid) as refused:
        from_json(entity, plain_)

    assert said in str(refused.value)
    assert "Ada" not in str(refused.value)


def test_a_value_that_would_not_be_read_back_is_refused_when_it_is_written() -> None:
    held = WALKS[Opportunity].example
    surely = attrs.evolve(held, auto=True)  # a bool is a number to Python, and none to JSON

    with pytest.raises(Invalid, match=r"Opportunity\.auto must be a finite number"):
        kind_of(Opportunity).body(surely)
    with pytest.raises(Invalid, match="auto must be a finite number"):
        serde.text({"auto": float("nan")})
    with pytest.raises(Invalid, match="has no form in JSON"):
        serde.text({"auto": 1j})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"opened_at": "soon"}, "Case.opened_at must be a moment in ISO 8601"),
        ({"version": 9}, "and nothing else"),
        ({"Ada": 9}, "and nothing else"),
        ([], "Case"),
    ],
    ids=repr,
)
def test_an_entry_of_the_log_that_says_something_else_is_named(changed: Any, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        kind_of(Case).changes(json.dumps(changed))

    assert said in str(refused.value)
    assert "Ada" not in str(refused.value)


# --- older shapes ---------------------------------------------------------------------------------


class ParcelId(Id, kind="parcel"):
    __slots__ = ()


class Lane(StrEnum):
    ROAD = "road"
    AIR = "air"


@attrs.frozen
class Parcel(Entity[ParcelId, Lane, str]):
    """Only here, and in its third shape: at first it had a weight in kilograms, then a price."""

    id: ParcelId = attrs.field(validator=a(ParcelId))
    name: str = attrs.field(validator=text)
    lane: Lane = attrs.field(validator=a(Lane))
    grams: int
    sent_at: datetime = attrs.field(converter=moment)
    price: Money | None = None
    version: int = 0


class ParcelFields:
    lane = Choice(Parcel, Lane)
    sent_at = Instant(Parcel)
    price = Amount(Parcel)
    name = Text(Parcel)


def in_grams(plain_: Mapping[str, Any]) -> Mapping[str, Any]:
    """1 to 2: a weight of 2.5 kg becomes 2500 grams."""
    if "weight" not in plain_:
        return plain_
    rest = {name: value for name, value in plain_.items() if name != "weight"}
    return {**rest, "grams": int(plain_["weight"] * 1000)}


def on_a_lane(plain_: Mapping[str, Any]) -> Mapping[str, Any]:
    """2 to 3: whoever said nothing was sent by road, and the label is a column, called name."""
    renamed = {"name" if name == "label" else name: value for name, value in plain_.items()}
    return {"lane": "road", **renamed}


PARCELS = Kind(Parcel, schema=3, upcasters=(in_grams, on_a_lane))
PARCEL = "parcel_" + "0" * 31 + "1"
BOOKS = Parcel(ParcelId(PARCEL), "Books", Lane.ROAD, 2500, NOON, version=4)
# Columns as a migration leaves them: what is new in the table holds nothing in an old row.
GOLDEN = {
    1: ([None, 1772366400000000, None, None, None], '{"label":"Books","weight":2.5}'),
    2: ([None, 1772366400000000, None, None, None], '{"label":"Books","grams":2500}'),
    3: (["road", 1772366400000000, None, None, "Books"], '{"grams":2500}'),
}
GOLDEN_LOGS = {
    1: '{"label":"Books","weight":2.5,"sent_at":"2026-03-01T12:00:00+00:00"}',
    2: '{"label":"Books","grams":2500,"sent_at":"2026-03-01T12:00:00+00:00","price":null}',
    3: '{"grams":2500,"lane":"road","name":"Books","price":null,"sent_at":"2026-03-01T12:00:00+00:00"}',
}


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_a_row_of_every_older_shape_is_brought_up_step_by_step(schema: int) -> None:
    stored, body = GOLDEN[schema]

    assert PARCELS.row(PARCEL, 4, schema, stored, body) == BOOKS
    assert (PARCELS.stored(BOOKS), PARCELS.body(BOOKS)) == GOLDEN[3]


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_an_entry_of_every_older_shape_is_brought_up_too(schema: int) -> None:
    changed = PARCELS.changes(GOLDEN_LOGS[schema], schema)

    assert Parcel(id=BOOKS.id, version=4, **changed) == BOOKS
    assert PARCELS.changes('{"sent_at":"2026-03-01T12:00:00+00:00"}', 3) == {"sent_at": NOON}


def test_money_in_an_old_row_is_given_as_json_has_it() -> None:
    stored = [None, 1772366400000000, 1250, "EUR", None]

    held = PARCELS.row(PARCEL, 4, 2, stored, GOLDEN[2][1])

    assert held == attrs.evolve(BOOKS, price=Money("12.50", "EUR"))


@pytest.mark.parametrize("schema", [0, -1, 2.5, True, "1", None])
def test_a_shape_that_never_was_has_no_upcaster(schema: Any) -> None:
    with pytest.raises(NoUpcaster, match="no step leads from there up to 3") as nowhere:
        PARCELS.row(PARCEL, 4, schema, *GOLDEN[1])

    assert (nowhere.value.kind, nowhere.value.found, nowhere.value.known) == ("parcel", schema, 3)
    with pytest.raises(NoUpcaster):
        PARCELS.changes("{}", schema if schema is not None else 0)


def test_a_shape_of_the_future_is_not_guessed_at() -> None:
    with pytest.raises(NewerSchema, match="knows up to 3"):
        PARCELS.row(PARCEL, 4, 4, *GOLDEN[3])
    with pytest.raises(NewerSchema, match="knows up to 3"):
        PARCELS.changes("{}", 4)


@pytest.mark.parametrize(
    ("schema", "columns_", "body"),
    [
        (1, [None, 5, None, None, None], '{"label":"Books"}'),  # no weight: no grams
        (1, [None, 5, None, None, None], '{"label":"Books","weight":"heavy"}'),
        (1, [None, 5, None, None, None], '{"label":"Books","weight":2.5,"colour":"red"}'),
        (1, [None, None, None, None, None], '{"label":"Books","weight":2.5}'),  # not sent: it must have been
        (1, [None, 5.5, None, None, None], '{"label":"Books","weight":2.5}'),
        (1, [None, 5, 3, None, None], '{"label":"Books","weight":2.5}'),  # an amount without its currency
        (2, ["sea", 5, None, None, None], '{"label":"Books","grams":1}'),
        (2, ["road", 5], '{"label":"Books","grams":1}'),
        (2, ["road", 5, None, None, None], "[]"),
        (2, ["road", 5, None, None, None], '{"label":"Books","grams":1,"version":9}'),
        (2, ["road", 5, None, None, None], '{"label":"Books","grams":1,"id":"parcel_1"}'),
    ],
    ids=range(11),
)
def test_an_old_row_that_does_not_become_a_value_is_corrupt(schema: int, columns_: Any, body: str) -> None:
    with pytest.raises(Corrupt) as corrupt:
        PARCELS.row(PARCEL, 4, schema, columns_, body)

    assert corrupt.value.where == PARCEL
    assert "Books" not in str(corrupt.value)


@pytest.mark.parametrize(("schema", "upcasters"), [(1, (in_grams,)), (2, ()), (3, (in_grams,)), (0, ())])
def test_a_kind_says_a_step_from_each_of_its_older_shapes(schema: int, upcasters: Any) -> None:
    with pytest.raises(Illformed, match="upcasters, one from each schema before it"):
        Kind(Parcel, schema=schema, upcasters=upcasters)


@settings(max_examples=60)
@given(data=st.data(), schema=st.integers(1, 3))
def test_whatever_an_old_row_holds_it_is_a_value_or_corrupt(data: st.DataObject, schema: int) -> None:
    stored, body = GOLDEN[schema]
    stored, told = [*stored], json.loads(body)
    stored[data.draw(st.integers(0, 4))] = data.draw(columns | st.floats())
    spoil(data, told)

    try:
        held = PARCELS.row(PARCEL, 4, schema, stored, json.dumps(told, default=repr))
    except Corrupt:
        return
    assert PARCELS.row(PARCEL, 4, 3, PARCELS.stored(held), PARCELS.body(held)) == held
