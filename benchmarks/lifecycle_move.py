"""One lawful move of a case: relcore makes a new immutable entity and an event, the peers set fields of a plain object.

The peers walk the part of our table that the trade has in common (nine states, eleven moves). Two moves are timed. *accept* asks for an owner and sets it.
*resolve* is guarded by a fact told with the move, that no child case is open; it asks for a resolution and a cause, and
sets five fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from benchmarks.harness import Outcome, Question, Side, Task

MoveName = Literal["accept", "resolve"]

MOVES = 500
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
NUMBER = "0190163d8694739baea5966c26f8ad90"
OWNER = "person:u-17"
COMPARED = ("state", "owner", "resolution", "cause", "resolved_at", "waiting_for", "review_at")


def outcome(case: Any) -> Outcome:
    """What the case is after the move, whoever made it."""
    return {field: str(getattr(case, field)) for field in COMPARED}


# --- ours -----------------------------------------------------------------------------------------


def relcore(move: MoveName) -> Task:
    from relcore import Actor, Case
    from relcore.ids import CaseId, CustomerId
    from relcore.kernel.change import Change
    from relcore.service import OpenChildren

    agent = Actor.parse(OWNER)
    customer = CustomerId(f"customer_{NUMBER}")
    fresh = Case.open(CaseId(f"case_{NUMBER}"), customer=customer, subject="Cannot log in", at=NOW).entity
    owned = fresh.accept(agent, at=NOW).entity

    def accept(_: None) -> Change[Case]:
        for _ in range(MOVES):
            change = fresh.accept(agent, at=NOW)
        return change

    def resolve(_: None) -> Change[Case]:
        for _ in range(MOVES):
            change = owned.resolve("reset", cause="unknown", at=NOW, by=agent, children=OpenChildren(0))
        return change

    moves = {"accept": accept, "resolve": resolve}
    return Task(moves[move], lambda change: outcome(change.entity), operations=MOVES)


# --- theirs ---------------------------------------------------------------------------------------


class Record:
    """The peers' model: a plain mutable case with the fields of ours, and the rules of the two moves as its methods."""

    def __init__(self, state: str, owner: str | None) -> None:
        self.id = f"case_{NUMBER}"
        self.customer = f"customer_{NUMBER}"
        self.subject = "Cannot log in"
        self.kind = "issue"
        self.state = state
        self.opened_at = NOW
        self.owner = owner
        self.parent = None
        self.waiting_for: str | None = None
        self.review_at: datetime | None = None
        self.resolution: str | None = None
        self.cause: str | None = None
        self.resolved_at: datetime | None = None
        self.cancel_reason = None
        self.reopened = 0
        self.version = 0

    def has_owner(self, owner: str) -> bool:
        return bool(owner)

    def take(self, owner: str) -> None:
        self.owner = owner

    def may_resolve(self, resolution: str, cause: str, _at: datetime, open_children: int) -> bool:
        return open_children == 0 and bool(resolution) and bool(cause)

    def answer(self, resolution: str, cause: str, at: datetime, _open_children: int) -> None:
        self.resolution = resolution
        self.cause = cause
        self.resolved_at = at
        self.waiting_for = None
        self.review_at = None


def records(move: MoveName) -> list[Record]:
    """One for each move, where the move starts: a mutable object is there only once."""
    start = ("new", None) if move == "accept" else ("open", OWNER)
    return [Record(*start) for _ in range(MOVES)]


def peer(move: MoveName, attach: Callable[[list[Record]], list[Any]], *, attach_first: bool) -> Task:
    """The moves of objects to which the machine is attached, off the clock (``attach_first``) or on it."""

    def accept(attached: list[Any]) -> Any:
        for case in attached:
            case.accept(OWNER)
        return attached[-1]

    def resolve(attached: list[Any]) -> Any:
        for case in attached:
            case.resolve("reset", "unknown", NOW, 0)
        return attached[-1]

    made = accept if move == "accept" else resolve

    def told(case: Any) -> Outcome:
        return outcome(getattr(case, "model", case))

    if attach_first:
        return Task(made, told, fresh=lambda: attach(records(move)), operations=MOVES)
    return Task(lambda plain: made(attach(plain)), told, fresh=lambda: records(move), operations=MOVES)


