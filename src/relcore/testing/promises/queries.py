"""Q: queries. A question has one meaning, that of ``relcore.kernel.query.predicate``, and cannot widen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import attrs

from relcore.ids import CustomerId
from relcore.kernel.errors import UnknownQuery
from relcore.kernel.money import Money
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, Query, StartsWith, Tree, predicate
from relcore.kernel.repository import Level
from relcore.kernel.words import word
from relcore.sales.opportunity import Opportunity, OpportunityFields
from relcore.service.case import Case, CaseFields
from relcore.testing.clause import clause, raises, same
from relcore.testing.grid import grid, grids, leaves
from relcore.testing.specimens import as_kept, born, class_of, specimens
from relcore.testing.trial import BOB, NOON, Trial

EVERYTHING, NOTHING = All(), AnyOf()


def _grids(trial: Trial) -> Iterator[tuple[type[Any], list[Any], list[Tree]]]:
    """Each kind that has a grid: its rows, and all questions of one word about them."""
    for entity in grids():
        if trial.keeps(entity):
            rows = grid(trial, entity)
            yield entity, rows, leaves(entity, rows)


def _are_answered(trial: Trial, entity: type[Any], rows: Sequence[Any], trees: Iterable[Tree]) -> None:
    """Of the rows, those that the reference means are found, in the order of their ids."""
    # The rows of the grid refer to others of their kind, which no clause is about.
    known = {row.id: place for place, row in enumerate(rows)}
    for tree in trees:
        means = predicate(tree)
        found = [known[row.id] for row in trial.workspace.find(entity, Query(tree)) if row.id in known]
        expected = [place for place, row in enumerate(rows) if means(row)]
        same(f"the places of the {entity.__name__}s that {tree} finds", found, expected)


@clause(
    "Q1",
    "Every word is answered as the reference answers it: each test of each field, also where it carries nothing.",
    level=Level.VERSIONED,
)
def every_word_is_answered(trial: Trial) -> None:
    for entity, rows, asked in _grids(trial):
        _are_answered(trial, entity, rows, asked)


@clause(
    "Q2",
    "Not is the exact complement: what carries nothing is found by one of the two.",
    level=Level.VERSIONED,
)
def not_is_the_complement(trial: Trial) -> None:
    for entity, rows, asked in _grids(trial):
        _are_answered(trial, entity, rows, map(Not, asked[::2]))
        _are_answered(trial, entity, rows, [Not(Not(leaf)) for leaf in asked[1::12]])


@clause(
    "Q3",
    "All and any-of join questions as the reference does, also none of them, one, and each other's complements.",
    level=Level.VERSIONED,
)
def questions_are_joined(trial: Trial) -> None:
    for entity, rows, asked in _grids(trial):
        pairs = list(zip(asked, asked[7:] + asked[:7], asked[31:] + asked[:31], strict=True))[::9]
        plain = (EVERYTHING, NOTHING, Not(EVERYTHING), Not(NOTHING), All((NOTHING,)), AnyOf((EVERYTHING,)))
        _are_answered(trial, entity, rows, plain)
        _are_answered(trial, entity, rows, [All((a, Not(b))) for a, b, _ in pairs])
        _are_answered(trial, entity, rows, [AnyOf((a, All((b, c)))) for a, b, c in pairs])
        _are_answered(trial, entity, rows, [Not(AnyOf((All((a, Not(c))), b, NOTHING))) for a, b, c in pairs])


@clause(
    "Q4", "A word of every kind that is kept is answered as the reference answers it.", level=Level.VERSIONED
)
def every_kind_is_asked(trial: Trial) -> None:
    for held in specimens(trial):
        trial.workspace.commit(born(held))
        row = as_kept(held)
        asked = [leaf for leaf in leaves(class_of(row), [row]) if isinstance(leaf, Missing) or _is(row, leaf)]
        _are_answered(trial, class_of(row), [row], asked)


def _is(row: Any, leaf: Tree) -> bool:
    return isinstance(leaf, Compare) and leaf.op == "is" and predicate(leaf)(row)


@clause(
    "Q5",
    "A prefix has no wildcards, and its case counts.",
    level=Level.VERSIONED,
    kinds=(Case,),
)
def a_prefix_has_no_wildcards(trial: Trial) -> None:
    causes = ("100", "100%", "1000", "100_", "A", "a", "É", "é", "\\", "\\%", "[a]", "*", "?")
    ada = trial.kept_customer()
    for cause in causes:
        _with_cause(trial, cause, of=ada)

    for prefix in (
        "",
        "1",
        "100",
        "100%",
        "100_",
        "%",
        "_",
        "a",
        "A",
        "é",
        "e",
        "\\",
        "[",
        "[a",
        "*",
        "?",
        "100%%",
    ):
        rows = trial.workspace.find(Case, CaseFields.cause.starts_with(prefix))
        found = sorted(str(row.cause) for row in rows)
        expected = sorted(cause for cause in causes if cause.startswith(prefix))
        same(f"what begins with {prefix!r}", found, expected)


@clause("Q6", "Money is compared within its currency only.", level=Level.VERSIONED, kinds=(Opportunity,))
def money_is_compared_within_its_currency(trial: Trial) -> None:
    for amount in ("5.00 EUR", "6.00 USD", "5.01 EUR", "4 JPY"):
        trial.kept(trial.opportunity(Money(*amount.split())))
    worth, five = OpportunityFields.amount, Money("5.00", "EUR")

    for asked, expected in (
        (worth.is_(five), ["5.00 EUR"]),
        (worth.below(five), []),
        (worth.at_most(five), ["5.00 EUR"]),
        (worth.at_least(five), ["5.00 EUR", "5.01 EUR"]),
        (worth.above(Money("0.00", "USD")), ["6.00 USD"]),
        (~worth.at_least(five), ["4 JPY", "6.00 USD"]),
        (worth.is_(Money("5", "JPY")), []),
    ):
        found = sorted(str(row.amount) for row in trial.workspace.find(Opportunity, asked))
        same(f"the amounts that {asked.tree} finds", found, expected)


@clause("Q7", "A list of 30,000 values is asked like one of three.", level=Level.VERSIONED, kinds=(Case,))
def long_lists_are_asked(trial: Trial) -> None:
    held = _with_cause(trial, "29999")
    trial.kept(trial.case())
    customers = [
        held.customer or trial.kept_customer(),
        *(CustomerId(f"customer_{n:032x}") for n in range(30_000)),
    ]
    causes = [str(n) for n in range(30_000)]

    for asked in (CaseFields.customer.one_of(*customers), CaseFields.cause.one_of(*causes)):
        same("what is found", [row.id for row in trial.workspace.find(Case, asked)], [held.id])
        same("how many are not", len(trial.workspace.find(Case, ~asked)), 1)


@clause(
    "Q8", "A chain of hundreds of questions is asked like one of two.", level=Level.VERSIONED, kinds=(Case,)
)
def long_chains_are_asked(trial: Trial) -> None:
    held = _with_cause(trial, "299")
    some, none = CaseFields.cause.is_("0"), CaseFields.state.missing()
    for n in range(1, 300):
        some, none = some | CaseFields.cause.is_(str(n)), none & ~CaseFields.cause.is_(str(n))

    same("what any of them finds", [row.id for row in trial.workspace.find(Case, some)], [held.id])
    same("what all of them find", trial.workspace.find(Case, none).rows, ())
    same("what they find together", [row.id for row in trial.workspace.find(Case, some & ~none)], [held.id])


@clause(
    "Q9",
    "A field that nothing may be asked about is refused wherever it stands in the question, never ignored.",
    level=Level.VERSIONED,
)
def an_unknown_field_is_refused(trial: Trial) -> None:
    trial.kept(trial.new())
    # As an adapter is asked by whoever has no workspace, which looks at the question first.
    unchecked = partial(trial.repository.find, trial.tenant, order=(), limit=10)

    for leaf in (
        Missing("nope"),
        Missing("subject"),
        OneOf("tenant", ()),
        StartsWith("body", ""),
        Compare("version", "is", 1),
    ):
        for tree in (leaf, Not(leaf), All((EVERYTHING, leaf)), AnyOf((EVERYTHING, AnyOf((leaf,))))):
            raises(UnknownQuery, trial.workspace.find, trial.kind, Query(tree))
            raises(UnknownQuery, unchecked, trial.kind, Query(tree))
    others = "cause" if trial.kind is not Case else "stage"
    raises(UnknownQuery, unchecked, trial.kind, Query[Any](Missing(others)))
    for mistake in (True, None, "state", word(trial.kind, "state")):
        raises(UnknownQuery, trial.workspace.find, trial.kind, mistake)


@clause(
    "Q10",
    "A question finds entities of its own kind, as they are now, and not one more than it asks for.",
    level=Level.VERSIONED,
)
def a_question_finds_what_is_there_now(trial: Trial) -> None:
    held = [trial.kept(trial.new()) for _ in range(3)]
    moved = trial.kept(held[1].assign(BOB, at=NOON))
    owner = word(trial.kind, "owner")
    taken = Query[Any](Compare("owner", "is", owner.check(BOB)))

    same("those of one owner", list(trial.workspace.find(trial.kind, taken)), [moved])
    same("all others", list(trial.workspace.find(trial.kind, ~taken)), [held[0], held[2]])
    for limit in (1, 2, 3, 4):
        rows = trial.repository.find(trial.tenant, trial.kind, Query(EVERYTHING), order=(), limit=limit)
        same(f"the first {limit}", [row.id for row in rows], [row.id for row in held][:limit])


def _with_cause(trial: Trial, cause: str, *, of: CustomerId | None = None) -> Case:
    """A case that is kept, with that cause."""
    return trial.kept(born(attrs.evolve(trial.case(of=of).entity, cause=cause)))
