"""What a schema says of a command is what the command takes: shown to a validator that we did not write."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from relcore import Case, Customer, Invalid, Opportunity
from relcore.kernel.command_schema import command_parameters, command_schema, command_schemas
from relcore.kernel.custom import custom_words
from relcore.storage import serde
from tests.strategies import NOON
from tests.walks import WALKS, arguments

every_entity = pytest.mark.parametrize("entity", list(WALKS))


@every_entity
def test_every_command_has_a_schema_that_is_one(entity: type[Any]) -> None:
    schemas = command_schemas(entity)

    customise = ["customise"] if custom_words(entity) else []
    assert list(schemas) == [row.name for row in entity.lifecycle.moves] + customise
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
        assert json.loads(json.dumps(schema)) == schema
        assert schema["description"]


@every_entity
@settings(max_examples=10)
@given(data=st.data())
def test_what_a_command_takes_is_what_its_schema_allows(entity: type[Any], data: st.DataObject) -> None:
    for move in WALKS[entity].commands:
        given_ = data.draw(arguments(entity, move)) | {"at": NOON}
        plain = {name: serde.converter().unstructure(value) for name, value in given_.items()}

        Draft202012Validator(command_schema(entity, move)).validate(json.loads(json.dumps(plain)))


@every_entity
def test_what_is_required_is_what_has_no_default(entity: type[Any]) -> None:
    for move, schema in command_schemas(entity).items():
        parameters = inspect.signature(getattr(entity, move)).parameters.values()
        needed = [p.name for p in parameters if p.default is p.empty and p.name != "self"]

        assert schema["required"] == needed
        assert list(schema["properties"]) == list(command_parameters(entity, move))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"owner": "bob", "at": "2026-03-01T09:00:00Z"},
        {"owner": "person:u-17", "at": 5},
        {"owner": "person:u-17", "at": "2026-03-01T09:00:00Z", "colour": "red"},
    ],
    ids=repr,
)
def test_what_the_command_would_refuse_the_schema_refuses(wrong: dict[str, Any]) -> None:
    assert not Draft202012Validator(command_schema(Case, "accept")).is_valid(wrong)


def test_a_need_may_not_be_empty() -> None:
    resolve = command_schema(Case, "resolve")

    assert resolve["properties"]["resolution"] == {"type": "string", "minLength": 1}


def test_what_is_personal_says_so() -> None:
    assert command_schema(Customer, "rename")["properties"]["name"]["x-personal"] is True
    assert "x-personal" not in command_schema(Case, "resolve")["properties"]["cause"]


def test_a_value_is_an_object_that_is_defined_once() -> None:
    schema = command_schema(Opportunity, "advance")

    assert schema["properties"]["pipeline"] == {"$ref": "#/$defs/Pipeline"}
    assert set(schema["$defs"]) >= {"Pipeline", "PipelineStage"}


def test_a_command_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid, match=r"command must be one of open, .* got 'explode'"):
        command_schema(Case, "explode")
