"""The wheel has one of every kind, and it is the one that the tests walk with."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import attrs
import pytest

from relcore import Case, Customer, Opportunity
from relcore.storage import in_memory, to_json
from relcore.storage.serde import KINDS
from relcore.testing import Candidate
from relcore.testing.specimens import specimen, specimens
from relcore.testing.trial import Trial
from tests.walks import WALKS


def test_every_kind_is_there_with_every_field_filled_as_in_the_walks() -> None:
    """After a change of an example: ``python -m tests.testing.specimens``."""
    kept = json.loads(files("relcore.testing").joinpath("specimens.json").read_text("utf-8"))

    assert kept == {kind.__name__: to_json(walk.example, personal=True) for kind, walk in WALKS.items()}
    assert set(kept) == {kind.entity.__name__ for kind in KINDS}


@pytest.mark.parametrize("kinds", [(), (Customer, Case, Opportunity)])
def test_a_specimen_is_new_and_refers_to_what_is_committed(kinds: tuple[type[Any], ...]) -> None:
    held = in_memory()

    with Trial(Candidate(lambda: held, kinds=kinds)) as trial:
        made = list(specimens(trial))
        case = next(one for one in made if type(one) is Case)
        others = [trial.workspace.get(Customer, case.customer), trial.workspace.get(Case, case.parent)]

    assert {type(one) for one in made} == set(kinds or [kind.entity for kind in KINDS])
    assert [one.version for one in [*made, *others]] == [0] * len(made) + [1, 1]


@pytest.mark.parametrize("kind", [kind.entity for kind in KINDS], ids=lambda kind: kind.__name__)
def test_a_specimen_is_its_example_but_for_the_ids(kind: type[Any]) -> None:
    held = in_memory()

    with Trial(Candidate(lambda: held)) as trial:
        made = specimen(trial, kind)

    example = WALKS[kind].example
    for field in attrs.fields(kind):
        told, there = getattr(made, field.name), getattr(example, field.name)
        assert type(told) is type(there), field.name
        assert (told in (None, "", ())) == (there in (None, "", ())), field.name
