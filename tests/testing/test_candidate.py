"""A candidate may keep few kinds of entities: it is asked what it can answer, and what it is not asked is said."""

from __future__ import annotations

from typing import Any

import pytest

from relcore import Case, Customer, Opportunity
from relcore.kernel.errors import Unsupported
from relcore.kernel.repository import Capabilities, Level
from relcore.sales import Quote
from relcore.storage import in_memory
from relcore.testing import Candidate, Clause, Outcome, check, clauses, report
from relcore.testing.__main__ import main
from relcore.testing.clause import clause_of
from relcore.testing.trial import ANY_OF, Trial

TRIED = [one for one in clauses() if one.only in (None, "partial") and one.level < Level.DURABLE]
LONG = {one for one in TRIED if one.id[0] in "CMW" or one.id in ("N10", "N11", "N12")}
"""They are about customers, and nothing new is learned from them where others are kept too."""
LIVES = [one for one in LONG if one.id[0] in "MN"]
"""Without a customer, whom all else belongs to, nothing begins in them that could be refused."""


class Few:
    """The memory, for these kinds and no other."""

    def __init__(self, *kinds: type[Any]) -> None:
        self.held, self.kinds = in_memory(), kinds

    def __getattr__(self, name: str) -> Any:
        return getattr(self.held, name)

    def kept(self, entity: Any) -> Any:
        if entity not in self.kinds:
            raise Unsupported("Few", f"to keep {entity.__name__}")
        return entity

    def fetch(self, refs: Any) -> Any:
        return self.held.fetch([ref for ref in refs if self.kept(ref.entity)])

    def find(self, tenant: str, entity: Any, where: Any, **more: Any) -> Any:
        return self.held.find(tenant, self.kept(entity), where, **more)

    def commit(self, tenant: str, batch: Any) -> Any:
        for row in (*batch.rows, *batch.reads, *batch.removed):
            self.kept(type(row))
        return self.held.commit(tenant, batch)

    def log(self, ref: Any) -> Any:
        self.kept(ref.entity)
        return self.held.log(ref)

    def scan(self, tenant: str, entity: Any, *more: Any, **named: Any) -> Any:
        return self.held.scan(tenant, self.kept(entity), *more, **named)

    def scan_log(self, tenant: str, entity: Any, *more: Any, **named: Any) -> Any:
        return self.held.scan_log(tenant, self.kept(entity), *more, **named)


def of(*kinds: type[Any]) -> Candidate:
    held = Few(*kinds)
    return Candidate(lambda: held, kinds=kinds)


def quotes() -> Candidate:
    return of(Quote)


@pytest.mark.parametrize(
    "kinds",
    [
        (Customer,),
        (Case,),
        (Opportunity,),
        (Customer, Case),
        (Customer, Opportunity),
        (Case, Opportunity, Quote),
    ],
    ids=lambda kinds: " ".join(kind.__name__ for kind in kinds),
)
def test_who_keeps_few_kinds_is_asked_everything_but_what_is_about_others(
    kinds: tuple[type[Any], ...],
) -> None:
    asked = [one for one in TRIED if len(kinds) == 1 or one not in LONG]

    told = report(of(*kinds), asked)

    assert told.holds, str(told)
    for verdict in told.verdicts:
        wanting = [kind.__name__ for kind in verdict.clause.kinds if kind not in kinds]
        outcome = Outcome.NOT_ASKED if wanting else Outcome.HELD
        assert (verdict.outcome, verdict.why) == (outcome, " and ".join(wanting)), verdict.clause


@pytest.mark.parametrize("clause", [one for one in TRIED if one.kinds and one not in LIVES], ids=str)
def test_a_clause_names_no_kind_that_it_can_do_without(clause: Clause) -> None:
    for wanting in clause.kinds:
        others = [kind for kind in (*ANY_OF, Quote) if kind is not wanting]
        with Trial(of(*others)) as trial, pytest.raises(Exception, match=f"to keep {wanting.__name__}"):
            clause.tries(trial)


def test_who_keeps_none_of_what_can_be_tried_is_asked_nothing_and_told_so() -> None:
    told = report(quotes(), [clause_of(id) for id in ("U1", "V1")])

    assert not told.holds
    assert str(told) == (
        f"level COLUMNAR: 0 of 0 clauses hold; 2 not asked (kit of relcore {told.kit})\n\n"
        "not asked, for want of any of Case, Customer, Opportunity: U1 V1"
    )
    assert main([f"{__name__}:quotes", "--only", "V1", "U1"]) == 2


def test_what_is_of_a_higher_level_is_refused_whatever_is_kept() -> None:
    class Lowest(Few):
        capabilities = Capabilities(Level.VERSIONED)

    held = Lowest(Customer)

    outcomes = {one.id: check(one, Candidate(lambda: held, kinds=(Customer,))) for one in TRIED if one.needs}

    assert set(outcomes.values()) == {Outcome.REFUSED}
