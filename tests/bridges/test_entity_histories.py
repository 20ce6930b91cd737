"""From the log to where every entity went, and how long it stayed: against each entity's own log, told line by line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from relcore import Actor, Case, Invalid, Order, Workspace
from relcore.analytics import JumpChain, KaplanMeier, PeriodMatrix
from relcore.bridges import spells, transitions
from relcore.ids import CaseId, CustomerId
from relcore.kernel.change import Change, removal
from relcore.kernel.clock import microseconds
from relcore.kernel.errors import UniqueConflict
from relcore.kernel.lifecycle import Category
from relcore.kernel.repository import Repository, replay
from relcore.service import CaseState, OpenChildren
from relcore.service.case import case_lifecycle
from relcore.storage import in_memory
from relcore.storage.scan import Scan
from relcore.testing import CountingIds, FixedClock
from tests.strategies import NOON
from tests.walks import WALKS, chains

ME = Actor("person", "u-1")
UNRESOLVED = [s for s, c in case_lifecycle.states.items() if c in (Category.OPEN, Category.PAUSED)]
LATER = NOON + timedelta(days=400)


def day(days: float) -> datetime:
    return NOON + timedelta(days=days)


class InPairs(Workspace):
    """Reads the log two lines at a time, so that what an entity went through lies in many chunks."""

    def scan_log(self, entity: type[Any], *columns: str, chunk: int = 2) -> Scan:
        return super().scan_log(entity, *columns, chunk=chunk)


def opened(repository: Repository | None = None) -> Workspace:
    kept = in_memory() if repository is None else repository
    return InPairs(kept, tenant="acme", clock=FixedClock(NOON), ids=CountingIds())


@pytest.fixture
def workspace() -> Workspace:
    """In memory: that a scan of the log tells the same on every adapter is said of the adapters."""
    return opened()


def case(workspace: Workspace, at: datetime = NOON) -> Change[Case]:
    return Case.open(workspace.new(CaseId), customer=workspace.new(CustomerId), subject="s", at=at, by=ME)


def resolved(case: Case, at: datetime) -> Change[Case]:
    return case.resolve("done", cause="unknown", at=at, by=ME, children=OpenChildren(0))


def lines(columns: Any) -> list[tuple[Any, ...]]:
    """Spells with names for codes."""
    moments = (columns.start.tolist(), columns.stop.tolist(), columns.observed.tolist())
    states = [columns.states[code] for code in columns.state]
    causes = [columns.causes[code] for code in columns.cause]
    return list(zip(columns.subject.tolist(), states, *moments, causes, strict=True))


def jumps(columns: Any) -> list[tuple[Any, ...]]:
    pairs = ([columns.states[code] for code in codes] for codes in (columns.source, columns.target))
    return list(
        zip(columns.subject.tolist(), *pairs, columns.at.tolist(), columns.spell.tolist(), strict=True)
    )


# --- the slow way ---------------------------------------------------------------------------------


@attrs.define
class Stay:
    state: str
    start: int
    stop: int
    observed: bool = False
    cause: str = ""
    spell: int = 1


def stays(workspace: Workspace, entity: type[Any], id: Any, as_of: datetime) -> list[Stay]:
    """One entity's log, line by line: what had happened and was known by then, and all that it builds on too."""
    told: list[Stay] = []
    happened = known = datetime.min.replace(tzinfo=UTC)
    log = workspace.log(entity, id)
    for n, entry in enumerate(log):
        happened, known = max(happened, entry.event.at), max(known, entry.recorded_at)
        if happened > as_of or known > as_of:
            break
        at, state = microseconds(happened), str(entry.event.to)
        if told and state != told[-1].state:
            told[-1].stop, told[-1].observed = at, state != ""
            told[-1].cause = entry.event.move if state else ""
        if state and (not told or state != told[-1].state):
            back = told and closed(entity, told[-1].state) and not closed(entity, state)
            spell = (told[-1].spell if told else 1) + bool(back)
            told.append(Stay(state, at, microseconds(as_of) + 1, spell=spell))
        if state and (n + 1 == len(log) or log[n + 1].version > entry.version):
            # The state that the columns tell is that of the row, as it was at this version.
            assert str(getattr(replay(entity, log[: n + 1]), "state", "")) == state
    return told


def closed(entity: type[Any], state: str) -> bool:
    return entity.lifecycle.states[state] not in (Category.OPEN, Category.PAUSED)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Workspace, type[Any], list[Any]]:
    """Some entities of one kind, decided, told and written down in any order of time; some removed again."""
    workspace = opened()
    moments = st.integers(0, 60).map(day)
    entity = draw(st.sampled_from(list(WALKS)))
    walks = draw(st.lists(chains(entity), max_size=4, unique_by=lambda chain: chain[0].entity.id))
    for chain in walks:
        held: Any = None
        for change in chain:
            events = tuple(attrs.evolve(event, at=draw(moments)) for event in change.events)
            before = None if change.before is None else held
            after = attrs.evolve(change.entity, version=0 if held is None else held.version)
            held = written(workspace, Change(before, after, events), draw(moments))
        if draw(st.booleans()):
            written(workspace, removal(held, at=draw(moments)), draw(moments))
    return workspace, entity, sorted(chain[0].entity.id for chain in walks)


