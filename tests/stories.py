"""Stories of cases for Hypothesis: whatever marks the commands of a case can take, at whatever moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from relcore.service import CaseState, Goal, Mark, MarkKind, ServiceLevel, Target
from tests.calendars import calendars

BEGIN = datetime(2026, 3, 23, 8, tzinfo=UTC)  # the Monday before Europe changes its clocks
_WAITS = [MarkKind.PENDING_CUSTOMER, MarkKind.PENDING_THIRD_PARTY, MarkKind.ON_HOLD]
_OPEN = [MarkKind.RESPONDED, MarkKind.HEARD, *_WAITS, MarkKind.RESOLVED, MarkKind.ENDED]
_WAITING = [MarkKind.RESPONDED, MarkKind.HEARD, MarkKind.RESUMED, MarkKind.RESOLVED, MarkKind.ENDED]
_FOLLOWS = {
    **dict.fromkeys(MarkKind, _OPEN),
    **dict.fromkeys(_WAITS, _WAITING),
    MarkKind.RESOLVED: [MarkKind.RESPONDED, MarkKind.REOPENED, MarkKind.ENDED],
    MarkKind.ENDED: [],
}
_steps = st.integers(0, 60).map(lambda n: timedelta(hours=n)) | st.timedeltas(timedelta(0), timedelta(days=4))


@st.composite
def stories(draw: st.DrawFn) -> tuple[Mark, ...]:
    """From the opening on; now and then a case of which nothing is known."""
    if draw(st.integers(0, 15)) == 0:
        return ()
    story, stands = [Mark(MarkKind.OPENED, BEGIN + draw(_steps))], MarkKind.OPENED
    for _ in range(draw(st.integers(0, 9))):
        if not _FOLLOWS[stands]:
            break
        kind = draw(st.sampled_from(_FOLLOWS[stands]))
        story.append(Mark(kind, story[-1].at + draw(_steps)))
        stands = stands if kind is MarkKind.RESPONDED else kind
    return tuple(story)


asked_at = st.integers(-30, 900).map(lambda n: BEGIN + timedelta(hours=n))
goal_times = st.integers(1, 120).map(lambda n: timedelta(minutes=15 * n)) | st.just(timedelta(microseconds=1))
waiting_states = st.sampled_from(
    [CaseState.PENDING_CUSTOMER, CaseState.PENDING_THIRD_PARTY, CaseState.ON_HOLD]
)
levels = st.builds(
    lambda made, pauses, warn_at, reopening: ServiceLevel(
        "gold",
        version=2,
        calendar=made.calendar,
        targets=[Target(resolution=timedelta(hours=8))],
        pauses=pauses,
        warn_at=warn_at,
        reopening=reopening,
    ),
    calendars(),
    st.frozensets(st.tuples(st.sampled_from(Goal), waiting_states)),
    st.sampled_from([0.5, 0.75, 1.0, 1 / 3]),
    st.sampled_from(["resume", "restart"]),
)