def statemachine(move: MoveName, *, attach_first: bool) -> Task:
    """python-statemachine: a class of machines, one machine for each model."""
    from statemachine import State, StateMachine

    class CaseMachine(StateMachine):
        new = State(value="new", initial=True)
        open_ = State(value="open")
        pending_customer = State(value="pending_customer")
        pending_third_party = State(value="pending_third_party")
        on_hold = State(value="on_hold")
        resolved = State(value="resolved")
        closed = State(value="closed")
        cancelled = State(value="cancelled", final=True)
        spam = State(value="spam", final=True)

        accept = new.to(open_, cond="has_owner", on="take")
        assign = (
            new.to.itself()
            | open_.to.itself()
            | pending_customer.to.itself()
            | pending_third_party.to.itself()
            | on_hold.to.itself()
        )
        wait_for_customer = open_.to(pending_customer)
        wait_for_third_party = open_.to(pending_third_party)
        put_on_hold = open_.to(on_hold)
        resume = open_.from_(pending_customer, pending_third_party, on_hold)
        resolve = resolved.from_(
            open_, pending_customer, pending_third_party, on_hold, cond="may_resolve", on="answer"
        )
        close = resolved.to(closed)
        reopen = open_.from_(resolved, closed)
        cancel = cancelled.from_(new, open_, pending_customer, pending_third_party, on_hold)
        mark_spam = spam.from_(new, open_)

    return peer(move, lambda plain: [CaseMachine(model) for model in plain], attach_first=attach_first)


def transitions(move: MoveName, *, attach_first: bool) -> Task:
    """transitions: one machine, to which models are added."""
    from transitions import Machine

    waiting = ["pending_customer", "pending_third_party", "on_hold"]
    working = ["open", *waiting]
    machine = Machine(
        model=None,
        states=["new", *working, "resolved", "closed", "cancelled", "spam"],
        transitions=[
            {
                "trigger": "accept",
                "source": "new",
                "dest": "open",
                "conditions": "has_owner",
                "before": "take",
            },
            {"trigger": "assign", "source": ["new", *working], "dest": "="},
            {"trigger": "wait_for_customer", "source": "open", "dest": "pending_customer"},
            {"trigger": "wait_for_third_party", "source": "open", "dest": "pending_third_party"},
            {"trigger": "put_on_hold", "source": "open", "dest": "on_hold"},
            {"trigger": "resume", "source": waiting, "dest": "open"},
            {
                "trigger": "resolve",
                "source": working,
                "dest": "resolved",
                "conditions": "may_resolve",
                "before": "answer",
            },
            {"trigger": "close", "source": "resolved", "dest": "closed"},
            {"trigger": "reopen", "source": ["resolved", "closed"], "dest": "open"},
            {"trigger": "cancel", "source": ["new", *working], "dest": "cancelled"},
            {"trigger": "mark_spam", "source": ["new", "open"], "dest": "spam"},
        ],
        initial="new",
        auto_transitions=False,
    )

    def attach(plain: list[Record]) -> list[Record]:
        for model in plain:
            machine.add_model(model, initial=model.state)
            machine.models.clear()  # else it keeps, and searches, every model it was ever given
        return plain

    return peer(move, attach, attach_first=attach_first)


# --- the questions --------------------------------------------------------------------------------

NEW_ENTITY = "relcore: the new frozen entity, the event and the change"
PROMISED = {"python-statemachine": 15, "transitions": 1}


def _question(
    name: str, title: str, includes: str, move: MoveName, promised: Mapping[str, float], *, attach_first: bool
) -> Question:
    peers = (
        Side("python-statemachine", partial(statemachine, move, attach_first=attach_first)),
        Side("transitions", partial(transitions, move, attach_first=attach_first)),
    )
    ours = Side("relcore", partial(relcore, move))
    return Question(
        f"lifecycle_move.{name}", title, f"{NEW_ENTITY}; {includes}", ours, peers, promised, rounds=5
    )


ALONE = "peers: the move alone, of an object to which the machine was attached beforehand"
WHOLE = "peers: attaching the machine to an object just loaded, and the move"

QUESTIONS = (
    _question("accept", "accept a case", ALONE, "accept", PROMISED, attach_first=True),
    _question("resolve", "resolve a case, under a guard", ALONE, "resolve", PROMISED, attach_first=True),
    _question("loaded", "accept a case just loaded", WHOLE, "accept", {}, attach_first=False),
)
