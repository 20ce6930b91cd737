"""What comes back from a form or an agent: the arguments of a command, or an error that says which of them is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore import Case, Customer, Invalid
from relcore.storage import arguments_from_json, serde
from tests.storage.test_kind import plain, spoil
from tests.strategies import NOON
from tests.walks import WALKS, arguments

every_entity = pytest.mark.parametrize("entity", list(WALKS))


@every_entity
@settings(max_examples=10)
@given(data=st.data())
def test_arguments_come_back_as_they_were_sent(entity: type[Any], data: st.DataObject) -> None:
    for move in WALKS[entity].commands:
        given_ = data.draw(arguments(entity, move)) | {"at": NOON}
        sent = serde.text(given_)

        # Compared as text: an hour that is counted twice equals no time of another zone, and comes back in UTC.
        assert serde.text(arguments_from_json(entity, move, json.loads(sent))) == sent


@every_entity
@settings(max_examples=8)
@given(data=st.data())
def test_any_json_is_what_a_command_takes_or_invalid(entity: type[Any], data: st.DataObject) -> None:
    move = data.draw(st.sampled_from(sorted(WALKS[entity].commands)))
    told = json.loads(serde.text(data.draw(arguments(entity, move)) | {"at": NOON}))
    spoil(data, told)

    for plain_ in (told, data.draw(plain)):
        try:
            taken = arguments_from_json(entity, move, plain_)
        except Invalid:
            continue
        serde.text(taken)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("accept", {"owner": "bob"}, "Case.accept: owner"),
    ("accept", {"owner": 5}, "Case.accept: owner"),
    ("accept", {"owner": "person:u-17", "colour": "red"}, "Case.accept takes owner, at, by"),
    ("put_on_hold", {"review_at": "tomorrow"}, "Case.put_on_hold: review_at"),
    ("put_on_hold", {"review_at": "2026-03-01T09:00:00"}, "must be a datetime with a time zone"),
    ("resolve", {"children": {"count": "2"}}, "Case.resolve: children"),
    ("resolve", {"resolution": None}, "Case.resolve: resolution"),
    (
        "close",
        {"policy": {"confirm_within": "P1M"}},
        "Case.close: policy.confirm_within must be ISO 8601 in days",
    ),
    ("close", {"policy": {"within": "P1D"}}, "Case.close: policy must be an object with keys among"),
    ("explode", {}, "command must be one of"),
]


@pytest.mark.parametrize(("command", "plain", "said"), WRONG, ids=repr)
def test_what_is_wrong_is_named(command: str, plain: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        arguments_from_json(Case, command, plain)

    assert said in str(refused.value)


def test_a_value_is_never_repeated_in_the_error() -> None:
    with pytest.raises(Invalid) as refused:
        arguments_from_json(Customer, "rename", {"name": ["Ada Byron"]})

    assert "Ada" not in str(refused.value)
