"""Approval rules: the most specific wins, and what cannot be told apart is found before anybody asks."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Invalid, Money
from relcore.kernel.errors import Illformed
from relcore.work import ApprovalRule, ApprovalRules, Level, Permission

LEVELS = [Level([Actor("person", "cfo")])]


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def rule(name: str, **about: Any) -> ApprovalRule:
    return ApprovalRule(name, LEVELS, **about)


ANY = rule("any")
DISCOUNT = rule("discount", kind="discount")
BIG = rule("big", kind="discount", at_least=eur(1000))
HUGE = rule("huge", kind="discount", at_least=eur(5000))
KEY = rule("key", kind="discount", segment="key", at_least=eur(1000))
HOUSE = ApprovalRules([ANY, DISCOUNT, BIG, HUGE, KEY])


@pytest.mark.parametrize(
    ("permission", "winner"),
    [
        (Permission("refund"), "any"),
        (Permission("discount"), "discount"),
        (Permission("discount", eur(999)), "discount"),
        (Permission("discount", eur(1000)), "big"),
        (Permission("discount", eur(4999)), "big"),
        (Permission("discount", eur(5000)), "huge"),
        (Permission("discount", eur(5000), "small"), "huge"),
        (Permission("discount", eur(5000), "key"), "key"),
        (Permission("discount", Money("5000", "USD")), "discount"),
    ],
)
def test_the_most_specific_rule_wins_in_whatever_order_they_stand(
    permission: Permission, winner: str
) -> None:
    for order in permutations(HOUSE.rules):
        found = ApprovalRules(order).rule_for(permission)
        assert found is not None
        assert found.name == winner


def test_no_rule_is_for_what_no_rule_names() -> None:
    assert ApprovalRules([DISCOUNT]).rule_for(Permission("refund")) is None


def test_a_tie_is_an_error_of_whoever_wrote_the_rules() -> None:
    rules = ApprovalRules([DISCOUNT, rule("key accounts", segment="key")])

    with pytest.raises(Illformed, match="discount and key accounts both apply to discount, key, and neither"):
        rules.rule_for(Permission("discount", segment="key"))
    assert rules.rule_for(Permission("discount")) is DISCOUNT


def test_the_lint_finds_a_tie_before_anybody_asks() -> None:
    ties = [
        f for f in ApprovalRules([DISCOUNT, rule("key accounts", segment="key")]).lint() if f.fault == "tie"
    ]

    assert [(tie.rules, tie.example) for tie in ties] == [
        (("discount", "key accounts"), Permission("discount", None, "key"))
    ]


def test_a_tie_that_a_more_specific_rule_settles_is_none() -> None:
    settled = [
        DISCOUNT,
        rule("key accounts", segment="key"),
        rule("both", kind="discount", segment="key"),
        ANY,
    ]

    assert ApprovalRules(settled).lint() == ()


def test_ranges_that_overlap_and_do_not_lie_within_each_other_are_a_tie_where_they_overlap() -> None:
    low, high = rule("low", below=eur(200)), rule("high", at_least=eur(100))

    (tie,) = (f for f in ApprovalRules([low, high, ANY]).lint() if f.fault == "tie")

    assert tie.example is not None
    assert tie.example.amount == eur(100)
    assert str(tie) == "high and low both apply to *, 100.00 EUR, and neither is more specific"


def test_the_lint_finds_rules_that_never_win_and_requests_that_no_rule_is_for() -> None:
    covered = [BIG, rule("some", kind="discount", at_least=eur(1000), segment="key"), KEY]

    faults = ApprovalRules([rule("a", at_least=eur(1), below=eur(5)), rule("b", at_least=eur(1), below=eur(3)),
                            rule("c", at_least=eur(3), below=eur(5))]).lint()  # fmt: skip

    assert [str(f) for f in faults if f.fault == "shadowed"] == ["a never wins"]
    assert [str(f) for f in faults if f.fault == "gap"] == ["no rule is for *"]
    assert {f.rules for f in ApprovalRules(covered).lint() if f.fault == "tie"} == {("key", "some")}


def test_rules_without_faults_are_told_apart_by_every_request() -> None:
    assert HOUSE.lint() == ()


kinds, segments = st.sampled_from(["discount", "refund"]), st.sampled_from(["key", "small"])
amounts = st.integers(0, 4).map(lambda n: eur(100 * n)) | st.integers(1, 2).map(lambda n: Money(n, "USD"))


@st.composite
def some_rules(draw: st.DrawFn) -> ApprovalRules:
    rules = []
    for n in range(draw(st.integers(1, 5))):
        low, high = (draw(st.none() | amounts) for _ in range(2))
        if low is not None and high is not None and (low.currency != high.currency or high <= low):
            high = None
        about = {"kind": draw(st.none() | kinds), "segment": draw(st.none() | segments)}
        rules.append(rule(str(n), **about, at_least=low, below=high))
    return ApprovalRules(rules)


requests = st.builds(
    Permission, kinds | st.just("other"),
    st.none() | st.integers(-100, 50_000).map(lambda n: Money.from_minor(n, "EUR")) | amounts,
    st.none() | segments | st.just("other"),
)  # fmt: skip


def asked(rules: ApprovalRules, permission: Permission) -> str:
    """What comes of it: ``tie``, ``gap``, or the name of the winner."""
    try:
        winner = rules.rule_for(permission)
    except Illformed:
        return "tie"
    return "gap" if winner is None else winner.name


@given(some_rules(), requests)
def test_whatever_is_asked_the_lint_knew(rules: ApprovalRules, permission: Permission) -> None:
    found = rules.lint()

    answer = asked(rules, permission)

    assert answer not in {f.rules[0] for f in found if f.fault == "shadowed"}
    if answer in ("tie", "gap"):
        assert answer in {f.fault for f in found}


@given(some_rules(), requests)
def test_the_winner_applies_and_beats_all_else_that_applies(
    rules: ApprovalRules, permission: Permission
) -> None:
    applying = {r.name: r for r in rules.rules if r.applies(permission)}

    answer = asked(rules, permission)

    assert (answer == "gap") == (not applying)
    if answer in applying:
        assert all(applying[answer].beats(other) for name, other in applying.items() if name != answer)


def test_every_example_of_the_lint_shows_what_it_says() -> None:
    rules = ApprovalRules([BIG, rule("also big", kind="discount", at_least=eur(1000))])

    for finding in rules.lint():
        if finding.fault == "tie":
            assert finding.example is not None
            with pytest.raises(Illformed):
                rules.rule_for(finding.example)
        if finding.fault == "gap":
            assert finding.example is not None
            assert rules.rule_for(finding.example) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""}, {"at_least": 5}, {"at_least": eur(5), "below": eur(5)}, {"at_least": eur(5), "below": eur(4)},
        {"at_least": eur(5), "below": Money("6", "USD")}, {"levels": ["cfo"]},
    ],
)  # fmt: skip
def test_a_rule_that_can_never_apply_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        ApprovalRule(**{"name": "x", "levels": LEVELS} | wrong)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(Illformed, match="big is there twice"):
        ApprovalRules([BIG, BIG])
