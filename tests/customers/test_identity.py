"""Are two records one customer?"""

from __future__ import annotations

import random
from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.customers import IdentityPolicy, IdentityRecord, MatchVerdict, duplicates, matches, threshold
from relcore.customers.comparison import Evidence
from relcore.customers.identity import Match
from relcore.customers.identity_record import comparable_name
from relcore.ids import CustomerId

POLICY = IdentityPolicy()
LINK, POSSIBLE, DISTINCT = MatchVerdict.LINK, MatchVerdict.POSSIBLE, MatchVerdict.DISTINCT


def record(n: int, name: str = "", controller: str = "acme", **known: object) -> IdentityRecord:
    id = CustomerId(f"customer_{n:032x}")
    return IdentityRecord(id, controller, name=comparable_name(name), **known)  # type: ignore[arg-type]


ADA = record(1, "Ada Byron", emails=["ada@example.org"], phones=["+49301234567"], born=date(1815, 12, 10))


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (record(2, "BYRON, Ada", emails=["ada@example.org"]), LINK),
        (record(2, "Ada Byrno", emails=["ada@elsewhere.org"], born=date(1815, 12, 10)), LINK),
        (record(2, "Ada Byrno", emails=["ada@elsewhere.org"], born=date(1815, 10, 12)), POSSIBLE),
        (record(2, "Ada Byron"), POSSIBLE),
        (record(2, phones=["+49301234567"]), POSSIBLE),
        (record(2, "Eve Smith", emails=["eve@example.org"], born=date(1901, 1, 1)), DISTINCT),
        (record(2, "Ada Byron", emails=["ab@x.org"], phones=["+1"], born=date(1950, 3, 4)), DISTINCT),
        (record(2), DISTINCT),
    ],
)
def test_c4_there_are_three_verdicts(other: IdentityRecord, verdict: MatchVerdict) -> None:
    assert POLICY.judge(ADA, other).verdict is verdict


def test_c4_a_verdict_is_explained_by_fields_and_weights_and_shows_no_value() -> None:
    match = POLICY.judge(ADA, record(2, "Ada Byron", emails=["ada@example.org"], born=date(1901, 1, 1)))

    assert match.weight == pytest.approx(sum(e.weight for e in match.evidence))
    assert [(e.field, e.level) for e in match.evidence] == [
        ("kind", "same"), ("name", "same"), ("emails", "same"), ("phones", "unknown"), ("addresses", "unknown"),
        ("born", "different"),
    ]  # fmt: skip
    assert match.explained() == "emails same +15.9, name same +10.6, born different -5.6, kind same +0.7"
    assert "example" not in repr(match)


def test_c4_records_of_two_controllers_are_never_compared() -> None:
    elsewhere = attrs.evolve(ADA, id=CustomerId(f"customer_{2:032x}"), controller="other")

    with pytest.raises(Invalid, match="controller must be the same"):
        POLICY.judge(ADA, elsewhere)
    assert duplicates([ADA, elsewhere]) == ()
    assert matches(ADA, [elsewhere]) == ()


def test_a_record_is_not_compared_with_itself() -> None:
    with pytest.raises(Invalid, match="must be another record"):
        POLICY.judge(ADA, ADA)


def test_thresholds_decide_at_the_threshold_itself() -> None:
    other = record(2, "Ada Byron")
    weight = POLICY.judge(ADA, other).weight

    def verdict(link_at: float, possible_at: float) -> MatchVerdict:
        return IdentityPolicy(link_at, possible_at).judge(ADA, other).verdict

    assert verdict(weight, 0) is LINK
    assert verdict(weight + 1e-9, weight) is POSSIBLE
    assert verdict(weight + 1, weight + 1e-9) is DISTINCT


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.95, 0.999])
def test_a_threshold_is_the_weight_at_which_a_pair_has_that_probability(probability: float) -> None:
    weight = threshold(probability, prior=0.001)
    match = Match(ADA.id, ADA.id, LINK, weight, ())

    assert match.probability(prior=0.001) == pytest.approx(probability)


