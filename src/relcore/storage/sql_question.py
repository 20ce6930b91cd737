"""A query in SQL. Questions of the same shape are the same statement, compiled once: only the values differ."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, TypeAlias, TypeVar, assert_never

import attrs
import sqlalchemy as sa

from relcore.kernel.money import Money
from relcore.kernel.paging import Order
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, Query, StartsWith, Tree
from relcore.kernel.words import Field, word
from relcore.storage.serde import Kind, kind_of
from relcore.storage.sql_dialect import Dialect, Statement, among, limited_to, listed
from relcore.storage.sql_tables import table_of

E = TypeVar("E")
_Shape: TypeAlias = tuple[Hashable, ...]
"""A tree without its values."""
_Column: TypeAlias = sa.ColumnElement[Any]


@attrs.frozen
class Question:
    """A statement with the values to ask it with."""

    text: str
    values: tuple[Any, ...]


def finding(
    dialect: Dialect, tenant: str, entity: type[E], where: Query[E], order: Order[E], limit: int
) -> Question:
    """The first rows that match, as ``Kind.row`` wants them."""
    keys = tuple((key.field, key.descending) for key in order)
    return _asked(dialect, tenant, entity, ("id", "version", "schema", "body"), where, keys, limit)


def scanning(
    dialect: Dialect, tenant: str, entity: type[E], names: Sequence[str], where: Query[E]
) -> Question:
    """Some columns of all rows that match, in the order of their ids."""
    return _asked(dialect, tenant, entity, tuple(names), where, (), None)


def _asked(
    dialect: Dialect,
    tenant: str,
    entity: type[Any],
    names: tuple[str, ...],
    where: Query[Any],
    keys: tuple[tuple[str, bool], ...],
    limit: int | None,
) -> Question:
    kind, values = kind_of(entity), list[Any]()
    shape = _taken_apart(where.tree, entity, dialect, values)
    statement = _compiled(dialect, kind, names, shape, keys, limit is not None)
    given = {f"v{n}": value for n, value in enumerate(values)}
    return Question(statement.text, statement.values(given | {"of_tenant": tenant, "at_most": limit}))


def _taken_apart(tree: Tree, entity: type[Any], dialect: Dialect, values: list[Any]) -> _Shape:
    """What a tree asks, and in ``values`` what it asks for."""
    match tree:
        case Compare(field, op, value):
            values.extend(word(entity, field).store(value))
            return ("compare", field, op, isinstance(value, Money))
        case OneOf(field, wanted):
            store = word(entity, field).store
            values.append(dialect.several([store(value)[0] for value in wanted]))
            return ("one of", field)
        case Missing(field):
            word(entity, field)
            return ("missing", field)
        case StartsWith(field, prefix):
            values.extend((*word(entity, field).store(prefix), len(prefix)))
            return ("starts with", field)
        case Not(inner):
            return ("not", _taken_apart(inner, entity, dialect, values))
        case All(trees):
            return ("all", *(_taken_apart(t, entity, dialect, values) for t in trees))
        case AnyOf(trees):
            return ("any of", *(_taken_apart(t, entity, dialect, values) for t in trees))
        case _:
            assert_never(tree)


@lru_cache(maxsize=1024)
def _compiled(
    dialect: Dialect,
    kind: Kind,
    names: tuple[str, ...],
    shape: _Shape,
    keys: tuple[tuple[str, bool], ...],
    limited: bool,  # noqa: FBT001
) -> Statement:
    table = table_of(kind)
    body = [name for name, _ in kind.columns] if "body" in names else []
    core = sa.select(*(table.c[name] for name in (*names, *body))).where(
        table.c.tenant == sa.bindparam("of_tenant", type_=sa.Text),
        table.c.live,
        _condition(shape, kind, (f"v{n}" for n in count())),
    )
    core = core.order_by(*(part for key in keys for part in _sorted_by(kind, *key)), table.c.id)
    if limited:
        core = limited_to(core, "at_most")
    return dialect.statement(core)


def _sorted_by(kind: Kind, name: str, descending: bool) -> tuple[_Column, ...]:  # noqa: FBT001
    """What carries nothing comes last: databases differ in where they put it."""
    column = table_of(kind).c[word(kind.entity, name).column]
    return column.is_(None), column.desc() if descending else column.asc()


def _condition(shape: Any, kind: Kind, values: Iterator[str]) -> sa.ColumnElement[bool]:
    """The tree in SQL. Every leaf is true or false and never NULL, so that NOT is the complement that it is in memory."""

    def columns(field: str) -> list[_Column]:
        held: Field[Any, Any] = word(kind.entity, field)
        return [table_of(kind).c[name] for name, _ in held.columns]

    match shape:
        case ("compare", field, op, True):
            amount, currency = columns(field)
            wanted, within = _value(values, sa.BigInteger), _value(values, sa.Text)
            return sa.and_(currency.is_not(None), currency == within, _compared(amount, op, wanted))
        case ("compare", field, op, _):
            (column,) = columns(field)
            return sa.and_(column.is_not(None), _compared(column, op, _value(values, column.type)))
        case ("one of", field):
            (column,) = columns(field)
            return sa.and_(column.is_not(None), among(column, _value(values, listed(sa.Text()))))
        case ("missing", field):
            return columns(field)[0].is_(None)
        case ("starts with", field):
            (column,) = columns(field)
            prefix, length = _value(values, sa.Text), _value(values, sa.Integer)
            # Not LIKE: SQLite's ignores case, and every database has wildcards of its own.
            return sa.and_(
                column.is_not(None), sa.func.substr(column, sa.literal_column("1"), length) == prefix
            )
        case ("not", inner):
            return sa.not_(_condition(inner, kind, values))
        case ("all", *shapes):
            return sa.and_(sa.true(), *[_condition(inner, kind, values) for inner in shapes])
        case ("any of", *shapes):
            return sa.or_(sa.false(), *[_condition(inner, kind, values) for inner in shapes])
        case _:
            raise AssertionError(shape)


def _value(names: Iterator[str], of: Any) -> sa.BindParameter[Any]:
    plain = sa.Text if isinstance(of, sa.Text) and of.collation else of
    return sa.bindparam(next(names), type_=plain)


def _compared(column: _Column, op: str, value: _Column) -> sa.ColumnElement[bool]:
    match op:
        case "is":
            return column == value
        case "below":
            return column < value
        case "at_most":
            return column <= value
        case "above":
            return column > value
        case _:
            return column >= value
