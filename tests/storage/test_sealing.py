"""What is personal is sealed one value at a time, and is erased once its key is gone."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import attrs
import pytest

from relcore import Customer
from relcore.kernel.custom import Custom
from relcore.kernel.errors import Corrupt, Shredded
from relcore.storage.json_text import LARGEST_TEXT
from relcore.storage.key_ring import KeyFile, key_file
from relcore.storage.sealing import ERASED, Sealing, personal, subject_of
from relcore.storage.serde import KINDS, Kind, kind_of, reading, text
from tests.walks import WALKS

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    return key_file(tmp_path / "crm.keys")


def values(held: Any, path: tuple[str, ...]) -> list[Any]:
    if isinstance(held, tuple):
        return [found for one in held for found in values(one, path)]
    if not path or held is None:
        return [] if held is None else [held]
    found = held.get(path[0]) if isinstance(held, Custom) else getattr(held, path[0])
    return values(found, path[1:])


def row_and_log(sealing: Sealing, kind: Kind, held: Any) -> tuple[list[Any], str, str]:
    sealer = sealing.sealer("acme", [held])
    fields = {
        f.name: getattr(held, f.name) for f in attrs.fields(kind.entity) if f.name not in ("id", "version")
    }
    return *sealer.row(kind, held), sealer.changes(kind, held.id, text(fields))


def opened(
    sealing: Sealing, kind: Kind, held: Any, stored: list[Any], body: str, log: str
) -> tuple[Any, Any]:
    opener = sealing.opener("acme", [body, log])
    row = kind.row(held.id, held.version, kind.schema, *opener.row(kind, held.id, stored, body))
    logged = kind.entity(id=held.id, version=held.version, **kind.changes(opener.changes(kind, held.id, log)))
    return row, logged


@every_kind
def test_nothing_personal_can_be_read_in_a_sealed_row_or_line_and_all_of_it_comes_back(
    kind: Kind, keys: KeyFile
) -> None:
    held, sealing = WALKS[kind.entity].example, Sealing(keys)
    secrets = [str(value) for one in personal(kind.entity) for value in values(held, one.path)]

    stored, body, log = row_and_log(sealing, kind, held)

    for secret in secrets:
        assert secret not in json.dumps([stored, json.loads(body), json.loads(log)], ensure_ascii=False)
    assert opened(sealing, kind, held, stored, body, log) == (held, held)


@every_kind
def test_when_the_key_is_gone_the_record_stays_and_what_was_personal_is_erased(
    kind: Kind, keys: KeyFile
) -> None:
    held, sealing = WALKS[kind.entity].example, Sealing(keys)
    stored, body, log = row_and_log(sealing, kind, held)

    keys.destroy("acme", subject_of(held))
    row, logged = opened(sealing, kind, held, stored, body, log)

    assert row == logged
    assert row.id == held.id
    for one in personal(kind.entity):
        assert set(values(row, one.path)) <= {ERASED}
    if personal(kind.entity):
        with pytest.raises(Shredded):
            sealing.sealer("acme", [held])


def test_a_key_that_is_gone_leaves_no_byte_in_its_file(keys: KeyFile, tmp_path: Path) -> None:
    made = keys.made("acme", ["customer_1", "customer_2"])

    keys.destroy("acme", "customer_1")

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert made["customer_1"] not in kept
    assert made["customer_2"] in kept
    assert dict(keys.keys("acme", ["customer_1", "customer_2"])) == {
        "customer_1": None,
        "customer_2": made["customer_2"],
    }


def test_keys_belong_to_one_tenant_and_stay_as_they_were_made(keys: KeyFile, tmp_path: Path) -> None:
    ours, theirs = keys.made("acme", ["a"]), keys.made("globex", ["a"])

    again = key_file(str(tmp_path / "crm.keys")).made("acme", ["a", "b"])

    assert ours["a"] != theirs["a"]
    assert again["a"] == ours["a"]
    assert {len(key) for key in again.values()} == {32}


def test_a_key_may_be_destroyed_before_it_is_made(keys: KeyFile) -> None:
    keys.destroy("acme", "a")
    keys.destroy("acme", "a")

    with pytest.raises(Shredded, match="the key of a was destroyed") as gone:
        keys.made("acme", ["b", "a"])

    assert gone.value.subject == "a"
    assert not keys.keys("acme", ["b"])


def test_a_seal_fits_its_own_place_only(keys: KeyFile) -> None:
    kind, held, sealing = kind_of(Customer), WALKS[Customer].example, Sealing(keys)
    stored, body, _ = row_and_log(sealing, kind, held)
    elsewhere = Customer.id_type.imported("shop", "another")

    for tenant, id in (("globex", held.id), ("acme", elsewhere)):
        opener = attrs.evolve(sealing.opener("acme", [body]), tenant=tenant)
        with pytest.raises(Corrupt, match="name was sealed with another key or was altered"):
            opener.row(kind, id, stored, body)


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "5", "null", "[" * 100_000, "9" * 5_000, b"\xff", None, '{"name":{"sealed":["Ada","AAAA"]},"roles":[]}']
    + [f'{{"name":{{"sealed":{sealed}}},"roles":[]}}' for sealed in ("5", "[]", "[5,6]", '["customer_1","!!"]')]
    + ['{"name":null,"roles":[],"custom":5}', '{"name":null,"roles":[],"custom":[["a"]]}'],
)  # fmt: skip
def test_what_is_no_sealed_row_or_line_is_corrupt_and_not_shown(keys: KeyFile, body: Any) -> None:
    kind, held, sealing = kind_of(Customer), WALKS[Customer].example, Sealing(keys)
    stored, _, _ = row_and_log(sealing, kind, held)

    opener = sealing.opener("acme", [body])
    with pytest.raises(Corrupt) as row:
        kind.row(held.id, held.version, kind.schema, *opener.row(kind, held.id, stored, body))
    with pytest.raises(Corrupt) as line, reading(f"the log of {held.id}"):
        kind.changes(opener.changes(kind, held.id, body))

    for corrupt in (row.value, line.value):
        assert held.id in corrupt.where
        assert "Ada" not in str(corrupt)


def test_the_largest_row_that_is_written_can_be_opened_again(keys: KeyFile) -> None:
    kind, sealing = kind_of(Customer), Sealing(keys)
    held = attrs.evolve(WALKS[Customer].example, name="x" * (LARGEST_TEXT - 1_000))

    stored, body, log = row_and_log(sealing, kind, held)

    assert len(body) > LARGEST_TEXT
    assert opened(sealing, kind, held, stored, body, log) == (held, held)


def test_a_key_file_is_a_database_of_its_own(keys: KeyFile, tmp_path: Path) -> None:
    keys.made("acme", ["a"])

    with sqlite3.connect(tmp_path / "crm.keys") as connection:
        assert connection.execute("SELECT tenant, subject, length(key) FROM relcore_key").fetchall() == [
            ("acme", "a", 32)
        ]
    connection.close()
