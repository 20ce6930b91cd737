"""Random walks over the commands of interactions, opportunities, campaigns, enrolments and consents."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import strategies as st

from relcore import Actor, Campaign, Consent, Enrolment, Interaction, Money, Opportunity, Refused
from relcore.channel import Channel
from relcore.ids import CampaignId, ConsentId, EnrolmentId, InteractionId, OpportunityId
from relcore.interactions import Direction, Participant, Role
from relcore.kernel.change import Change
from relcore.kernel.lifecycle import Answer
from relcore.marketing import Contactable, Objective
from relcore.privacy import Basis, Proof
from relcore.sales import Pipeline, Target
from relcore.sales.opportunity import MergeInto
from tests.strategies import NOON, actors, customer_ids, maybe, moments, texts

Given = dict[str, Any]

PIPELINE = Pipeline.of("new business", {"qualify": 0.1, "propose": 0.5, "negotiate": 0.8})
ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")
ADA = Actor("customer", "ada")
people = st.sampled_from([ME, YOU, ADA]) | actors
soon = st.timedeltas(timedelta(0), timedelta(days=60)).map(lambda after: NOON + after)
prices = st.integers(0, 300).map(lambda minor: Money.from_minor(minor, "EUR"))
stages = {"stage": st.sampled_from(PIPELINE.labels), "pipeline": st.just(PIPELINE)}
proofs = st.builds(Proof, texts, texts, texts)
contactable = {"contactable": st.builds(Contactable, st.booleans(), texts)}
survivors = st.integers(1, 3).map(lambda n: OpportunityId(f"opportunity_{n:032x}"))


@attrs.frozen
class Walk:
    """How one kind of entity is walked: how it begins, what each command takes, and what it tells its guards."""

    begin: st.SearchStrategy[Change[Any]]
    commands: dict[str, dict[str, st.SearchStrategy[Any]]]
    facts: Callable[[Given], list[object]] = lambda given: []
    asks_by: bool = False
    """Whether ``moves`` must be told who asks."""


def _opportunity_facts(given: Given) -> list[object]:
    if "survivor" in given:
        return [MergeInto(given["survivor"])]
    return [Target(given["stage"], given["pipeline"])] if "stage" in given else []


@st.composite
def _campaigns(draw: st.DrawFn) -> Change[Any]:
    """Half of them complete enough to be submitted, or no walk would come far."""
    id = CampaignId.of(draw(st.uuids()))
    begun = Campaign.draft(id, name=draw(texts), objective=draw(st.sampled_from(Objective)), at=NOON, by=ME)
    if draw(st.booleans()):
        return begun
    ready = {"audience": "all", "message": "hello", "channel": Channel.EMAIL, "purpose": "offers"}
    return begun.then(lambda c: c.revise(**ready, budget=Money("1", "EUR"), at=NOON))


WALKS: dict[type[Any], Walk] = {
    Interaction: Walk(
        st.builds(
            Interaction.record,
            st.uuids().map(InteractionId.of),
            customer=customer_ids,
            channel=st.sampled_from(Channel),
            direction=st.sampled_from(Direction),
            participants=st.lists(
                st.builds(Participant, actors, st.sampled_from(Role)), min_size=1, max_size=3
            ),
            happened_at=moments,
            at=st.just(NOON),
            summary=maybe(texts),
            thread=maybe(texts),
            outcome=maybe(texts),
        ),
        {"redact": {"reason": texts}},
    ),
    Opportunity: Walk(
        st.builds(
            Opportunity.open,
            survivors,
            customer=customer_ids,
            name=texts,
            pipeline=st.just(PIPELINE),
            amount=prices,
            at=st.just(NOON),
            expected_on=maybe(st.dates()),
            owner=maybe(actors),
        ),
        {
            "advance": stages,
            "step_back": stages | {"reason": texts},
            "revise": {"amount": maybe(prices), "expected_on": maybe(st.dates(date(2026, 1, 1)))},
            "override": {"probability": st.floats(0, 1), "by": actors},
            "follow_stage": {},
            "hold": {"reason": texts, "review_at": moments},
            "resume": {},
            "win": {},
            "lose": {"because": texts, "lost_to": maybe(texts)},
            "void": {"reason": texts},
            "reopen": {"reason": texts},
            "merge": {"survivor": survivors},
        },
        _opportunity_facts,
    ),
    Campaign: Walk(
        _campaigns(),
        {
            "revise": {
                "audience": maybe(texts),
                "message": maybe(texts),
                "channel": maybe(st.sampled_from(Channel)),
                "purpose": maybe(texts),
                "budget": maybe(prices),
            },
            "submit": {"by": people},
            "approve": {"by": people},
            "reject": {"rejection": texts, "by": people},
            "schedule": {
                "starts_at": st.just(NOON),
                "ends_at": st.just(NOON + timedelta(days=400)),
                "by": people,
            },
            "start": {"by": people},
            "pause": {"reason": texts, "by": people},
            "resume": {"by": people},
            "measure": {"by": people},
            "complete": {"lessons": texts, "by": people},
            "cancel": {"reason": texts, "by": people},
        },
        asks_by=True,
    ),
    Enrolment: Walk(
        st.builds(
            Enrolment.propose,
            st.uuids().map(EnrolmentId.of),
            campaign=st.uuids().map(CampaignId.of),
            customer=customer_ids,
            at=st.just(NOON),
        ),
        {
            "suppress": {"because": texts},
            "hold_out": contactable,
            "enrol": contactable,
            "respond": {},
            "convert": {},
            "exit": {"reason": texts},
        },
        lambda given: [given["contactable"]] if "contactable" in given else [],
    ),
    Consent: Walk(
        st.builds(
            Consent.request,
            st.uuids().map(ConsentId.of),
            customer=customer_ids,
            channel=st.sampled_from(Channel),
            purpose=texts,
            controller=texts,
            answer_by=soon,
            at=st.just(NOON),
        )
        | st.builds(
            Consent.note,
            st.uuids().map(ConsentId.of),
            customer=customer_ids,
            channel=st.sampled_from(Channel),
            purpose=texts,
            controller=texts,
            basis=st.sampled_from(Basis),
            proof=proofs,
            at=st.just(NOON),
            valid_until=maybe(moments),
        ),
        {
            "grant": {"proof": proofs, "valid_until": maybe(moments), "by": people},
            "refuse": {"by": people},
            "withdraw": {"by": people},
            "request_again": {"answer_by": soon, "by": people},
        },
        asks_by=True,
    ),
}


def arguments(entity: type[Any], move: str) -> st.SearchStrategy[Given]:
    return st.fixed_dictionaries(WALKS[entity].commands[move])


def asked(held: Any, given: Given, at: datetime) -> tuple[Any, ...]:
    """What the table answers when it is told what the command would tell it."""
    walk = WALKS[type(held)]
    who = {"by": given.get("by")} if walk.asks_by else {}
    options: tuple[Any, ...] = held.moves(at=at, facts=walk.facts(given), **who)
    return options


@st.composite
def chains(draw: st.DrawFn, entity: type[Any], most: int = 8) -> list[Change[Any]]:
    """Changes that follow each other, each decided on the entity that the one before left."""
    changes, at = [draw(WALKS[entity].begin)], NOON
    for _ in range(draw(st.integers(0, most))):
        at += draw(st.timedeltas(timedelta(0), timedelta(days=20)))
        held = changes[-1].entity
        # Among the moves of where it stands, so that a walk comes far; those of elsewhere are tried at its end.
        if not (here := sorted(entity.lifecycle.table[held.state])):
            break
        move = draw(st.sampled_from(here))
        given = draw(arguments(entity, move))
        if next(o for o in asked(held, given, at) if o.move == move).answer is Answer.ALLOWED:
            changes.append(getattr(held, move)(**given, at=at))
    return changes


def keeps_its_table(entity: type[Any], data: st.DataObject) -> None:
    """From wherever a walk led: what ``moves`` allows succeeds, all else is refused, and nothing changes by asking."""
    held = data.draw(chains(entity))[-1].entity
    at = NOON + data.draw(st.timedeltas(timedelta(0), timedelta(days=300)))
    before = copy.deepcopy(held)

    for move in WALKS[entity].commands:
        given = data.draw(arguments(entity, move))
        options = asked(held, given, at)
        option = next(o for o in options if o.move == move)
        if option.answer is Answer.ALLOWED:
            _is_done(held, move, given, at, option)
        else:
            _is_refused(held, move, given, at, option, options)
        assert held == before


def _is_done(held: Any, move: str, given: Given, at: datetime, option: Any) -> None:
    change = getattr(held, move)(**given, at=at)
    (event,) = change.events
    assert change.before is held
    assert change.entity.state == event.to == option.to
    assert (event.move, event.source, event.at, event.by) == (move, held.state, at, given.get("by"))
    assert all(getattr(change.entity, field) not in (None, "", ()) for field in option.needs)
    assert change.entity.version == held.version


def _is_refused(
    held: Any, move: str, given: Given, at: datetime, option: Any, options: tuple[Any, ...]
) -> None:
    with pytest.raises(Refused) as refused:
        getattr(held, move)(**given, at=at)
    assert (refused.value.id, refused.value.state, refused.value.move) == (held.id, held.state, move)
    assert len(refused.value.reasons) == len(option.refusals) + len(option.untold)
    assert set(refused.value.allowed) == {o.move for o in options if o.answer is Answer.ALLOWED}


def is_walked_everywhere(entity: type[Any]) -> None:
    """The walks take every command there is."""
    assert set(WALKS[entity].commands) == {move.name for move in entity.lifecycle.moves if move.sources}


def jumps(entity: type[Any]) -> set[str]:
    """Every change of state that the table allows, as ``from -> to``: to be compared with the page of the trade."""
    return {f"{source} -> {to}" for source, to in entity.lifecycle.jumps()}