def written(workspace: Workspace, change: Change[Any], at: datetime) -> Any:
    try:
        return attrs.evolve(workspace, clock=FixedClock(at)).commit(change).of(change)
    except UniqueConflict:
        reject()  # two walks chose what only one may have


@settings(max_examples=80)
@given(kept=histories(), as_of=st.integers(0, 61).map(day))
def test_columns_tell_what_the_log_of_each_entity_tells(
    kept: tuple[Workspace, type[Any], list[Any]], as_of: datetime
) -> None:
    workspace, entity, ids = kept

    told, changes = spells(workspace, entity, as_of=as_of), transitions(workspace, entity, as_of=as_of)

    slow = {id: stays(workspace, entity, id, as_of) for id in ids}
    assert lines(told) == [
        (id, s.state, s.start, s.stop, s.observed, s.cause) for id in ids for s in slow[id]
    ]
    assert jumps(changes) == [
        (id, one.state, other.state, other.start, other.spell)
        for id in ids
        for one, other in zip(slow[id], slow[id][1:], strict=False)
    ]
    assert told.states == changes.states == tuple(map(str, entity.lifecycle.states))


@settings(max_examples=40)
@given(kept=histories(), as_of=st.integers(0, 61).map(day))
def test_spells_follow_each_other_without_a_gap_up_to_the_moment_or_the_removal(
    kept: tuple[Workspace, type[Any], list[Any]], as_of: datetime
) -> None:
    workspace, entity, _ = kept

    told = spells(workspace, entity, as_of=as_of)

    same = told.subject[1:] == told.subject[:-1]
    assert np.array_equal(told.start[1:][same], told.stop[:-1][same])
    assert np.all(told.state[1:][same] != told.state[:-1][same])
    assert np.array_equal(told.observed, np.append(same, False)[: len(told)])
    assert np.all(told.stop <= microseconds(as_of) + 1)
    final = np.isin(told.state, [told.states.index(s) for s in entity.lifecycle.final])
    assert not told.observed[final].any()
    assert np.array_equal(told.entry, told.start)


@settings(max_examples=20)
@given(kept=histories())
def test_without_a_moment_all_changes_are_told(kept: tuple[Workspace, type[Any], list[Any]]) -> None:
    workspace, entity, _ = kept

    assert transitions(workspace, entity) == transitions(workspace, entity, as_of=LATER)


# --- one by one -----------------------------------------------------------------------------------


def test_a_move_that_changes_no_state_ends_no_spell(workspace: Workspace) -> None:
    new = case(workspace).then(lambda c: c.accept(ME, at=day(1)))
    workspace.commit(new.then(lambda c: c.respond(at=day(2))).then(lambda c: c.assign(ME, at=day(3))))

    told = spells(workspace, Case, as_of=LATER)

    id, at = new.entity.id, [microseconds(day(n)) for n in (0, 1, 400)]
    assert lines(told) == [
        (id, "new", at[0], at[1], True, "accept"),
        (id, "open", at[1], at[2] + 1, False, ""),
    ]


def test_a_removal_censors_the_spell_that_it_cuts_off(workspace: Workspace) -> None:
    new = case(workspace)
    held = workspace.commit(new).of(new)
    workspace.commit(removal(held, at=day(5)))

    assert lines(spells(workspace, Case, as_of=LATER)) == [
        (held.id, "new", microseconds(NOON), microseconds(day(5)), False, "")
    ]
    assert len(spells(workspace, Case, as_of=day(4))) == 1
    assert len(transitions(workspace, Case)) == 0


def test_what_was_not_known_or_had_not_happened_by_then_is_not_told() -> None:
    workspace = opened()
    new = case(workspace)
    held = written(workspace, new, day(0))
    held = written(workspace, held.accept(ME, at=day(1)), day(7))  # told a week late
    written(
        workspace, held.wait_for_third_party("part", review_at=day(20), at=day(12), by=ME), day(8)
    )  # announced

    def state(as_of: datetime | date | str, zone: str = "UTC") -> str:
        told = spells(workspace, Case, as_of=as_of, zone=zone)
        return told.states[told.state[-1]]

    assert [state(day(n)) for n in (0, 6, 7, 11, 12)] == ["new", "new", "open", "open", "pending_third_party"]
    assert state("2026-03-07") == "new"
    assert state(date(2026, 3, 8)) == "open"
    # Noon in London is the next day already where the day began fourteen hours before.
    assert (state("2026-03-13", "UTC"), state("2026-03-13", "Pacific/Kiritimati")) == (
        "pending_third_party",
        "open",
    )
    assert len(spells(workspace, Case, as_of=day(-1))) == 0


def test_a_line_that_tells_of_an_earlier_time_took_effect_with_the_line_it_builds_on(
    workspace: Workspace,
) -> None:
    new = case(workspace, at=day(5)).then(lambda c: c.accept(ME, at=day(3)))
    workspace.commit(new)

    told = spells(workspace, Case, as_of=LATER)

    assert told.duration("day").tolist()[0] == 0
    assert told.start.tolist() == [microseconds(day(5))] * 2


