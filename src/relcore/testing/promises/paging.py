"""G: going on. Pages are the whole in its order, whatever is written while somebody walks over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import islice, permutations
from typing import Any, TypeAlias

import attrs

from relcore.customers.customer import Customer, CustomerFields
from relcore.ids import CustomerId
from relcore.kernel.change import Change, removal
from relcore.kernel.custom import value_of
from relcore.kernel.errors import Invalid
from relcore.kernel.query import Missing, OneOf, Query
from relcore.kernel.repository import LARGEST_PAGE, Level
from relcore.kernel.words import Key, word
from relcore.sales.opportunity import Opportunity
from relcore.service.case import Case, CaseFields
from relcore.storage.workspace import Workspace
from relcore.testing.clause import Broken, clause, raises, same
from relcore.testing.grid import grid, grids, sortable
from relcore.testing.specimens import born, class_of
from relcore.testing.trial import NOON, Trial

Keys: TypeAlias = tuple[Key[Any], ...]


def _walk(
    workspace: Workspace,
    entity: type[Any],
    where: Query[Any] = Query[Any](),
    *,
    order: Keys = (),
    limit: int,
    between: Callable[[Any], object] = lambda _: None,
) -> list[Any]:
    """All pages, and what is done between two of them, told the row at which the last one ended."""
    seen, after = list[Any](), None
    for _ in range(1000):
        page = workspace.find(entity, where, order=order, after=after, limit=limit)
        seen += page.rows
        if (after := page.after) is None:
            return seen
        between(seen[-1])
    raise Broken("a walk over pages of so many", limit, "an end")


def _sorted(rows: Sequence[Any], order: Keys) -> list[Any]:
    """The reference: by each key what carries nothing last, then by id."""
    rows = sorted(rows, key=lambda row: row.id)
    for key in reversed(order):  # sorting is stable: the last key first
        told = [row for row in rows if value_of(key.field)(row) is not None]
        told.sort(key=value_of(key.field), reverse=key.descending)
        rows = told + [row for row in rows if value_of(key.field)(row) is None]
    return rows


def _orders(entity: type[Any]) -> Iterator[Keys]:
    """None, by each field both ways, and by half of all pairs."""
    names = sortable(entity)
    yield ()
    yield from ((Key(name, descending),) for name in names for descending in (False, True))
    for place, (first, second) in enumerate(islice(permutations(names, 2), 0, None, 2)):
        yield Key(first, place % 2 == 0), Key(second, place % 3 == 0)


def _rows(trial: Trial) -> Iterator[tuple[type[Any], list[Any], Query[Any]]]:
    """Each kind that has a grid: its rows, and the question that finds them and not what they refer to."""
    for entity in grids():
        if trial.keeps(entity):
            rows = grid(trial, entity)
            yield entity, rows, _these(rows)


def _these(rows: Sequence[Any]) -> Query[Any]:
    return Query(OneOf("id", tuple(row.id for row in rows)))


def _are_in_order(told: Sequence[Any], expected: Sequence[Any], how: object) -> None:
    """Compared by their places in the order of ids: a list of whole entities is nothing to read."""
    place = {id: n for n, id in enumerate(sorted(row.id for row in expected))}
    same(f"the order by {how}", [place.get(row.id) for row in told], [place[row.id] for row in expected])


@clause(
    "G1",
    "Answers come in the order asked for by every field that has one, either way and by two: what carries nothing last, "
    "what is equal by its id.",
    level=Level.VERSIONED,
)
def answers_come_in_order(trial: Trial) -> None:
    for entity, rows, where in _rows(trial):
        for order in _orders(entity):
            _are_in_order(trial.workspace.find(entity, where, order=order).rows, _sorted(rows, order), order)


@clause("G2", "Pages of any size are the whole in its order, each row once.", level=Level.VERSIONED)
def pages_are_the_whole(trial: Trial) -> None:
    for entity, rows, where in _rows(trial):
        for n, order in enumerate(islice(_orders(entity), 0, None, 3)):
            for limit in (1, 2, len(rows)) if n % 6 == 0 else (4,):
                told = _walk(trial.workspace, entity, where, order=order, limit=limit)
                _are_in_order(told, _sorted(rows, order), (order, "in pages of", limit))


@clause(
    "G3",
    "Text is ordered by code points, whatever language a database sorts by.",
    level=Level.VERSIONED,
    kinds=(Case,),
)
def text_is_ordered_by_code_points(trial: Trial) -> None:
    ada = trial.kept_customer()
    causes = [
        "a",
        "B",
        "b",
        "A",
        "_",
        "é",
        "É",
        "e\u0301",
        "Z",
        "ß",
        "ss",
        "10",
        "9",
        " a",
        "-a",
        "\U0001f600",
        "\uff21",
    ]
    new = [attrs.evolve(trial.case(of=ada).entity, cause=cause) for cause in causes]
    trial.workspace.commit(*map(born, new))

    for descending in (False, True):
        order = (Key[Case]("cause", descending),)
        told = [row.cause for row in _walk(trial.workspace, Case, order=order, limit=4)]
        same("the causes in order", told, sorted(causes, reverse=descending))


@clause(
    "G4",
    "What is written before or behind the place of a walk neither repeats nor hides what was there.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def inserts_neither_repeat_nor_hide(trial: Trial) -> None:
    by = CustomerFields.created_at
    for order in ((), (by.ascending(),), (by.descending(),)):
        home = trial.another_tenant()
        ids = sorted(home.new(CustomerId) for _ in range(30))
        here, later = ids[1::3], ids[0::3] + ids[2::3]
        home.commit(*(_known(id, ids) for id in here))

        def at_both_ends(
            _: Customer, home: Workspace = home, ids: list[CustomerId] = ids, later: Any = later
        ) -> None:
            if len(later) > 1:
                home.commit(_known(later.pop(0), ids), _known(later.pop(), ids))

        seen = [row.id for row in _walk(home, Customer, order=order, limit=2, between=at_both_ends)]
        same("how often each that was there is seen", [seen.count(id) for id in here], [1] * len(here))
        same("how many are seen twice", len(seen) - len(set(seen)), 0)


def _known(id: CustomerId, ids: list[CustomerId]) -> Change[Customer]:
    """Who has the later id is known for longer."""
    return Customer.create(id, name="Ada", at=NOON - timedelta(hours=ids.index(id)))


@clause(
    "G5",
    "A walk goes on when the row at its place was removed.",
    level=Level.LOGGED,
    needs="removal",
    kinds=(Case,),
)
def a_walk_goes_on_where_a_row_was_removed(trial: Trial) -> None:
    grid(trial, Case)
    for order in ((), (CaseFields.cause.ascending(),)):
        expected = _sorted(trial.workspace.find(Case, limit=1000).rows, order)

        def is_removed(last: Case) -> None:
            trial.workspace.commit(removal(last, at=NOON))

        _are_in_order(_walk(trial.workspace, Case, order=order, limit=4, between=is_removed), expected, order)


@clause("G6", "A cursor goes on through another handle, opened later.", level=Level.VERSIONED)
def a_cursor_goes_on_through_another_handle(trial: Trial) -> None:
    rows = grid(trial, trial.kind)
    order, where = (Key[Any](sortable(trial.kind)[0]),), _these(rows)
    first = trial.workspace.find(trial.kind, where, order=order, limit=5)

    rest = trial.another_handle().find(trial.kind, where, order=order, after=first.after, limit=100)

    _are_in_order([*first, *rest], _sorted(rows, order), order)


@clause(
    "G7",
    "A cursor answers the question it came from: with another question, order, kind or tenant, or made up, it is refused.",
    level=Level.VERSIONED,
)
def a_cursor_answers_its_own_question(trial: Trial) -> None:
    grid(trial, trial.kind)
    first = sortable(trial.kind)[0]
    order, unowned = Key[Any](first), Query[Any](Missing("owner"))
    after = trial.workspace.find(trial.kind, order=order, limit=2).after
    other, made_up = (
        trial.another_tenant(),
        ["", "x", "e30=", "WzEsMiwzXQ==", "case_1", "\ud800", str(after)[8:]],
    )

    another = Opportunity if trial.kind is Customer else Customer
    same("the pages behind the first", after is None, False)  # noqa: FBT003
    for ask in (
        lambda: trial.workspace.find(trial.kind, limit=2, after=after),
        lambda: trial.workspace.find(
            trial.kind, order=Key[Any](first, descending=True), limit=2, after=after
        ),
        lambda: trial.workspace.find(trial.kind, unowned, order=order, limit=2, after=after),
        lambda: trial.workspace.find(another, limit=2, after=after),
        lambda: other.find(trial.kind, order=order, limit=2, after=after),
        *(
            lambda nobodys=nobodys: trial.workspace.find(trial.kind, order=order, limit=2, after=nobodys)
            for nobodys in made_up
        ),
    ):
        same("the field that is named", raises(Invalid, ask).field, "after")


@clause(
    "G8", "A page that is just full is the last, and a page of nothing is one too.", level=Level.VERSIONED
)
def a_full_page_may_be_the_last(trial: Trial) -> None:
    same("the cursor of nothing", trial.workspace.find(trial.kind).after, None)
    for n in range(1, 4):
        trial.kept(trial.new())
        same("the cursor of a page that is just full", trial.workspace.find(trial.kind, limit=n).after, None)


@clause(
    "G9", "A walk over all rows ends with all of them, also past the largest page.", level=Level.VERSIONED
)
def all_rows_are_walked(trial: Trial) -> None:
    new: list[Change[Any]] = [trial.bystander() for _ in range(LARGEST_PAGE + 1)]
    trial.workspace.commit(*new)

    told = [row.id for row in trial.workspace.each(class_of(new[0].entity))]

    same("whether all are told, in order", told == sorted(change.entity.id for change in new), True)  # noqa: FBT003


@clause(
    "G10",
    "An order by what has none, by a field twice, or a page of no size is refused.",
    level=Level.VERSIONED,
)
def an_order_that_is_none_is_refused(trial: Trial) -> None:
    trial.kept(trial.new())
    wrong: list[Any] = [
        word(trial.kind, "state"),
        "opened_at",
        [Key("owner")],
        [Key("nope")],
        [Key(sortable(trial.kind)[0])] * 2,
    ]

    for order in wrong:
        raises(Invalid, trial.workspace.find, trial.kind, order=order)
    for limit in (0, -1, LARGEST_PAGE + 1):
        raises(Invalid, trial.workspace.find, trial.kind, limit=limit)
