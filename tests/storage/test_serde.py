"""The shape of rows: strict both ways, and every shape that was ever written can still be read."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given

from relcore import Actor, Case, Customer, Invalid, Money, Order
from relcore.ids import CaseId, CustomerId, OrderId
from relcore.service import CaseState
from relcore.storage import serde
from relcore.storage.serde import KINDS, Kind, kind_of, kind_of_id
from tests.strategies import NOON, entities
from tests.walks import TO_COME

GOLDEN = Path(__file__).parent / "golden" / "rows.json"
every_kind = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.name not in TO_COME], ids=lambda kind: kind.name
)
ME = Actor("person", "u-17")


def one_of_each() -> dict[str, Any]:
    """Values that must not change: what is written for them is compared with the file."""
    ada = Customer(
        CustomerId.imported("shop", "ada"), "Ada \u00c9 \U0001f600", created_at=NOON, owner=ME, version=3
    )
    order = Order(
        OrderId.imported("shop", "1"),
        ada.id,
        Money("29.33", "USD"),
        NOON,
        paid_at=NOON.replace(microsecond=1),
        version=1,
    )
    case = Case(
        CaseId.imported("shop", "1"), ada.id, "Cannot log in", state=CaseState.ON_HOLD, opened_at=NOON, owner=ME,
        parent=CaseId.imported("shop", "0"), waiting_for="ticket 7", review_at=NOON, resolution="reset", cause="unknown",
        resolved_at=NOON, cancel_reason="no", reopened=2, version=7,
    )  # fmt: skip
    return {"customer": ada, "order": order, "case": case}


def written(kind: Kind, held: Any) -> dict[str, Any]:
    stored = dict(zip((name for name, _ in kind.columns), kind.stored(held), strict=True))
    fields = {
        f.name: getattr(held, f.name) for f in attrs.fields(kind.entity) if f.name not in ("id", "version")
    }
    return {
        "schema": kind.schema,
        "id": held.id,
        "version": held.version,
        "columns": stored,
        "body": kind.body(held),
        "log": serde.text(fields),
    }


def read(kind: Kind, row: dict[str, Any]) -> Any:
    return kind.row(row["id"], row["version"], row["schema"], list(row["columns"].values()), row["body"])


def test_there_is_a_golden_row_of_each_kind_and_schema() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))

    assert {name: [row["schema"] for row in rows] for name, rows in golden.items()} == {
        kind.name: list(range(1, kind.schema + 1)) for kind in KINDS if kind.name not in TO_COME
    }


@every_kind
def test_a_row_is_written_as_it_always_was(kind: Kind) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))

    # A new shape gets the next schema number and a row of its own; the rows that are there never change.
    assert written(kind, one_of_each()[kind.name]) == golden[kind.name][-1]


@every_kind
def test_every_row_that_was_ever_written_is_read(kind: Kind) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))

    for row in golden[kind.name]:
        assert read(kind, row) == one_of_each()[kind.name]
        assert (
            kind.entity(id=kind.entity.id_type(row["id"]), version=row["version"], **kind.changes(row["log"]))
            == (one_of_each()[kind.name])
        )


@given(entities)
def test_any_entity_is_written_and_read_back(held: Any) -> None:
    kind = kind_of(type(held))

    again = read(kind, json.loads(json.dumps(written(kind, held))))

    assert again == held
    assert kind.changes(written(kind, held)["log"]) == {
        f.name: getattr(held, f.name) for f in attrs.fields(type(held)) if f.name not in ("id", "version")
    }


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        (str, None), (str, 5), (str, b"a"), (int, "3"), (int, 3.0), (int, True), (bool, 1), (bool, "yes"),
        (str | None, 5), (int | None, "3"), (datetime, "2026-03-01T09:00:00"), (datetime, 5), (datetime | None, "soon"),
        (Decimal, 1.5), (Money, {"amount": 1.5, "currency": "EUR"}), (Money, {"amount": "1"}), (Money, "1 EUR"),
        (Money, {"amount": "1", "currency": "EUR", "rate": "2"}), (Actor, "ada"), (Actor | None, 5), (CaseId, "ada"),
        (CaseId, None), (CaseState, "opne"), (CaseState, None),
    ],
)  # fmt: skip
def test_a_plain_value_of_another_type_is_never_bent_into_shape(kind: Any, plain: Any) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError)):
        serde.converter().structure(plain, kind)


def test_a_class_that_nobody_keeps_is_refused() -> None:
    with pytest.raises(Invalid, match="entity must be one of"):
        kind_of(Money)


def test_an_id_of_a_kind_of_the_future_is_refused() -> None:
    with pytest.raises(serde.Corrupt, match="this release knows no such kind"):
        kind_of_id("spaceship_1")


def shapes() -> str:
    """For a new shape: append what this says to the golden file, and never touch what is there."""
    return json.dumps(
        {k.name: [written(k, one_of_each()[k.name])] for k in KINDS if k.name not in TO_COME},
        indent=1,
        ensure_ascii=False,
    )
