"""How one kind of entity is walked: how it begins, what each command takes, and what it tells its guards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
from hypothesis import strategies as st

from relcore import Actor
from relcore.kernel.change import Change
from tests.strategies import NOON, actors

Given = dict[str, Any]

ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")
ADA = Actor("customer", "ada")
people = st.sampled_from([ME, YOU, ADA]) | actors
soon = st.timedeltas(timedelta(0), timedelta(days=60)).map(lambda after: NOON + after)


@attrs.frozen
class Walk:
    """All that tests must know of an entity that they cannot read off its class."""

    example: Any
    """One with every field filled: what is written for it is compared with ``tests/storage/golden``."""
    begin: st.SearchStrategy[Change[Any]]
    commands: dict[str, dict[str, st.SearchStrategy[Any]]]
    """The arguments of each command, beside ``at``; ``by`` where a guard looks at it."""
    facts: Callable[[Given], list[object]] = lambda given: []
    """What a command tells its guards, made of its arguments."""
    always: tuple[Callable[[Any], bool], ...] = ()
    """What holds of it at every moment of its life, named as a sentence."""
