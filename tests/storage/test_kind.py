"""A kind as it is kept: nothing invalid is written, nothing invalid comes out, and older shapes are brought up first."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore import Invalid
from relcore.kernel.errors import Corrupt
from relcore.storage import from_json, to_json
from relcore.storage.kind import Kind
from relcore.storage.serde import KINDS
from tests.storage.test_serde import read, written
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
@settings(max_examples=40)
@given(data=st.data())
def test_a_row_with_anything_in_a_column_is_an_entity_or_corrupt(kind: Kind, data: st.DataObject) -> None:
    row = written(kind, WALKS[kind.entity].example)
    for name in data.draw(st.lists(st.sampled_from(["id", "version", "schema", *row["columns"]]), max_size=2)):
        inside = row["columns"] if name in row["columns"] else row
        inside[name] = data.draw(columns | st.floats())

    is_read_or_corrupt(kind, row)


@every_kind
@settings(max_examples=40)
@given(data=st.data())
def test_a_body_with_anything_in_a_field_is_an_entity_or_corrupt(kind: Kind, data: st.DataObject) -> None:
    row = written(kind, WALKS[kind.entity].example)
    body = json.loads(row["body"])
    spoil(data, body)

    is_read_or_corrupt(kind, row | {"body": json.dumps(body, default=repr)})


@every_kind
@settings(max_examples=20)
@given(body=st.text(max_size=30) | st.binary(max_size=30) | columns | plain.map(lambda p: json.dumps(p, default=repr)))
def test_any_body_is_an_entity_or_corrupt(kind: Kind, body: Any) -> None:
    row = written(kind, WALKS[kind.entity].example)

    is_read_or_corrupt(kind, row | {"body": body})


@every_kind
@settings(max_examples=20)
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
@settings(max_examples=30)
@given(data=st.data())
def test_an_entry_of_the_log_is_read_or_refused(kind: Kind, data: st.DataObject) -> None:
    log = json.loads(written(kind, WALKS[kind.entity].example)["log"])
    spoil(data, log)

    try:
        kind.changes(json.dumps(log, default=repr))
    except Invalid as refused:
        assert refused.field.startswith((kind.entity.__name__, "JSON"))


@every_kind
@settings(max_examples=40)
@given(data=st.data())
def test_an_entity_from_any_json_is_an_entity_or_invalid(kind: Kind, data: st.DataObject) -> None:
    told = to_json(WALKS[kind.entity].example, personal=True)
    spoil(data, told)

    for given_ in (told, data.draw(plain)):
        try:
            held = from_json(kind.entity, given_)
        except Invalid as refused:
            assert refused.field.startswith(kind.entity.__name__)
        else:
            assert kind.entity(**{name: getattr(held, name) for name in fields(kind)}) == held
