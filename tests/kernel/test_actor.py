"""Who did it: the host's own reference, carried and never looked into."""

from __future__ import annotations

import pytest
from hypothesis import given

from relcore import Actor, Invalid
from tests.strategies import actors


@given(actors)
def test_an_actor_is_written_and_read_back(actor: Actor) -> None:
    assert Actor.parse(str(actor)) == actor


@pytest.mark.parametrize("text", ["", "person", "person:", ":u-1", "robot:u-1", "Person:u-1"])
def test_an_actor_without_kind_or_reference_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Actor.parse(text)


@pytest.mark.parametrize("ref", ["", None, 17, "a\x00b", "\ud800", "a\nb"])
def test_a_reference_is_text_that_every_database_can_hold(ref: object) -> None:
    with pytest.raises(Invalid, match="ref must be the host's own reference"):
        Actor("person", ref)  # type: ignore[arg-type]
