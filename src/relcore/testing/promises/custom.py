"""H: the host's own fields (``relcore.kernel.custom``), of whatever kinds it has declared any.

Their questions, their order, their pages and their columns are tried by the clauses that try those of every field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from relcore.kernel.custom import NONE, custom_words
from relcore.kernel.query import Compare, Query
from relcore.kernel.repository import Level, replay
from relcore.kernel.words import Field
from relcore.testing.clause import clause, same
from relcore.testing.grid import tried, with_custom_fields
from relcore.testing.specimens import born, class_of, specimen
from relcore.testing.trial import ADA, NOON, Trial


def _with_fields(trial: Trial) -> Iterator[tuple[Any, dict[str, Field[Any, Any]]]]:
    """One entity of each kind with fields of the host's own, committed, and those of them that are set."""
    for kind in with_custom_fields():
        if trial.keeps(kind):
            fields = {name: field for name, field in custom_words(kind).items() if not field.retired}
            yield trial.kept(born(specimen(trial, kind))), fields


def _one_value(trial: Trial, field: Field[Any, Any]) -> Any:
    return next((value for value in tried(trial, field) if value is not None), None)


@clause(
    "H1",
    "Each field of the host's own comes back with every value that it can hold, and no other field changes with it.",
    level=Level.VERSIONED,
    only="custom",
)
def a_field_comes_back(trial: Trial) -> None:
    for held, fields in _with_fields(trial):
        for name, field in fields.items():
            for value in tried(trial, field):
                change = trial.now(held).customise({name: value}, at=NOON, by=ADA)
                kept = trial.kept(change)
                same(f"what a commit of {field!r} returns", kept.custom, change.entity.custom)
                read = trial.now(held)
                same(f"{field!r} as it is read", field.held_by(read), value)
                same("all else that is read", read, kept)


@clause(
    "H2",
    "A field of the host's own that was cleared carries nothing, and is found by that.",
    level=Level.VERSIONED,
    only="custom",
)
def a_field_is_cleared(trial: Trial) -> None:
    for held, fields in _with_fields(trial):
        kind = class_of(held)
        itself = Query[Any](Compare("id", "is", held.id))
        for name, field in fields.items():
            if (value := _one_value(trial, field)) is None:
                continue
            missing = field.missing() & itself
            trial.kept(trial.now(held).customise({name: value}, at=NOON))
            same(f"who lacks {field!r} that was set", [*trial.workspace.each(kind, missing)], [])

            cleared = trial.kept(trial.now(held).customise({name: None}, at=NOON))
            same(f"{field!r} as it is read", field.held_by(trial.now(held)), None)
            same(f"who lacks {field!r} that was cleared", [*trial.workspace.each(kind, missing)], [cleared])


@clause(
    "H3",
    "The log tells each change of a host's own fields, and replays to them.",
    level=Level.LOGGED,
    only="custom",
)
def the_log_tells_it(trial: Trial) -> None:
    for held, fields in _with_fields(trial):
        for name, field in fields.items():
            value = _one_value(trial, field)
            trial.kept(trial.now(held).customise({name: value}, at=NOON, by=ADA))
            now = trial.kept(trial.now(held).customise({name: None}, at=NOON))

            log = trial.workspace.log(class_of(held), held.id)

            same("the last moves", [line.event.move for line in log[-2:]], ["customise", "customise"])
            told = [line.fields.get("custom", NONE).get(name) for line in log[-2:]]
            same(f"what it tells of {field!r}", told, [value, None])
            same("what it replays to", replay(class_of(held), log), now)
