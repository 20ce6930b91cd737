"""Rules that every entity keeps, so that knowing one is knowing all."""

from __future__ import annotations

import inspect
import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import (
    Case,
    ContactPoint,
    Customer,
    Invalid,
    Order,
    Relationship,
    VersionConflict,
    Workspace,
)
from relcore.customers import Merge
from relcore.ids import CustomerId, OrderId
from relcore.kernel.entity import personal_fields
from relcore.kernel.errors import HIDDEN, RelcoreError
from relcore.kernel.ids import Id
from relcore.storage import in_memory, to_json
from relcore.storage.serde import KINDS
from relcore.testing import CountingIds, FixedClock
from tests.strategies import NOON, born
from tests.walks import WALKS, chains

ENTITIES = [kind.entity for kind in KINDS]
every_entity = pytest.mark.parametrize("entity", ENTITIES)
SECRET = "Ada Byron, ada@example.org"

IDS = CountingIds()


def test_the_id_of_every_kind_that_is_kept_is_on_the_page_that_slices_share() -> None:
    import relcore.ids

    shared = {i for i in vars(relcore.ids).values() if isinstance(i, type) and issubclass(i, Id)}

    assert {entity.id_type for entity in ENTITIES} <= shared
    assert len({i.kind for i in shared}) == len(shared)


@every_entity
def test_each_command_of_the_table_is_a_method_of_that_name(entity: type[Any]) -> None:
    for move in entity.lifecycle.moves:
        method = inspect.getattr_static(entity, move.name)
        assert move.is_command
        assert isinstance(method, classmethod) is (not move.sources)


def _parameters(attribute: Any) -> set[str]:
    function = getattr(attribute, "__func__", attribute)
    return set(inspect.signature(function).parameters) if inspect.isfunction(function) else set()


@every_entity
def test_each_method_by_somebody_at_a_moment_is_a_command_of_the_table(entity: type[Any]) -> None:
    methods = {
        name
        for name in vars(entity)
        if not name.startswith("_") and {"at", "by"} <= _parameters(inspect.getattr_static(entity, name))
    }

    assert methods - {"moves"} == {move.name for move in entity.lifecycle.moves}


@every_entity
def test_each_need_of_the_table_is_a_field(entity: type[Any]) -> None:
    fields = {field.name for field in attrs.fields(entity)}

    assert {need for move in entity.lifecycle.moves for need in move.needs} <= fields


@every_entity
def test_time_and_actor_are_named_in_every_command(entity: type[Any]) -> None:
    for move in entity.lifecycle.moves:
        parameters = inspect.signature(getattr(entity, move.name)).parameters
        assert parameters["at"].kind is parameters["by"].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters["at"].default is inspect.Parameter.empty


def test_every_kind_that_is_kept_is_walked() -> None:
    assert set(WALKS) == set(ENTITIES)


@every_entity
def test_the_commands_that_the_walks_take_are_all_there_are(entity: type[Any]) -> None:
    assert set(WALKS[entity].commands) == {move.name for move in entity.lifecycle.moves if move.sources}


@every_entity
def test_the_example_of_each_kind_has_every_field_filled(entity: type[Any]) -> None:
    example = WALKS[entity].example
    empty = [f.name for f in attrs.fields(entity) if getattr(example, f.name) in (None, "", (), 0)]

    assert not empty


@every_entity
def test_states_of_the_table_are_those_of_the_class_and_it_begins_in_one_of_them(entity: type[Any]) -> None:
    starts = entity.lifecycle.starts
    default = attrs.fields(entity).state.default

    assert set(entity.lifecycle.states) == set(type(starts[0]))
    assert default in starts if len(starts) == 1 else default in (*starts, attrs.NOTHING)


@every_entity
def test_an_entity_is_frozen_with_an_id_a_state_and_a_version(entity: type[Any]) -> None:
    names = [field.name for field in attrs.fields(entity)]

    assert names[0] == "id"
    assert names[-1] == "version"
    assert "state" in names
    assert entity.__setattr__ is not object.__setattr__
    assert not hasattr(entity, "__dict__") or "__slots__" in vars(entity)


@every_entity
def test_an_id_of_another_kind_is_refused_at_the_reference(entity: type[Any]) -> None:
    other = next(e.id_type for e in ENTITIES if e is not entity)

    with pytest.raises(Invalid, match=f"must be a {entity.id_type.__name__}"):
        entity.ref(IDS.new(other), tenant="acme")


# --- what untyped code may hand in ----------------------------------------------------------------

