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

from relcore import Actor, Invalid, Money
from relcore.ids import CaseId
from relcore.kernel.custom import NONE
from relcore.service import CaseState
from relcore.storage import serde
from relcore.storage.serde import KINDS, Kind, kind_of, kind_of_id
from tests.strategies import entities
from tests.walks import WALKS

GOLDEN = Path(__file__).parent / "golden"
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


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
        "log": serde.text(
            fields if held.custom else {name: v for name, v in fields.items() if name != "custom"}
        ),
    }


def read(kind: Kind, row: dict[str, Any]) -> Any:
    return kind.row(
        row["id"],
        row["version"],
        row["schema"],
        [row["columns"].get(name) for name, _ in kind.columns],
        row["body"],
    )


def golden(kind: Kind) -> list[Any]:
    rows: list[Any] = json.loads((GOLDEN / f"{kind.name}.json").read_text(encoding="utf-8"))
    return rows


@every_kind
def test_there_is_a_golden_row_of_each_schema(kind: Kind) -> None:
    assert [row["schema"] for row in golden(kind)] == list(range(1, kind.schema + 1))


@every_kind
def test_a_row_is_written_as_it_always_was(kind: Kind) -> None:
    # A new shape gets the next schema number and a row of its own; the rows that are there never change.
    row = written(kind, WALKS[kind.entity].example)
    row["columns"] = {name: held for name, held in row["columns"].items() if not name.startswith("custom_")}
    assert row == golden(kind)[-1]


@every_kind
def test_a_new_entity_is_told_in_the_log_as_its_fields_one_by_one_are(kind: Kind) -> None:
    held = WALKS[kind.entity].example
    fields = {
        f.name: getattr(held, f.name) for f in attrs.fields(kind.entity) if f.name not in ("id", "version")
    }

    assert json.loads(kind.born(held)) | {"custom": {}} == json.loads(serde.text(fields))


@every_kind
def test_every_row_that_was_ever_written_is_read(kind: Kind) -> None:
    example = WALKS[kind.entity].example

    for row in golden(kind):
        assert read(kind, row) == example
        logged = kind.entity(id=example.id, version=example.version, **kind.changes(row["log"]))
        assert logged == example


@given(entities)
def test_any_entity_is_written_and_read_back(held: Any) -> None:
    kind = kind_of(type(held))

    again = read(kind, json.loads(json.dumps(written(kind, held))))

    assert again == held
    assert {"custom": NONE} | kind.changes(written(kind, held)["log"]) == {
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


def shape(entity: type[Any]) -> str:
    """For a new kind: what its golden file says. For a new shape: append it there, and never touch what is there."""
    return json.dumps([written(kind_of(entity), WALKS[entity].example)], indent=1, ensure_ascii=False) + "\n"
