"""One of every kind of entity, each field filled: the richest that an adapter can be asked to keep.

``specimens.json`` beside this file holds them as ``to_json`` writes them. Here they are given ids of the candidate's own, and
what they refer to is what the trial has committed, for a host may hold them to foreign keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import attrs

from relcore.customers.customer import Customer
from relcore.kernel.change import Change, Moved
from relcore.kernel.ids import Id
from relcore.sales.opportunity import Opportunity
from relcore.sales.quote import Quote
from relcore.service.case import Case
from relcore.storage.entity_json import from_json
from relcore.storage.serde import KINDS
from relcore.testing.trial import NOON, Trial

E = TypeVar("E")
_ID = re.compile(r"\b([a-z_]+)_[0-9a-f]{32}\b")


def specimens(trial: Trial) -> Iterator[Any]:
    """One entity of every kind that the candidate keeps, new and not yet committed."""
    for kind in KINDS:
        if trial.keeps(kind.entity):
            yield specimen(trial, kind.entity)


def specimen(trial: Trial, entity: type[E]) -> E:
    """One entity of that kind."""
    plain = _written()[entity.__name__]
    own, known = plain["id"], dict[str, str]()

    def of_the_trial(found: re.Match[str]) -> str:
        old = found[0]
        if old not in known:
            known[old] = _new(trial, old) if old == own else _committed(trial, old)
        return known[old]

    held = json.loads(_ID.sub(of_the_trial, json.dumps(plain | {"version": 0})))
    return from_json(entity, _sealed(held) if entity is Quote else held)


def born(entity: E) -> Change[E]:
    """The change that would have made this value: an adapter keeps whatever an entity can be."""
    held: Any = entity
    table = held.lifecycle
    return Change(None, entity, (Moved(held.id, table.stamp, table.moves[0].name, "", held.state, NOON),))


def class_of(entity: Any) -> Any:
    """What it is one of."""
    return entity.__class__


def as_kept(entity: E) -> E:
    """What comes back of an entity that was committed for the first time."""
    held: Any = entity
    kept: E = attrs.evolve(held, version=1)
    return kept


def _sealed(quote: dict[str, Any]) -> dict[str, Any]:
    """Its hash is that of its content, of which the opportunity is a part, and now another one."""
    seal = from_json(Quote, quote | {"content_hash": None}).digest()
    return quote | {"content_hash": seal, "acceptance": quote["acceptance"] | {"content_hash": seal}}


@cache
def _written() -> Mapping[str, Any]:
    told: Mapping[str, Any] = json.loads(
        files("relcore.testing").joinpath("specimens.json").read_text("utf-8")
    )
    return told


def _new(trial: Trial, old: str) -> str:
    return str(trial.workspace.new(_kind_of_id(old)))


def _committed(trial: Trial, old: str) -> str:
    """The id of something that is there, where the trial can make it; else one that nothing has."""
    kind = _kind_of_id(old)
    for entity, make in ((Customer, trial.customer), (Case, trial.case), (Opportunity, trial.opportunity)):
        if entity.id_type is kind and trial.keeps(entity):
            change: Change[Any] = make()
            return str(trial.kept(change).id)
    return _new(trial, old)


@cache
def _id_kinds() -> Mapping[str, type[Id]]:
    return {kind.kind: kind for kind in Id.__subclasses__()}


def _kind_of_id(id: str) -> type[Id]:
    return _id_kinds()[id.rpartition("_")[0]]
