"""A host's own fields in SQL: columns that are there when they are needed, and nothing personal in them that is sealed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from relcore import ContactPoint, Customer, Task, UniqueConflict, Workspace
from relcore.customers import ContactKind
from relcore.ids import ContactPointId, CustomerId, TaskId
from relcore.kernel.errors import Illformed, Unsupported
from relcore.kernel.repository import replay
from relcore.storage import SqlRepository, key_file, sqlite
from relcore.storage.sql_tables import all_tables
from tests.house_fields import ErrandFields, ShopFields, Tier

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLDER = (
    "DROP INDEX ix_relcore_customer_custom_tier",
    "ALTER TABLE relcore_customer DROP COLUMN custom_tier",
    "ALTER TABLE relcore_customer DROP COLUMN custom_seats",
)
"""A table as it was before these were declared."""


def gold(workspace: Workspace, name: str = "Ada", **more: Any) -> Customer:
    change = Customer.create(workspace.new(CustomerId), name=name, at=NOON).then(
        lambda customer: customer.customise({"tier": "gold", "seats": 5} | more, at=NOON)
    )
    return workspace.commit(change).of(change)


def made_older(repository: SqlRepository) -> None:
    with repository.engine.begin() as connection:
        for statement in OLDER:
            connection.exec_driver_sql(statement)


def is_brought_up(repository: SqlRepository) -> None:
    workspace = Workspace(repository, tenant="acme")
    old = Customer.create(workspace.new(CustomerId), name="Before", at=NOON)
    with repository.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM relcore_customer")
    made_older(repository)
    lacking = repository.check()

    repository.create_all()

    assert [finding.partition(" is missing")[0] for finding in lacking] == [
        "column relcore_customer.custom_tier",
        "column relcore_customer.custom_seats",
        "index ix_relcore_customer_custom_tier of relcore_customer",
    ]
    assert repository.check() == ()
    workspace.commit(old)
    kept = gold(workspace)
    assert [*workspace.each(Customer, ShopFields.tier.is_(Tier.GOLD))] == [kept]
    assert [*workspace.each(Customer, ShopFields.tier.missing())] == [workspace.get(Customer, old.entity.id)]


def test_a_file_that_was_made_before_a_field_was_declared_gets_its_columns(tmp_path: Path) -> None:
    is_brought_up(sqlite(tmp_path / "crm.db"))


def test_so_does_a_postgres_database(postgres_url: str) -> None:
    from relcore.storage import postgres

    with closing(postgres(postgres_url)) as repository:
        is_brought_up(repository)


def test_a_file_is_brought_up_when_it_is_opened(tmp_path: Path) -> None:
    first = sqlite(tmp_path / "crm.db")
    made_older(first)
    first.close()

    kept = gold(Workspace(sqlite(tmp_path / "crm.db"), tenant="acme"))

    assert kept.custom == {"tier": "gold", "seats": 5}


def test_the_metadata_has_a_column_for_each_field_and_an_index_where_one_was_asked_for() -> None:
    table = all_tables().tables["relcore_task"]

    assert isinstance(table.c.custom_stops.type, sa.BigInteger)
    assert {"custom_fare_minor", "custom_fare_currency"} <= set(table.columns.keys())
    assert {index.name for index in table.indexes if "_custom_" in str(index.name)} == {
        "ix_relcore_task_custom_starts_at",
        "ix_relcore_task_custom_on_behalf_of",
        "ux_relcore_task_custom_ticket",
    }


def test_what_only_one_may_have_is_refused_to_a_second(workspace: Workspace) -> None:
    def a_task() -> Any:
        return Task.plan(workspace.new(TaskId), title="Deliver", at=NOON).then(
            lambda task: task.customise({"ticket": "T-1"}, at=NOON)
        )

    first = workspace.commit(a_task()).entities[0]

    with pytest.raises(UniqueConflict) as conflict:
        workspace.commit(a_task())

    assert conflict.value.fields == ("custom.ticket",)
    assert [*workspace.each(Task, ErrandFields.ticket.is_("T-1"))] == [first]


def test_what_is_personal_is_sealed_and_found_by_whether_it_is_equal(tmp_path: Path) -> None:
    repository = sqlite(tmp_path / "crm.db", keys=key_file(tmp_path / "crm.keys"))
    workspace = Workspace(repository, tenant="acme")
    kept = gold(workspace, nickname="Enchantress")

    assert [*workspace.each(Customer, ShopFields.nickname.is_("Enchantress"))] == [kept]
    with pytest.raises(Unsupported):
        workspace.find(Customer, ShopFields.nickname.starts_with("Ench"))
    with pytest.raises(Unsupported):
        list(workspace.scan(Customer, ShopFields.nickname))
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("crm.db*"))
    assert b"Enchantress" not in stored

    workspace.shred(kept.id)

    assert workspace.get(Customer, kept.id).custom == {"tier": "gold", "seats": 5}
    assert [*workspace.each(Customer, ShopFields.nickname.is_("Enchantress"))] == [
        workspace.get(Customer, kept.id)
    ]


def test_who_was_shredded_is_still_told_in_the_log_and_the_outbox(tmp_path: Path) -> None:
    repository = sqlite(tmp_path / "crm.db", keys=key_file(tmp_path / "crm.keys"))
    workspace = Workspace(repository, tenant="acme")
    kept = gold(workspace, nickname="Enchantress")

    workspace.shred(kept.id)

    told = {"tier": "gold", "seats": 5}
    assert [entry.fields.get("custom", told) for entry in workspace.log(Customer, kept.id)] == [told, told]
    assert len(workspace.drain().entries) == 2
    assert replay(Customer, workspace.log(Customer, kept.id)) == workspace.get(Customer, kept.id)


def test_what_was_kept_before_there_were_keys_is_there_when_there_are(tmp_path: Path) -> None:
    open_one = Workspace(sqlite(tmp_path / "crm.db"), tenant="acme")
    kept = gold(open_one, nickname="Enchantress")
    point = open_one.commit(
        ContactPoint.add(
            open_one.new(ContactPointId),
            customer=kept.id,
            kind=ContactKind.EMAIL,
            value="ada@example.org",
            at=NOON,
        )
    ).entities[0]

    sealed = Workspace(sqlite(tmp_path / "crm.db", keys=key_file(tmp_path / "crm.keys")), tenant="acme")

    assert sealed.get(Customer, kept.id) == kept
    assert sealed.get(ContactPoint, point.id) == point  # type: ignore[arg-type]
    changed = sealed.apply(Customer, kept.id, lambda customer: customer.rename("Ada K.", at=NOON))
    assert sealed.get(Customer, kept.id) == changed
    assert changed.custom == kept.custom
    assert [*sealed.each(Customer, ShopFields.nickname.is_("Enchantress"))] == [changed]


def test_a_field_that_is_personal_no_longer_is_read_as_it_was(tmp_path: Path) -> None:
    repository = sqlite(tmp_path / "crm.db", keys=key_file(tmp_path / "crm.keys"))
    kept = gold(Workspace(repository, tenant="acme"), nickname="Enchantress")
    told = (
        "from relcore import Customer, CustomFields, Workspace\n"
        "from relcore.ids import CustomerId\n"
        "from relcore.kernel.words import Count, Text\n"
        "from relcore.storage import key_file, sqlite\n"
        "class F(CustomFields):\n    tier = Text(Customer)\n    seats = Count(Customer)\n    nickname = Text(Customer)\n"
        f"w = Workspace(sqlite({str(tmp_path / 'crm.db')!r}, keys=key_file({str(tmp_path / 'crm.keys')!r})), tenant='acme')\n"
        f"id = CustomerId({str(kept.id)!r})\n"
        "print(w.get(Customer, id).custom['nickname'], len(w.log(Customer, id)))"
    )

    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)

    assert ran.stdout == "Enchantress 2\n", ran.stderr


def test_a_column_of_another_type_is_named_and_nothing_is_opened_over_it(tmp_path: Path) -> None:
    first = sqlite(tmp_path / "crm.db")
    with first.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE relcore_customer DROP COLUMN custom_seats")
        connection.exec_driver_sql("ALTER TABLE relcore_customer ADD COLUMN custom_seats TEXT")

    (said,) = first.check()
    with pytest.raises(Illformed, match="the type of a field does not change"):
        sqlite(tmp_path / "crm.db")

    assert said.startswith("column relcore_customer.custom_seats is TEXT and must be BIGINT")


def test_duplicates_of_what_only_one_may_have_are_named_when_a_file_is_opened(tmp_path: Path) -> None:
    first = sqlite(tmp_path / "crm.db")
    workspace = Workspace(first, tenant="acme")
    with first.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ux_relcore_task_custom_ticket")
    for _ in range(2):
        workspace.commit(
            Task.plan(workspace.new(TaskId), title="Deliver", at=NOON).then(
                lambda task: task.customise({"ticket": "T-1"}, at=NOON)
            )
        )

    with pytest.raises(Illformed, match="rows share custom_ticket"):
        sqlite(tmp_path / "crm.db")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("from relcore.storage import sqlite\n{declare}\nsqlite({path!r}); print('fine')", "fine"),
        ("from relcore.storage.sql import metadata\n{declare}", "comes too late"),
        ("from relcore.storage import sqlite\nsqlite({path!r})\n{declare}", "comes too late"),
    ],
)
def test_a_field_is_declared_before_a_table_is_built(tmp_path: Path, program: str, said: str) -> None:
    declare = (
        "from relcore import Customer, CustomFields\nfrom relcore.kernel.words import Text\n"
        "class Own(CustomFields):\n    hobby = Text(Customer)"
    )
    told = program.format(declare=declare, path=str(tmp_path / "crm.db"))

    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)

    assert said in ran.stdout + ran.stderr
    if said == "fine":
        with closing(sqlite3.connect(tmp_path / "crm.db")) as kept:
            names = [row[1] for row in kept.execute("PRAGMA table_info(relcore_customer)")]
        assert "custom_hobby" in names
