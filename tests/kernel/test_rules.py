"""A list of rules is read before anybody relies on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Case
from relcore.kernel.errors import Illformed
from relcore.kernel.query import Query
from relcore.kernel.rules import Rule, RuleList
from relcore.service import CaseFields, CaseKind, CaseState
from tests.queries import case_queries
from tests.strategies import cases

COMPLAINTS = CaseFields.kind.is_(CaseKind.COMPLAINT)
REOPENED = CaseFields.reopened.at_least(1)
EVERYTHING = Query[Case]()


def desks(**rules: Query[Case]) -> RuleList[Case, str]:
    return RuleList(Case, tuple(Rule(name, when, f"desk of {name}") for name, when in rules.items()))


def test_rules_from_the_special_to_the_general_are_clean() -> None:
    assert desks(hot=COMPLAINTS & REOPENED, complaints=COMPLAINTS, rest=EVERYTHING).lint() == ()


def test_a_rule_that_nobody_can_meet_is_told() -> None:
    (never,) = desks(odd=REOPENED & ~REOPENED, rest=EVERYTHING).lint()

    assert str(never) == "odd can never hold"


def test_a_rule_that_is_always_overtaken_is_told() -> None:
    (shadowed,) = desks(rest=EVERYTHING, complaints=COMPLAINTS).lint()

    assert (shadowed.kind, shadowed.rules) == ("shadowed", ("complaints",))


def test_a_rule_that_two_others_overtake_together_is_told() -> None:
    found = desks(complaints=COMPLAINTS, others=~COMPLAINTS, reopened=REOPENED).lint()

    assert ("shadowed", ("reopened",)) in [(f.kind, f.rules) for f in found]


def test_two_rules_of_which_only_the_order_decides_are_told_with_an_example() -> None:
    (both, gap) = desks(complaints=COMPLAINTS, reopened=REOPENED).lint()

    assert (both.kind, both.rules) == ("contradicting", ("complaints", "reopened"))
    assert both.example == {"kind": "complaint", "reopened": 1}
    assert (
        str(both) == "complaints and reopened give different answers, and only their order decides, "
        "for instance kind=complaint, reopened=1"
    )
    assert gap.kind == "gap"


def test_two_rules_with_one_answer_do_not_contradict_each_other() -> None:
    same = RuleList(
        Case, (Rule("complaints", COMPLAINTS, 1), Rule("reopened", REOPENED, 1), Rule("rest", EVERYTHING, 2))
    )

    assert same.lint() == ()


def test_what_no_rule_speaks_of_is_told() -> None:
    (gap,) = desks(working=CaseFields.state.one_of(*set(CaseState) - {CaseState.SPAM})).lint()

    assert str(gap) == "no rule holds, for instance state=spam"


@given(st.lists(case_queries, max_size=3), cases)
def test_the_first_rule_that_holds_decides(questions: list[Query[Case]], held: Case) -> None:
    rules = desks(**{f"r{n}": question for n, question in enumerate(questions)})

    decided = rules.decide(held)

    alone = [rule for rule in rules.rules if RuleList(Case, (rule,)).decide(held)]
    assert decided == (alone[0] if alone else None)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(Illformed, match="'a' is there twice"):
        RuleList(Case, (Rule("a", EVERYTHING, 1), Rule("a", EVERYTHING, 2)))
