"""Jaro and Jaro-Winkler against the table that their authors published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore.customers.jaro_winkler import jaro, jaro_winkler

# Names as the Census Bureau tabulates them: W. E. Winkler, "Advanced Methods for Record Linkage" (1994); E. H. Porter and
# W. E. Winkler, "Approximate String Comparison and its Effect on an Advanced Record Linkage System" (1997).
PUBLISHED = [
    ("SHACKLEFORD", "SHACKELFORD", 0.970, 0.982),
    ("DUNNINGHAM", "CUNNIGHAM", 0.896, 0.896),
    ("NICHLESON", "NICHULSON", 0.926, 0.956),
    ("JONES", "JOHNSON", 0.790, 0.832),
    ("MASSEY", "MASSIE", 0.889, 0.933),
    ("ABROMS", "ABRAMS", 0.889, 0.922),
    ("JERALDINE", "GERALDINE", 0.926, 0.926),
    ("MARHTA", "MARTHA", 0.944, 0.961),
    ("MICHELLE", "MICHAEL", 0.869, 0.921),
    ("JULIES", "JULIUS", 0.889, 0.933),
    ("TANYA", "TONYA", 0.867, 0.880),
    ("DWAYNE", "DUANE", 0.822, 0.840),
    ("SEAN", "SUSAN", 0.783, 0.805),
    ("JON", "JOHN", 0.917, 0.933),
    ("DIXON", "DICKSONX", 0.767, 0.813),
]
words = st.text("abcd", max_size=9)


@pytest.mark.parametrize(("one", "other", "plain", "with_prefix"), PUBLISHED)
def test_published_pairs(one: str, other: str, plain: float, with_prefix: float) -> None:
    assert round(jaro(one, other), 3) == plain
    assert round(jaro_winkler(one, other), 3) == with_prefix


@given(words, words)
def test_it_lies_between_nothing_in_common_and_the_same(one: str, other: str) -> None:
    for measure in (jaro, jaro_winkler):
        assert 0 <= measure(one, other) <= 1
        assert (measure(one, other) == 1) is (one == other)
        assert measure(one, one) == 1


@given(words, words)
def test_a_common_beginning_never_makes_it_less_alike(one: str, other: str) -> None:
    assert jaro_winkler(one, other) >= jaro(one, other)
    if one[:1] != other[:1]:
        assert jaro_winkler(one, other) == jaro(one, other)


@given(words, words)
def test_a_slow_reading_of_the_definition_agrees(one: str, other: str) -> None:
    if one == other or not one or not other:
        return
    reach, free = max(len(one), len(other)) // 2 - 1, dict(enumerate(other))
    pairs = []
    for i, letter in enumerate(one):
        near = [j for j in sorted(free) if free[j] == letter and abs(i - j) <= reach]
        if near:
            pairs.append((i, near[0]))
            del free[near[0]]
    c = len(pairs)
    ours, theirs = [one[i] for i, _ in pairs], [other[j] for _, j in sorted(pairs, key=lambda p: p[1])]
    t = sum(a != b for a, b in zip(ours, theirs, strict=True)) // 2

    assert jaro(one, other) == (pytest.approx((c / len(one) + c / len(other) + (c - t) / c) / 3) if c else 0)