def test_what_follows_a_reopening_is_of_the_second_spell(workspace: Workspace) -> None:
    new = case(workspace).then(lambda c: c.accept(ME, at=day(1))).then(lambda c: resolved(c, day(2)))
    workspace.commit(new.then(lambda c: c.reopen(at=day(3), by=ME)).then(lambda c: resolved(c, day(4))))

    told = [(source, target, spell) for _, source, target, _, spell in jumps(transitions(workspace, Case))]

    assert told == [
        ("new", "open", 1),
        ("open", "resolved", 1),
        ("resolved", "open", 2),
        ("open", "resolved", 2),
    ]


def test_states_of_an_earlier_version_are_told_in_the_words_of_today(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = case(workspace).then(lambda c: c.accept(ME, at=day(1)))
    workspace.commit(new.then(lambda c: c.put_on_hold("x", review_at=day(9), at=day(2), by=ME)))
    became = {str(s): s for s in CaseState} | {
        "new": CaseState.OPEN,
        "on_hold": CaseState.PENDING_THIRD_PARTY,
    }
    later = attrs.evolve(case_lifecycle, version=2, earlier={1: became})
    monkeypatch.setattr(Case, "lifecycle", later)

    told = spells(workspace, Case, as_of=LATER)

    # What was the move from new to open has become no move at all.
    assert [(state, cause) for _, state, _, _, _, cause in lines(told)] == [
        ("open", "put_on_hold"),
        ("pending_third_party", ""),
    ]
    assert [jump[1:3] for jump in jumps(transitions(workspace, Case))] == [("open", "pending_third_party")]


def test_a_version_that_is_still_to_come_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = case(workspace)
    workspace.commit(Change(None, new.entity, (attrs.evolve(new.events[0], machine="case@9"),)))

    with pytest.raises(Invalid, match="machine must be one of case@1, got 'case@9'"):
        spells(workspace, Case, as_of=LATER)


# --- told together --------------------------------------------------------------------------------


def test_states_told_together_are_one_spell_until_it_leaves_them_all(workspace: Workspace) -> None:
    quick = case(workspace).then(lambda c: c.accept(ME, at=day(1))).then(lambda c: resolved(c, day(2)))
    spam, slow = case(workspace).then(lambda c: c.mark_spam(at=day(4))), case(workspace, at=day(5))
    workspace.commit(quick, spam, slow)

    told = spells(workspace, Case, as_of=day(9), together={"unresolved": UNRESOLVED}).of_state("unresolved")

    assert [(cause, observed) for *_, observed, cause in lines(told)] == [
        ("resolve", True),
        ("mark_spam", True),
        ("", False),
    ]
    assert np.round(told.duration("day"), 6).tolist() == [2, 4, 4]
    assert told.states == ("unresolved", "resolved", "closed", "cancelled", "spam", "merged")


@pytest.mark.parametrize(
    ("together", "says"),
    [
        ({"x": ["new", "lost"]}, "must name states"),
        ({"x": ["new"], "y": ["new"]}, "must name 'new' once"),
        ({"new": ["new"], "y": ["new"]}, "must name 'new' once"),
        ({"new": ["open"]}, "by the name of another"),
    ],
)
def test_what_cannot_be_told_together_is_refused(
    workspace: Workspace, together: dict[str, list[str]], says: str
) -> None:
    with pytest.raises(Invalid, match=says):
        spells(workspace, Case, as_of=LATER, together=together)


# --- what they are for ----------------------------------------------------------------------------


def test_they_are_what_models_are_fitted_to_on_every_adapter(repository: Repository) -> None:
    workspace = opened(repository)
    for n in range(12):
        new = case(workspace, at=day(n)).then(lambda c, n=n: c.accept(ME, at=day(n + 1)))
        workspace.commit(new.then(lambda c, n=n: resolved(c, day(3 * n + 2))) if n % 3 else new)

    chain = JumpChain.fit(transitions(workspace, Case), lifecycle=case_lifecycle)
    weekly = PeriodMatrix.fit(spells(workspace, Case, as_of=day(60)).by("week"), lifecycle=case_lifecycle)
    open_ = spells(workspace, Case, as_of=day(60), together={"unresolved": UNRESOLVED})
    curve = KaplanMeier.from_spells(open_.of_state("unresolved"), period="day")

    assert chain.unexpected == weekly.unexpected == ()
    assert chain.n[chain.states.index("open")] == 8
    assert (curve.events.sum(), curve.censored.sum()) == (8, 4)
    assert curve.median == 18  # of twelve, the sixth to be resolved


def test_nobody_is_fine(workspace: Workspace) -> None:
    assert len(spells(workspace, Order, as_of="2026-03-31")) == 0
    assert len(transitions(workspace, Order)) == 0


def test_no_entity_is_built(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.commit(case(workspace).then(lambda c: c.accept(ME, at=day(1))))
    monkeypatch.setattr(Case, "__init__", lambda *_, **__: pytest.fail("an entity was built"))

    assert len(spells(workspace, Case, as_of=LATER)) == 2
