"""Fields compared, and what their agreement weighs."""

from __future__ import annotations

from datetime import date
from math import log2

import pytest

from relcore.customers import Comparison, CustomerKind, IdentityRecord, Level
from relcore.customers.comparison import alike, one_slip, same, same_local_part, total
from relcore.ids import CustomerId
from relcore.kernel.errors import Illformed

ADA, AUGUSTA = CustomerId.imported("shop", "ada"), CustomerId.imported("shop", "augusta")


def records(one: dict[str, object], other: dict[str, object]) -> tuple[IdentityRecord, IdentityRecord]:
    return IdentityRecord(ADA, "acme", **one), IdentityRecord(AUGUSTA, "acme", **other)  # type: ignore[arg-type]


# Agreement and disagreement weights as two vendors of record linkage print them in their manuals: Sun Match Engine, "Weight
# Ranges Using Probabilities" (sample table), and Esri's answer on how ArcView's geocoding weighs a street name.
@pytest.mark.parametrize(
    ("m", "u", "agreement", "disagreement"),
    [
        (0.996, 0.004, 7.96, -7.96),
        (0.97, 0.007, 7.11, -5.04),
        (0.97, 0.03, 5.01, -5.01),
        (0.999, 0.001, 9.96, -9.96),
        (0.9, 0.01, 6.49, -3.31),
    ],
)
def test_c4_weights_are_those_of_fellegi_and_sunter(
    m: float, u: float, agreement: float, disagreement: float
) -> None:
    comparison = Comparison("name", (Level("same", same, m, u),))

    agrees = comparison.evidence(*records({"name": "ada"}, {"name": "ada"}))
    differs = comparison.evidence(*records({"name": "ada"}, {"name": "eve"}))

    assert (agrees.level, round(agrees.weight, 2)) == ("same", agreement)
    assert (differs.level, differs.weight) == ("different", pytest.approx(disagreement, abs=0.01))


def test_the_strictest_level_that_agrees_counts_and_what_is_left_is_different() -> None:
    comparison = Comparison("name", (Level("same", same, 0.7, 0.01), Level("alike", alike(0.9), 0.2, 0.04)))

    def weighed(other: str) -> tuple[str, float]:
        evidence = comparison.evidence(*records({"name": "martha"}, {"name": other}))
        return evidence.level, evidence.weight

    assert weighed("martha") == ("same", log2(0.7 / 0.01))
    assert weighed("marhta") == ("alike", log2(0.2 / 0.04))
    assert weighed("dora") == ("different", pytest.approx(log2(0.1 / 0.95)))


@pytest.mark.parametrize("one", [{}, {"emails": ["a@b"]}])
def test_what_one_of_them_does_not_know_says_nothing(one: dict[str, object]) -> None:
    comparison = Comparison("emails", (Level("same", same, 0.9, 0.1),))

    evidence = comparison.evidence(*records(one, {}))

    assert (evidence.level, evidence.weight) == ("unknown", 0)


def test_of_several_addresses_the_two_that_agree_best_count() -> None:
    comparison = Comparison(
        "emails", (Level("same", same, 0.6, 0.01), Level("same name", same_local_part, 0.2, 0.05))
    )

    evidence = comparison.evidence(*records({"emails": ["a@x", "b@x"]}, {"emails": ["b@y", "c@x"]}))

    assert evidence.level == "same name"


@pytest.mark.parametrize(
    ("other", "slip"),
    [
        (date(1815, 12, 10), True), (date(1815, 10, 12), False), (date(1851, 10, 12), True),
        (date(1815, 10, 13), True), (date(1815, 11, 12), True), (date(1815, 11, 13), False),
        (date(1816, 12, 10), False),
    ],
)  # fmt: skip
def test_a_date_is_told_from_its_slips(other: date, slip: bool) -> None:
    assert one_slip(date(1815, 10, 12), other) is slip
    assert one_slip(other, date(1815, 10, 12)) is slip


@pytest.mark.parametrize(
    "levels",
    [
        (Level("same", same, 0.0, 0.1),),
        (Level("same", same, 0.9, 0.0),),
        (Level("same", same, 1.0, 0.1),),
        (Level("same", same, 0.6, 0.1), Level("alike", same, 0.4, 0.1)),
        (Level("same", same, 0.9, 1.5),),
        (Level("same", same, float("nan"), 0.1),),
        (),
    ],
)
def test_shares_that_leave_nothing_for_the_rest_are_refused(levels: tuple[Level, ...]) -> None:
    with pytest.raises(Illformed, match="must sum to less than 1"):
        Comparison("name", levels)


def test_a_field_that_no_record_has_is_refused() -> None:
    with pytest.raises(Illformed, match="a record has no field shoe_size"):
        Comparison("shoe_size", (Level("same", same, 0.9, 0.1),))


def test_weights_add_up() -> None:
    name = Comparison("name", (Level("same", same, 0.9, 0.01),))
    kind = Comparison("kind", (Level("same", same, 0.9, 0.5),))
    pair = records({"name": "ada"}, {"name": "ada", "kind": CustomerKind.ORGANISATION})

    assert total(c.evidence(*pair) for c in (name, kind)) == pytest.approx(log2(90) + log2(0.1 / 0.5))
