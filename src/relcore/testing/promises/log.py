"""L: the log. It tells what happened, in order, and replays to the row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import attrs

from relcore.kernel.change import Change, removal
from relcore.kernel.errors import Gone
from relcore.kernel.repository import Level, replay
from relcore.sales.opportunity import Opportunity
from relcore.service.case import Case
from relcore.service.case_policy import OpenChildren
from relcore.service.case_state import Priority
from relcore.testing.clause import clause, raises, same
from relcore.testing.specimens import born, class_of, specimens
from relcore.testing.trial import ADA, BOB, NOON, PIPELINE, Trial

HOURS = [NOON + timedelta(hours=n) for n in range(6)]
STORY: tuple[Callable[[Case], Change[Case]], ...] = (
    lambda case: case.accept(ADA, at=HOURS[0]).then(lambda c: c.respond(at=HOURS[1], by=ADA)),
    lambda case: case.put_on_hold("ticket 7", review_at=HOURS[5], at=HOURS[1]),
    lambda case: case.assign(BOB, at=HOURS[2]).then(lambda c: c.prioritise(Priority.HIGH, at=HOURS[2])),
    lambda case: case.resolve("reset", cause="unknown", at=HOURS[3], children=OpenChildren(0)),
)
"""A case from its acceptance to its answer, some of it several moves at once."""


@attrs.frozen
class _Step:
    """A commit: what it changed and left, when it was recorded and under which key."""

    change: Change[Case]
    left: Case
    recorded_at: datetime
    key: str


def _told(trial: Trial) -> list[_Step]:
    """The story of a case, lived through."""
    change, steps = trial.case(), list[_Step]()
    for n, decide in enumerate((*STORY, None)):
        trial.clock.forward(minutes=7)
        left = trial.workspace.commit(change, key=f"story/{n}").of(change)
        steps.append(_Step(change, left, trial.clock.now(), f"story/{n}"))
        if decide is not None:
            change = decide(left)
    return steps


@clause(
    "L1",
    "The log holds every event of every commit in its order, with its version and place, when it was recorded and under "
    "which key.",
    level=Level.LOGGED,
    needs="a log",
    kinds=(Case,),
)
def the_log_holds_every_event(trial: Trial) -> None:
    steps = _told(trial)

    log = trial.workspace.log(Case, steps[0].left.id)

    told = [(e.id, e.version, e.index, e.event, e.recorded_at, e.key) for e in log]
    expected = [
        (step.left.id, step.left.version, index, event, step.recorded_at, step.key)
        for step in steps
        for index, event in enumerate(step.change.events)
    ]
    same("the lines", told, expected)


@clause(
    "L2",
    "The log replays to the row, and up to any version to what was there then.",
    level=Level.LOGGED,
    needs="a log",
    kinds=(Case,),
)
def the_log_replays_to_the_row(trial: Trial) -> None:
    steps = _told(trial)
    log = trial.workspace.log(Case, steps[0].left.id)

    same("what it replays to", replay(Case, log), trial.workspace.get(Case, steps[0].left.id))
    for step in steps:
        until_then = [entry for entry in log if entry.version <= step.left.version]
        same(f"version {step.left.version}", replay(Case, until_then), step.left)


@clause("L3", "The log of every kind that is kept replays to its row.", level=Level.LOGGED, needs="a log")
def the_log_of_every_kind_replays(trial: Trial) -> None:
    for entity in specimens(trial):
        kept = trial.kept(born(entity))
        kind = class_of(entity)
        same(f"the {kind.__name__}", replay(kind, trial.workspace.log(kind, kept.id)), kept)


@clause(
    "L4",
    "A version's first line holds the fields that the version changed, as they are after it, and no other line holds any.",
    level=Level.LOGGED,
    needs="a log",
    kinds=(Case,),
)
def the_log_holds_what_changed(trial: Trial) -> None:
    steps = _told(trial)

    log = trial.workspace.log(Case, steps[0].left.id)

    for step in steps:
        first, *others = [entry for entry in log if entry.version == step.left.version]
        changed = {
            name: now
            for name, (_, now) in step.change.fields.items()
            if name not in ("id", "version") and not (name == "custom" and step.change.before is None)
        }
        same(f"the fields of version {step.left.version}", dict(first.fields), changed)
        same(
            "the fields of its other lines",
            [dict(entry.fields) for entry in others],
            [dict[str, Any]()] * len(others),
        )


@clause(
    "L5",
    "The log of what was removed still tells it, and its last line says that it is no more.",
    level=Level.LOGGED,
    needs="removal",
    kinds=(Case,),
)
def the_log_of_what_was_removed_tells_it(trial: Trial) -> None:
    held = trial.kept(trial.case())
    spam = trial.kept(held.mark_spam(at=NOON))
    trial.workspace.commit(removal(spam, at=NOON, by=ADA))

    log = trial.workspace.log(Case, held.id)

    told = [(e.version, e.event.move, str(e.event.source), str(e.event.to)) for e in log]
    same(
        "the lines",
        told,
        [(1, "open", "", "new"), (2, "mark_spam", "new", "spam"), (3, "remove", "spam", "")],
    )
    same("what it was before", replay(Case, log[:2]), spam)
    raises(Gone, lambda: replay(Case, log))


@clause(
    "L6",
    "The log tells of one entity only, and has nothing to tell of what was never there.",
    level=Level.LOGGED,
    needs="a log",
)
def the_log_tells_of_one(trial: Trial) -> None:
    one, other = trial.kept(trial.new()), trial.kept(trial.new())
    trial.kept(other.assign(ADA, at=NOON))

    same("the lines of the one", len(trial.workspace.log(trial.kind, one.id)), 1)
    same("the lines of the other", len(trial.workspace.log(trial.kind, other.id)), 2)
    same(
        "the lines of nothing",
        list(trial.workspace.log(trial.kind, trial.workspace.new(trial.kind.id_type))),
        [],
    )


@clause(
    "L7",
    "Effects, actors and the machine of an event come back as they were said.",
    level=Level.LOGGED,
    needs="a log",
    kinds=(Opportunity,),
)
def events_come_back_whole(trial: Trial) -> None:
    held = trial.kept(trial.opportunity())
    trial.workspace.commit(removal(held, at=NOON, by=BOB, effects=("tell_sales", "ümlaut, 'quoted'")))
    anonymous = trial.kept(
        Opportunity.open(
            trial.opportunity().entity.id,
            customer=held.customer,
            name="Nobody's",
            pipeline=PIPELINE,
            amount=held.amount,
            at=NOON,
        )
    )

    gone, opened = (
        trial.workspace.log(Opportunity, held.id)[-1],
        trial.workspace.log(Opportunity, anonymous.id)[0],
    )

    same("the effects", tuple(gone.event.effects), ("tell_sales", "ümlaut, 'quoted'"))
    same("who did it", (gone.event.by, opened.event.by), (BOB, None))
    same("the machine", gone.event.machine, Opportunity.lifecycle.stamp)
