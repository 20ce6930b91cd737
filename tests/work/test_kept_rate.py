"""The share of promises kept: its denominator is said, and yesterday's answer stays yesterday's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid, Promise
from relcore.kernel.change import Change
from relcore.work import Denominator, PromiseState, promise_kept_rate
from tests.strategies import NOON
from tests.walks import chains
from tests.work.test_promise import DAY, made

HOUR = timedelta(hours=1)
KEPT = made().keep(at=NOON + HOUR).entity
BROKEN = made().breach("forgotten", at=NOON + HOUR).entity
SILENT = made()
RELEASED = made().release("no need", at=NOON + HOUR).entity
RENEGOTIATED = made().renegotiate(SILENT.id, at=NOON + HOUR).entity
ALL = [KEPT, BROKEN, SILENT, RELEASED, RENEGOTIATED]


def counted(*promises: Promise, hours: float, denominator: Denominator = Denominator.DUE) -> tuple[int, int]:
    told = promise_kept_rate(promises, as_of=NOON + hours * HOUR, denominator=denominator)
    return told.kept, told.out_of


def test_what_was_let_lie_counts_as_not_kept_among_those_that_were_due() -> None:
    assert counted(*ALL, hours=25) == (1, 3)
    assert counted(*ALL, hours=25, denominator=Denominator.SETTLED) == (1, 2)
    assert promise_kept_rate(ALL, as_of=NOON + 2 * DAY).rate == 1 / 3


def test_what_is_not_due_yet_is_in_neither() -> None:
    assert counted(SILENT, hours=24) == (0, 0)


def test_released_and_renegotiated_promises_are_in_neither() -> None:
    for denominator in Denominator:
        assert counted(RELEASED, RENEGOTIATED, hours=99, denominator=denominator) == (0, 0)


def test_what_became_of_it_later_does_not_change_the_answer_of_then() -> None:
    late = made().breach("late", at=NOON + 5 * DAY).entity

    assert counted(KEPT, hours=0.5) == (0, 0)
    assert counted(KEPT, hours=1) == (1, 1)
    assert counted(late, hours=48, denominator=Denominator.SETTLED) == (0, 0)
    assert counted(late, hours=48) == counted(late, hours=999) == (0, 1)
    assert counted(KEPT, hours=-1) == (0, 0)


def test_of_none_there_is_no_share() -> None:
    told = promise_kept_rate([], as_of=NOON)

    assert (told.kept, told.out_of, told.rate) == (0, 0, None)
    assert told.denominator is Denominator.DUE


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(Invalid, match="as_of"):
        promise_kept_rate([], as_of=NOON.replace(tzinfo=None))


@given(st.lists(chains(Promise).map(lambda walk: walk[-1])), st.timedeltas(-DAY, timedelta(days=300)))
def test_the_share_lies_between_none_and_all_and_silence_never_makes_it_better(
    walks: list[Change[Promise]], later: timedelta
) -> None:
    promises = [change.entity for change in walks]

    due, settled = (promise_kept_rate(promises, as_of=NOON + later, denominator=d) for d in Denominator)

    assert 0 <= due.kept <= settled.out_of <= due.out_of <= len(promises)
    assert due.kept == settled.kept
    kept = [p for p in promises if p.state is PromiseState.KEPT]
    assert due.kept <= len(kept)
    assert due.rate is None or settled.rate is None or due.rate <= settled.rate
