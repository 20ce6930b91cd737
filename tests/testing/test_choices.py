"""Every way through, and each of them once."""

from __future__ import annotations

from itertools import permutations, product

from relcore.testing.choices import Choices, every


def test_a_play_that_asks_nothing_is_played_once() -> None:
    assert list(every(lambda choices: "played")) == ["played"]


def test_each_row_of_answers_comes_once_and_in_order() -> None:
    def play(choices: Choices) -> str:
        return choices.of("ab") + choices.of("xyz") + choices.of("12")

    assert list(every(play)) == ["".join(row) for row in product("ab", "xyz", "12")]


def test_what_is_asked_may_depend_on_what_was_answered() -> None:
    def play(choices: Choices) -> str:
        left, said = list("abcd"), ""
        while left:
            left.remove(one := choices.of(tuple(left)))
            said += one
        return said

    assert list(every(play)) == ["".join(order) for order in permutations("abcd")]
