"""A ring of keys says which it never had, and a file that is none is refused with the remedy."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from relcore import Case, Customer, Invalid, Workspace
from relcore.ids import CaseId, CustomerId
from relcore.kernel.errors import Busy, Corrupt, KeyMissing, Shredded
from relcore.storage import aio, sqlite
from relcore.storage.key_ring import KeyFile, key_file
from relcore.storage.sealing import ERASED
from relcore.testing import FixedClock
from relcore.testing.awaited import Awaited, Loop
from tests.strategies import NOON

NAME, SUBJECT = "Grace Hopper", "Cannot log in"
Opened = Callable[[KeyFile], Workspace]


@pytest.fixture(params=["sync", "async"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """One database, opened with one key file or another."""
    loop, kept = Loop(), list[Any]()

    def workspace(keys: KeyFile) -> Workspace:
        path = tmp_path / "crm.db"
        sync = request.param == "sync"
        kept.append(sqlite(path, keys=keys) if sync else Awaited(loop.run(aio.sqlite(path, keys=keys)), loop))
        return Workspace(kept[-1], tenant="acme", clock=FixedClock(NOON))

    yield workspace
    for repository in kept:
        repository.close()
    loop.stop()


def grace(workspace: Workspace) -> tuple[Customer, Case]:
    person = Customer.create(workspace.new(CustomerId), name=NAME, at=NOON)
    case = Case.open(workspace.new(CaseId), customer=person.entity.id, subject=SUBJECT, at=NOON)
    receipt = workspace.commit(person, case, key="new")
    return receipt.of(person), receipt.of(case)


def test_under_a_wrong_key_file_nothing_is_read_as_if_it_were_erased(opened: Opened, tmp_path: Path) -> None:
    right = opened(key_file(tmp_path / "crm.keys"))
    person, case = grace(right)

    wrong = opened(key_file(tmp_path / "other.keys"))

    for read in (
        lambda: wrong.get(Customer, person.id),
        lambda: wrong.get(Case, case.id),
        lambda: wrong.find(Case),
        lambda: list(wrong.each(Customer)),
        lambda: wrong.log(Customer, person.id),
        lambda: wrong.drain(),
        lambda: wrong.receipt("new"),
        lambda: wrong.apply(Customer, person.id, lambda held: held.rename("Somebody", at=NOON)),
    ):
        with pytest.raises(KeyMissing, match="open it with the key file that it was written with") as missing:
            read()
        assert missing.value.id in (person.id, case.id)
        assert missing.value.subject == person.id
        assert NAME not in str(missing.value)
    assert right.get(Customer, person.id) == person
    assert right.get(Case, case.id) == case


@pytest.mark.parametrize("lost", [lambda path: path.write_bytes(b""), lambda path: path.unlink()])
def test_a_key_file_that_was_emptied_or_deleted_is_missed(
    opened: Opened, tmp_path: Path, lost: Callable[[Path], object]
) -> None:
    path = tmp_path / "crm.keys"
    workspace = opened(key_file(path))
    person, _ = grace(workspace)
    kept = path.read_bytes()

    lost(path)

    with pytest.raises(Corrupt, match="put back the one that the data was written with"):
        workspace.get(Customer, person.id)  # while it is open
    with pytest.raises(KeyMissing):
        opened(key_file(path)).get(Customer, person.id)
    path.write_bytes(kept)
    assert workspace.get(Customer, person.id) == person


def test_a_key_that_was_destroyed_is_erased_and_a_key_that_was_never_there_is_missing(
    opened: Opened, tmp_path: Path
) -> None:
    keys, other = key_file(tmp_path / "crm.keys"), key_file(tmp_path / "other.keys")
    person, case = grace(opened(keys))

    keys.destroy("acme", person.id)
    other.destroy("globex", person.id)

    read = opened(keys)
    assert read.get(Customer, person.id).name is None
    assert read.get(Case, case.id).subject == ERASED
    assert [entry.id for entry in read.drain().entries] == [person.id, case.id]
    with pytest.raises(KeyMissing):
        opened(other).get(Customer, person.id)


def test_a_ring_tells_the_keys_that_were_destroyed_from_those_that_never_were(tmp_path: Path) -> None:
    keys = key_file(tmp_path / "crm.keys")
    made = keys.made("acme", ["a", "b"])

    keys.destroy("acme", "b")

    assert dict(keys.keys("acme", ["a", "b", "c"])) == {"a": made["a"], "b": None}
    assert not keys.keys("globex", ["a", "b", "c"])


def test_a_file_of_keys_from_before_is_read_as_it_was_written(tmp_path: Path) -> None:
    path, key = tmp_path / "crm.keys", bytes(range(32))
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(
            "CREATE TABLE relcore_key"
            " (tenant TEXT NOT NULL, subject TEXT NOT NULL, key BLOB, PRIMARY KEY (tenant, subject))"
        )
        lines = [("acme", "a", key), ("acme", "b", None)]
        connection.executemany("INSERT INTO relcore_key VALUES (?, ?, ?)", lines)
    connection.close()

    keys = key_file(path)

    assert dict(keys.keys("acme", ["a", "b", "c"])) == {"a": key, "b": None}
    with pytest.raises(Shredded):
        keys.made("acme", ["b"])


@pytest.mark.parametrize("path", ["", ":memory:", "a\x00b", b"crm.keys", 5, None])
def test_a_key_file_has_a_name(path: Any) -> None:
    with pytest.raises(Invalid, match=r'write key_file\("crm\.keys"\)'):
        key_file(path)


def test_a_key_file_lies_in_a_folder_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="make the folder first"):
        key_file(tmp_path / "nowhere" / "crm.keys")
    with pytest.raises(Invalid, match="must be a file"):
        key_file(tmp_path)


def test_what_is_no_file_of_keys_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "crm.keys"
    path.write_bytes(b"garbage" * 100)

    with pytest.raises(Corrupt, match=r"the key file '.*crm\.keys' cannot be read: it is no file of keys"):
        key_file(path)

    assert path.read_bytes() == b"garbage" * 100


@pytest.mark.parametrize("key", [b"", b"short", "text", 5])
def test_a_key_of_another_shape_is_refused_and_not_shown(tmp_path: Path, key: Any) -> None:
    keys = key_file(tmp_path / "crm.keys")
    connection = sqlite3.connect(tmp_path / "crm.keys")
    with connection:
        connection.execute("INSERT INTO relcore_key VALUES ('acme', 'a', ?)", (key,))
    connection.close()

    for ask in (keys.keys, keys.made):
        with pytest.raises(Corrupt, match="what it holds for a is no key"):
            ask("acme", ["a"])


def test_a_key_file_that_another_writer_holds_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, connect = key_file(tmp_path / "crm.keys"), sqlite3.connect
    holder = connect(tmp_path / "crm.keys", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(sqlite3, "connect", lambda path, **how: connect(path, **how | {"timeout": 0}))

    with pytest.raises(Busy):
        keys.made("acme", ["a"])

    holder.close()


@pytest.mark.parametrize("keys", ["crm.keys", Path("crm.keys"), {}, key_file, 5])
def test_what_is_no_ring_is_refused_before_anything_is_made(tmp_path: Path, keys: Any) -> None:
    with pytest.raises(Invalid, match=r'write keys=key_file\("crm\.keys"\)'):
        sqlite(tmp_path / "crm.db", keys=keys)
    with pytest.raises(Invalid, match=r'write keys=key_file\("crm\.keys"\)'):
        Loop().run(aio.sqlite(tmp_path / "crm.db", keys=keys))

    assert not (tmp_path / "crm.db").exists()
