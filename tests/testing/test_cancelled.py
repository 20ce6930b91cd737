"""Each place where work waits can be the one at which it is cancelled."""

from __future__ import annotations

import asyncio

import pytest

from relcore.testing.cancelled import Cancelled, Moment, cut_off


async def three_steps(done: list[int], loop_turns: int = 1) -> None:
    for step in range(3):
        for _ in range(loop_turns):
            await asyncio.sleep(0)
        done.append(step)


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("at", range(3))
def test_work_is_cancelled_at_the_await_that_is_meant(at: int, moment: Moment) -> None:
    done: list[int] = []
    work = Cancelled(three_steps(done), at, moment)

    assert asyncio.run(cut_off(work)) is True

    assert work.reached
    assert done == list(range(at))


def test_work_with_fewer_awaits_ends_as_if_nobody_had_meant_it() -> None:
    done: list[int] = []
    work = Cancelled(three_steps(done), 3, Moment.BEGINS)

    assert asyncio.run(cut_off(work)) is False

    assert not work.reached
    assert done == [0, 1, 2]


@pytest.mark.parametrize("moment", Moment)
def test_it_is_cancelled_when_it_begins_to_wait_or_when_what_it_waited_for_has_come(moment: Moment) -> None:
    async def sentence() -> None:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def wait() -> str:
            return await answer

        waiting = asyncio.ensure_future(cut_off(Cancelled(wait(), 0, moment)))
        for _ in range(5):
            await asyncio.sleep(0)
        assert answer.cancelled() is waiting.done() is (moment is Moment.BEGINS)

        if not answer.done():
            answer.set_result("come")
        assert await waiting is True

    asyncio.run(sentence())


def test_work_may_let_nobody_cut_it_off() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            return "done all the same"
        return "never told"

    assert asyncio.run(cut_off(Cancelled(stubborn(), 0, Moment.BEGINS))) is False
