"""A host's own fields: declared once, set by one command, checked like the entity's own, and shown to nobody who need not see them."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Case, Customer, CustomFields, Invalid, Lead, Money, Refused, Task
from relcore.ids import CaseId, CustomerId, TaskId
from relcore.kernel.command_schema import command_schema, command_schemas
from relcore.kernel.custom import NONE, Custom, custom_word, custom_words
from relcore.kernel.errors import Illformed, UnknownQuery
from relcore.kernel.query import predicate
from relcore.kernel.query_json import from_json, to_json
from relcore.kernel.witness import witness
from relcore.kernel.words import Choice, Count, Instant, Link, Text, Unique, settled_words, word, words
from relcore.storage import arguments_from_json
from relcore.storage import from_json as entity_from_json
from relcore.storage import to_json as entity_to_json
from relcore.storage.kind import Kind
from tests.house_fields import DeskFields, ErrandFields, ShopFields, Tier

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = Customer(CustomerId.imported("shop", "ada"), "Ada Byron")
ERRAND = {
    "route": Tier.GOLD,
    "stops": 3,
    "starts_at": NOON,
    "fare": Money("12.50", "EUR"),
    "on_behalf_of": ADA.id,
    "driver": Actor("person", "u-1"),
    "plate": "",
    "note": "ring twice",
    "ticket": "T-1",
}


def a_task() -> Task:
    return Task.plan(TaskId.imported("desk", "1"), title="Deliver", at=NOON).entity


def test_a_field_is_set_changed_and_cleared_and_no_other_with_it() -> None:
    gold = ADA.customise({"tier": Tier.GOLD, "seats": 5}, at=NOON).entity

    more = gold.customise({"seats": 6}, at=NOON).entity
    less = more.customise({"tier": None}, at=NOON).entity

    assert more.custom == {"tier": "gold", "seats": 6}
    assert less.custom == {"seats": 6}
    assert (ShopFields.tier.held_by(more), ShopFields.tier.held_by(less)) == (Tier.GOLD, None)
    assert less.customise({"seats": None}, at=NOON).entity.custom is NONE or not less.custom.keys() - {
        "seats"
    }


def test_what_was_set_is_told_as_an_event_that_leaves_the_state_as_it_was() -> None:
    change = ADA.customise({"seats": 5}, at=NOON, by=Actor("person", "u-1"))

    (event,) = change.events
    assert (event.move, event.source, event.to) == ("customise", "active", "active")
    assert change.changed == {"custom": {"seats": 5}}


def test_a_word_of_a_choice_may_be_given_as_text_and_a_moment_in_any_zone() -> None:
    berlin = NOON.astimezone(ZoneInfo("Europe/Berlin"))

    task = a_task().customise({"route": "silver", "starts_at": berlin}, at=NOON).entity

    assert task.custom["route"] is Tier.SILVER
    assert task.custom["starts_at"].tzinfo is UTC


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"tier": "bronze"}, "Customer.custom.tier must be one of gold, silver, got 'bronze'"),
        ({"seats": "6"}, "Customer.custom.seats must be a whole number below 2**63, got '6'"),
        ({"seats": True}, "Customer.custom.seats must be a whole number below 2**63, got True"),
        ({"seat": 6}, "Customer.custom must be among tier, seats, nickname, fax, got 'seat'"),
        (
            {"nickname": "\x00secret"},
            "Customer.custom.nickname must be text without NUL and lone surrogates, got <personal>",
        ),
        ({"fax": "030 1"}, "Customer.custom.fax is retired: it is read, and set no more, got <personal>"),
        ([("tier", "gold")], "Customer.custom must be set by name, got 'list'"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_with_its_name_and_the_remedy(values: Any, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        ADA.customise(values, at=NOON)

    assert str(refused.value).startswith(said)
    assert "secret" not in str(refused.value)


def test_a_kind_without_fields_of_the_host_says_so() -> None:
    assert custom_words(Lead) == {}

    with pytest.raises(
        Invalid, match=r"Lead\.custom has no fields, got 'tier': declare it in a class of CustomFields"
    ):
        custom_word(Lead, "tier")
    with pytest.raises(Invalid, match=r"Case\.custom must be among asset, got 'tier'"):
        Case(CaseId.imported("mail", "1"), ADA.id, "Help", custom=Custom({"tier": "gold"}))


@given(
    st.sampled_from(sorted(ERRAND)),
    st.none()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.lists(st.none())
    | st.just(NOON.replace(tzinfo=None)),
)
def test_any_value_is_kept_or_invalid(name: str, value: Any) -> None:
    try:
        kept = a_task().customise({name: value}, at=NOON).entity
    except Invalid:
        return
    assert kept.custom.get(name) == value


def test_what_is_given_to_the_class_itself_must_be_as_it_is_kept() -> None:
    Customer(ADA.id, "Ada", custom=Custom({"tier": Tier.GOLD}))

    for wrong in (Custom({"tier": "gold"}), Custom({"seats": None}), {"tier": Tier.GOLD}):
        with pytest.raises(Invalid, match="custom"):
            Customer(ADA.id, "Ada", custom=wrong)  # type: ignore[arg-type]


def test_what_is_void_for_good_takes_nothing_more_and_what_is_won_does() -> None:
    erased = ADA.erase(at=NOON).entity
    done = a_task().complete("delivered", at=NOON).entity

    with pytest.raises(Refused, match="void for good"):
        erased.customise({"tier": "gold"}, at=NOON)
    assert done.customise({"stops": 1}, at=NOON).entity.custom == {"stops": 1}


def test_erasing_keeps_what_is_not_personal() -> None:
    known = ADA.customise({"tier": "gold", "nickname": "Addie"}, at=NOON).entity

    assert known.erase(at=NOON).entity.custom == {"tier": "gold"}


def test_it_shows_the_names_and_no_values_and_is_frozen() -> None:
    known = ADA.customise({"nickname": "Addie", "tier": "gold"}, at=NOON).entity

    assert "custom=<nickname, tier>" in repr(known)
    with pytest.raises(TypeError):
        known.custom["tier"] = "silver"  # type: ignore[index]
    assert pickle.loads(pickle.dumps(known)) == known == copy.deepcopy(known)
    assert hash(known) == hash(pickle.loads(pickle.dumps(known)))


def test_json_holds_it_and_what_is_personal_only_where_it_is_asked_for() -> None:
    task = a_task().customise(ERRAND, at=NOON).entity

    told = entity_to_json(task, personal=True)

    assert told["custom"]["fare"] == {"amount": "12.50", "currency": "EUR"}
    assert told["custom"]["starts_at"] == "2026-03-01T12:00:00+00:00"
    assert "note" not in entity_to_json(task)["custom"]
    assert entity_from_json(Task, told) == task
    del told["custom"]
    assert entity_from_json(Task, told).custom is NONE


@pytest.mark.parametrize("custom", [[], "x", {"stops": "3"}, {"gone": 1}, {"fare": 5}, {"note": 5}])
def test_json_of_another_shape_is_invalid(custom: Any) -> None:
    with pytest.raises(Invalid, match=r"Task\.custom"):
        entity_from_json(Task, entity_to_json(a_task(), personal=True) | {"custom": custom})


def test_a_question_is_asked_in_its_words_and_written_under_its_full_name() -> None:
    good = ShopFields.tier.is_(Tier.GOLD) & ShopFields.seats.at_least(3)
    plain = {"all": [{"field": "custom.tier", "is": "gold"}, {"field": "custom.seats", "at_least": 3}]}

    assert to_json(good, Customer) == plain
    assert from_json(plain, Customer) == good
    asked = predicate(good.tree)
    assert asked(ADA.customise({"tier": "gold", "seats": 3}, at=NOON).entity)
    assert not asked(ADA)
    assert witness(Customer, good) == {"custom.tier": "gold", "custom.seats": 3}
    with pytest.raises(UnknownQuery, match=r"custom\.tier"):
        word(Customer, "custom.tir")


def test_a_screen_is_told_the_fields_and_sends_them_back() -> None:
    schema = command_schema(Task, "customise")["properties"]["values"]

    assert set(schema["properties"]) == set(ERRAND)
    assert schema["properties"]["note"]["x-personal"]
    assert "customise" in command_schemas(Task)
    assert "customise" not in command_schemas(Lead)
    plain = entity_to_json(a_task().customise(ERRAND, at=NOON).entity, personal=True)["custom"]
    sent = {"values": plain | {"route": None}, "at": "2026-03-01T12:00:00+00:00"}
    assert arguments_from_json(Task, "customise", sent) == {"values": ERRAND | {"route": None}, "at": NOON}
    for wrong in ({"values": {"stops": "3"}}, {"values": []}, {"values": {"gone": 1}}, {"value": {}}):
        with pytest.raises(Invalid, match=r"Task\.c"):
            arguments_from_json(Task, "customise", wrong)


def test_a_row_of_an_older_shape_keeps_them_and_its_step_sees_them() -> None:
    def kilometres(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**fields, "custom": {**fields["custom"], "stops": fields["custom"]["stops"] * 2}}

    old = Kind(Task)
    task = a_task().customise(ERRAND, at=NOON).entity
    columns, body = old.stored(task), old.body(task)

    now = Kind(Task, schema=2, upcasters=(kilometres,)).row(task.id, 0, 1, columns, body)

    assert now == task.customise({"stops": 6}, at=NOON).entity


# --- declaring ------------------------------------------------------------------------------------


def test_a_field_comes_too_late_once_a_table_is_built() -> None:
    settled_words(Case)

    with pytest.raises(Illformed, match=r"Case\.custom\.late comes too late"):

        class Late(CustomFields):
            late = Text(Case)

    assert "custom.late" not in words(Case)


def test_a_field_may_be_declared_again_as_it_was_and_not_as_another() -> None:
    class Again(CustomFields):
        asset = Text(Case)

    assert words(Case)["custom.asset"] is Again.asset

    with pytest.raises(Illformed, match="as another type"):

        class Other(CustomFields):
            asset = Count(Case)

    with pytest.raises(Illformed, match="as another type"):

        class Hidden(CustomFields, personal=["asset"]):
            asset = Text(Case)


def test_only_text_is_personal_and_only_fields_that_are_there() -> None:
    with pytest.raises(Illformed, match="only a Text can be"):

        class Seats(CustomFields, personal=["seats"]):
            seats = Count(Case)

    with pytest.raises(Illformed, match="nickname is not among its fields"):

        class Nobody(CustomFields, retired=["nickname"]):
            asset = Text(Case)


def test_what_could_not_be_kept_is_refused_where_it_is_declared() -> None:
    with pytest.raises(Illformed, match="would have the column custom_Tier"):

        class Shouting(CustomFields):
            Tier = Text(Customer)

    with pytest.raises(Illformed, match="another name"):

        class Twice(CustomFields):
            asset = Text(Case)
            tag = asset

    with pytest.raises(Illformed, match="StrEnum"):
        Choice(Customer, str)  # type: ignore[type-var]
    with pytest.raises(Illformed, match="not Customer"):
        Link(Customer, Customer)  # type: ignore[type-var]
    with pytest.raises((Illformed, RuntimeError)):

        class Both(CustomFields):
            asset = Text(Case)
            seats = Count(Customer)
            once = Unique(asset, seats)


def test_whoever_mistakes_one_name_for_the_other_is_told() -> None:
    with pytest.raises(Invalid, match="write 'seats'"):
        ADA.customise({"custom.seats": 5}, at=NOON)
    with pytest.raises(UnknownQuery, match=r"write custom\.seats"):
        word(Customer, "seats")


def test_a_field_outside_of_such_a_class_must_be_the_entitys_own() -> None:
    with pytest.raises((Illformed, RuntimeError)) as refused:

        class Stray:
            since = Instant(Case)

    assert "class of CustomFields" in str(refused.value.__cause__ or refused.value)


def test_every_word_is_there_under_its_own_name_and_knows_its_column() -> None:
    assert list(custom_words(Case)) == ["asset"]
    assert DeskFields.asset.name == "custom.asset"
    assert ErrandFields.fare.columns == (("custom_fare_minor", int), ("custom_fare_currency", str))
    assert Task.uniques == {("custom.ticket",): (ErrandFields.ticket,)}
    assert isinstance(ErrandFields.once, Unique)
    assert isinstance(ShopFields.tier, Choice)