WRONG = [
    (Customer, {"id": "customer_1"}),
    (Customer, {"name": ""}),
    (Customer, {"name": " "}),
    (Customer, {"name": "\x00"}),
    (Customer, {"name": "\ud800"}),
    (Customer, {"name": 5}),
    (Customer, {"kind": "robot"}),
    (Customer, {"state": "gone"}),
    (Customer, {"owner": "bob"}),
    (Customer, {"survivor": "ada"}),
    (Customer, {"created_at": NOON.replace(tzinfo=None)}),
    (Customer, {"roles": ("donor",)}),
    (ContactPoint, {"kind": "pigeon"}),
    (ContactPoint, {"purposes": ("fun",)}),
    (ContactPoint, {"value": "\x00"}),
    (ContactPoint, {"validity": None}),
    (ContactPoint, {"soft_bounces": (NOON.replace(tzinfo=None),)}),
    (Relationship, {"type": "enmity"}),
    (Relationship, {"target": IDS.new(OrderId)}),
    (Relationship, {"title": 5}),
    (Merge, {"survivor": "ada"}),
    (Merge, {"taken": (5,)}),
    (Merge, {"policy": ""}),
    (Merge, {"redirected": ("ada",)}),
    (Order, {"customer": IDS.new(OrderId)}),
    (Order, {"amount": 5}),
    (Order, {"placed_at": NOON.replace(tzinfo=None)}),
    (Order, {"placed_at": "2026-03-01"}),
    (Order, {"cancel_reason": "\x00"}),
    (Case, {"subject": ""}),
    (Case, {"kind": "war"}),
    (Case, {"state": "opne"}),
    (Case, {"owner": "bob"}),
    (Case, {"parent": IDS.new(CustomerId)}),
    (Case, {"review_at": NOON.date()}),
    (Case, {"waiting_for": "\ud800"}),
    (Case, {"resolution": "\x00"}),
    (Case, {"cause": 5}),
    (Case, {"resolution": "\ud800"}),
    (Case, {"cancel_reason": 5}),
    (Case, {"reopened": "1"}),
    (Case, {"reopened": 2**63}),
]


@pytest.mark.parametrize(("entity", "wrong"), WRONG, ids=repr)
def test_what_storage_could_not_give_back_is_no_entity(entity: type[Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        attrs.evolve(WALKS[entity].example, **wrong)


# --- personal data --------------------------------------------------------------------------------


@every_entity
def test_personal_fields_are_never_shown(entity: type[Any]) -> None:
    for name in personal_fields(entity):
        held = attrs.evolve(WALKS[entity].example, **{name: SECRET})

        assert SECRET not in repr(held)
        assert f"{name}={HIDDEN}" in repr(held)


@every_entity
def test_an_error_about_a_personal_field_does_not_show_it(entity: type[Any]) -> None:
    for name in personal_fields(entity):
        with pytest.raises(RelcoreError) as refused:
            attrs.evolve(WALKS[entity].example, **{name: SECRET + "\x00"})

        assert SECRET not in str(refused.value) + repr(refused.value)
        assert HIDDEN in str(refused.value)


@every_entity
@given(data=st.data())
def test_nothing_that_happens_to_an_entity_shows_its_personal_fields(
    entity: type[Any], data: st.DataObject
) -> None:
    held = data.draw(chains(entity))[-1].entity
    held = attrs.evolve(held, **dict.fromkeys(personal_fields(entity), SECRET))

    said = [repr(held), repr(held.moves(at=NOON))]
    for move, given_ in WALKS[entity].commands.items():
        try:
            said.append(repr(getattr(held, move)(**data.draw(st.fixed_dictionaries(given_)), at=NOON)))
        except RelcoreError as refused:
            said.append(str(refused))
    assert SECRET not in "".join(said)


def marked(value: Any) -> Any:
    """The value with a canary in each personal text that it holds, however deep."""
    if isinstance(value, tuple):
        return tuple(map(marked, value))
    if not attrs.has(type(value)):
        return value
    secret = {
        f.name: SECRET if f.metadata.get("relcore.personal") and type(held) is str else marked(held)
        for f in attrs.fields(type(value))
        if f.init and not f.name.startswith("_") and (held := getattr(value, f.name)) is not None
    }
    return attrs.evolve(value, **secret)


@every_entity
def test_nothing_that_is_kept_shows_its_personal_texts(entity: type[Any]) -> None:
    workspace = Workspace(in_memory(), tenant="acme", clock=FixedClock(NOON), ids=CountingIds())
    held = attrs.evolve(marked(WALKS[entity].example), version=0)
    change = born(held)

    receipt = workspace.commit(change)

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(change)
    said = [repr(change), repr(receipt), repr(workspace.log(entity, held.id)), repr(workspace.find(entity))]
    said += [str(conflict.value), repr(conflict.value), json.dumps(to_json(held))]
    assert SECRET not in "".join(said)
    assert SECRET in json.dumps(to_json(held, personal=True)) or not _has_personal_text(entity)


def _has_personal_text(entity: type[Any]) -> bool:
    return SECRET in str(attrs.asdict(marked(WALKS[entity].example)))