def test_a_policy_can_be_chosen_by_what_is_risked() -> None:
    policy = IdentityPolicy.of_probabilities(link=0.99, possible=0.5, prior=0.001)

    assert (round(policy.link_at, 2), round(policy.possible_at, 2)) == (16.59, 9.96)
    for wrong in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(Invalid, match="must lie between 0 and 1"):
            threshold(wrong, prior=0.1)
    with pytest.raises(Invalid, match="must not be above link_at"):
        IdentityPolicy(1.0, 2.0)


def test_a_hopeless_pair_has_a_probability_and_no_overflow() -> None:
    match = Match(ADA.id, ADA.id, DISTINCT, -5000.0, (Evidence("name", "different", -5000.0),))

    assert match.probability(prior=0.5) == 0
    assert attrs.evolve(match, weight=5000.0).probability(prior=0.5) == 1


def test_nobody_is_anybody_s_duplicate() -> None:
    assert duplicates([]) == duplicates([ADA]) == matches(ADA, []) == matches(ADA, [ADA]) == ()


names = st.sampled_from(["", "Ada Byron", "Byron Ada", "Ada Bryon", "Eve Smith", "Eva Smith"])
crowds = st.lists(
    st.builds(
        lambda n, name, controller, emails, born: record(n, name, controller, emails=emails, born=born),
        st.integers(1, 9),
        names,
        st.sampled_from("xy"),
        st.lists(st.sampled_from(["a@b", "a@c", "e@f"]), max_size=2),
        st.none() | st.sampled_from([date(1815, 12, 10), date(1815, 10, 12), date(1901, 1, 1)]),
    ),
    max_size=8,
    unique_by=lambda r: r.id,
)


@given(crowds)
def test_who_is_asked_first_makes_no_difference(crowd: list[IdentityRecord]) -> None:
    for one in crowd:
        for other in crowd:
            if one.id != other.id and one.controller == other.controller:
                there, back = POLICY.judge(one, other), POLICY.judge(other, one)
                assert (there.weight, there.verdict) == (back.weight, back.verdict)
    assert duplicates(crowd) == duplicates(reversed(crowd))


@given(crowds)
def test_a_newcomer_meets_whom_the_search_among_all_finds(crowd: list[IdentityRecord]) -> None:
    found = duplicates(crowd)

    for newcomer in crowd:
        expected = {frozenset((m.one, m.other)) for m in found if newcomer.id in (m.one, m.other)}
        assert {frozenset((m.one, m.other)) for m in matches(newcomer, crowd)} == expected


def test_of_a_town_with_known_duplicates_nearly_all_are_found_and_nobody_else_is_linked() -> None:
    chance = random.Random(7)
    first = ["ada", "eve", "karl", "dora", "emil", "fritz", "gerda", "hanna", "ida", "jakob", "lena", "max"]
    last = [
        f"{a}{b}{c}"
        for a in ("mei", "sch", "hof", "bau")
        for b in ("er", "mann", "old")
        for c in ("", "s", "t")
    ]

    def slip(word: str) -> str:
        i = chance.randrange(1, len(word) - 1)
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]

    town, twins = [], set()
    for n in range(1500):
        name = f"{chance.choice(first)} {chance.choice(last)}"
        born = date(1940, 1, 1) + timedelta(days=chance.randrange(25_000))
        mail, phone = f"{name.replace(' ', '.')}{n}@example.org", f"+49301{n:06}"
        town.append(record(n, name, emails=[mail], phones=[phone], born=born))
        if n % 10 == 0:
            wrong = " ".join(slip(word) if chance.random() < 0.3 else word for word in name.split())
            again = {"emails": [mail]} if chance.random() < 0.7 else {"phones": [phone]}
            town.append(record(10_000 + n, wrong, born=born, **again))
            twins.add((town[-2].id, town[-1].id))

    found = duplicates(town)

    linked = {(m.one, m.other) for m in found if m.verdict is LINK}
    assert not linked - twins
    assert len(linked) >= 0.99 * len(twins)
    assert len(found) <= 1.5 * len(twins)
