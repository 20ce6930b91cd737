"""Every table, exhaustively: each row can be taken, and what is not a row is refused and changes nothing."""

from __future__ import annotations

import copy
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from relcore import Invalid, Refused
from relcore.kernel.change import Change
from relcore.kernel.lifecycle import Answer
from tests.strategies import NOON
from tests.walks import WALKS, arguments, asked

every_entity = pytest.mark.parametrize("entity", list(WALKS))
ROUNDS = 300
LATER = [timedelta(0), timedelta(hours=1), *(timedelta(days=days) for days in (1, 4, 10, 40, 100, 400))]
exploring = settings(
    max_examples=10, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck)
)


@every_entity
def test_every_row_of_a_table_can_be_taken(entity: type[Any]) -> None:
    rows = {(str(s), row.name) for row in entity.lifecycle.moves for s in row.sources or ("",)}
    life = Exploration(entity)

    for number in range(ROUNDS):
        if life.taken >= rows:
            break
        life.go_on(rows, number)

    assert life.taken == rows


@attrs.define
class Exploration:
    """Entities in as many states as could be led to, and the rows that were taken on the way."""

    entity: type[Any]
    met: dict[str, list[tuple[Any, datetime]]] = attrs.field(factory=lambda: defaultdict(list))
    taken: set[tuple[str, str]] = attrs.field(factory=set)

    def go_on(self, rows: set[tuple[str, str]], number: int) -> None:
        """Try what was not done yet, on entities that were met; and something else, so that others are met as well."""

        @seed(number)
        @exploring
        @given(WALKS[self.entity].begin, st.data())
        def walk(begun: Change[Any], data: st.DataObject) -> None:
            self._note(begun, NOON)
            # What was done before is done again: it may be how the next entity comes where none has been yet.
            again = data.draw(st.lists(st.sampled_from(sorted(rows)), max_size=6))
            for state, move in [*sorted(rows - self.taken), *again]:
                if self.met[state]:
                    self._try(move, *data.draw(st.sampled_from(self.met[state])), data)

        walk()

    def _try(self, move: str, held: Any, at: datetime, data: st.DataObject) -> None:
        given_ = data.draw(arguments(self.entity, move))
        at += data.draw(st.sampled_from(LATER))
        if next(o for o in asked(held, given_, at) if o.move == move).answer is Answer.ALLOWED:
            with suppress(Invalid):  # lawful, but not with these arguments
                self._note(getattr(held, move)(**given_, at=at), at)

    def _note(self, change: Change[Any], at: datetime) -> None:
        self.taken.update((str(event.source), event.move) for event in change.events)
        self.met[str(change.entity.state)].append((change.entity, at))


@every_entity
@settings(max_examples=5)
@given(data=st.data())
def test_what_is_no_row_is_refused_from_every_state_and_changes_nothing(
    entity: type[Any], data: st.DataObject
) -> None:
    for state, rows in entity.lifecycle.table.items():
        held = attrs.evolve(WALKS[entity].example, state=state)
        before = copy.deepcopy(held)
        for move in WALKS[entity].commands.keys() - rows.keys():
            with pytest.raises(Refused) as refused:
                getattr(held, move)(**data.draw(arguments(entity, move)), at=NOON)

            assert refused.value.reasons == (f"there is no {move} from {state}",)
            assert held == before
