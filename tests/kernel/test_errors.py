"""The tree of refusals: what is drawn is what is, and each carries what it refused."""

from __future__ import annotations

import pickle
import re

import pytest

from relcore.kernel import errors
from relcore.kernel.errors import (
    HIDDEN,
    Busy,
    CommitUnknown,
    Conflict,
    Corrupt,
    Deadlocked,
    Disconnected,
    Fault,
    Gone,
    Illformed,
    Invalid,
    InvalidRows,
    KeyMissing,
    KeyReused,
    NewerSchema,
    NoEvidence,
    NotFound,
    NoUpcaster,
    Refused,
    RelcoreError,
    Shredded,
    Transient,
    UniqueConflict,
    UnknownQuery,
    Unsupported,
    VersionConflict,
)

ONE_OF_EACH = [
    RelcoreError(),
    Invalid("amount", "must be finite", float("inf"), "leave the row out"),
    Invalid("Customer.name", "must be text"),
    Illformed("lifecycle case", ["open is a dead end", "closed cannot be reached"]),
    UnknownQuery("Case.state", "is one of new, open", "opne"),
    InvalidRows(
        [Fault("amount", 3, "must be finite", "abc", 2, "leave it out"), Fault("at", 1, "is no date", "?")]
    ),
    Refused("case_1", "open", "resolve", ("its child cases must be resolved first",), ("cancel",)),
    NotFound("case_1"),
    Conflict(),
    Gone("case_1", 3),
    VersionConflict("case_1", 3, 4),
    UniqueConflict("quote_1", ("number", "revision")),
    KeyReused("k"),
    Transient(),
    Busy(10.0),
    Deadlocked("SqlRepository"),
    Disconnected("SqlRepository"),
    CommitUnknown("k"),
    Unsupported("Adapter", "scan", "read entities with each()"),
    Corrupt("case_1", "TypeError"),
    NewerSchema("case", 2, 1),
    NoUpcaster("case", 0, 2),
    Shredded("customer_1"),
    KeyMissing("case_1", "customer_1"),
    NoEvidence("BetaGeoNBD"),
]


def classes(root: type[BaseException] = RelcoreError) -> dict[str, str]:
    """Every class of the tree with its parent."""
    found = {}
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            found |= {child.__name__: root.__name__, **classes(child)}
    return found


def drawn() -> dict[str, tuple[str, str, str]]:
    """Name to parent, retry and attributes, as the docstring of the module draws them."""
    tree, above = {}, {0: "RelcoreError"}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"    ([│ ]*)[├└]── (\w+)\s+(never|reread|same_key)(.*)", line):
            depth = len(found[1]) // 4 + 1
            above[depth] = found[2]
            tree[found[2]] = (above[depth - 1], found[3], found[4])
    return tree


def test_the_tree_that_is_drawn_is_the_tree_of_classes() -> None:
    assert {name: parent for name, (parent, _, _) in drawn().items()} == classes()


def test_the_drawing_says_what_a_caller_may_do() -> None:
    assert {n: retry for n, (_, retry, _) in drawn().items()} == {
        n: getattr(errors, n).retry for n in classes()
    }


def test_there_is_an_example_of_every_class_here() -> None:
    assert {type(error).__name__ for error in ONE_OF_EACH} == {"RelcoreError", *classes()}


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda error: type(error).__name__)
def test_an_error_survives_the_way_to_another_process(error: RelcoreError) -> None:
    again = pickle.loads(pickle.dumps(error))

    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda error: type(error).__name__)
def test_an_error_carries_the_attributes_that_are_drawn(error: RelcoreError) -> None:
    _, _, told = drawn().get(type(error).__name__, ("", "", ""))
    names = re.findall(r"\w+", re.sub(r"\(.*\)", "", re.split(r"\s{2,}", told.strip())[-1]))

    if type(error) not in (RelcoreError, Conflict, Transient):
        assert names
        assert all(hasattr(error, name) for name in names), names


def test_a_personal_value_is_hidden_also_after_pickling() -> None:
    error = pickle.loads(pickle.dumps(Invalid("Customer.name", "must be text", HIDDEN)))

    assert str(error) == "Customer.name must be text, got <personal>"


def test_a_value_and_its_remedy_are_data_and_sentence() -> None:
    error = Invalid("amount", "must be finite", float("inf"), "leave the row out")

    assert (error.field, error.rule, error.value, error.remedy) == (
        "amount", "must be finite", float("inf"), "leave the row out",
    )  # fmt: skip
    assert str(error) == "amount must be finite, got inf: leave the row out"


def test_a_refusal_reads_as_a_sentence() -> None:
    refused = Refused(
        "case_1", "open", "resolve", ("its child cases must be resolved first",), ("put_on_hold", "cancel")
    )

    assert str(refused) == (
        "case_1 is open and cannot resolve: its child cases must be resolved first. Possible now: put_on_hold, cancel."
    )


def test_a_conflict_says_both_versions() -> None:
    assert str(VersionConflict("case_1", 3, 4)) == (
        "case_1 was read at version 3 and is now at 4; read again and decide again."
    )
