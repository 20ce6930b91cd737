"""Which field of an entity is which column of the host's: the whole mapping, and nothing else.

Values cross the border as the plain JSON of ``to_json`` and ``from_json``; a column says how the host writes them. A field
without a column is kept in the JSON column ``relcore``, under its own name, unless it holds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

import attrs

from django_host.models import Client, Deal, Kept, Ticket
from relcore import Case, Customer, Invalid, Money, Opportunity
from relcore.ids import CustomerId
from relcore.kernel.errors import Corrupt, Unsupported
from relcore.kernel.ids import Id
from relcore.storage import from_json, to_json

Plain: TypeAlias = dict[str, Any]


def as_it_is(value: Any) -> Any:
    return value


@attrs.frozen
class Column:
    """A field that the host keeps in a column of its own."""

    name: str
    to_host: Callable[[Any], Any] = as_it_is
    from_host: Callable[[Any], Any] = as_it_is

    def held(self, plain: Any) -> Plain:
        return {self.name: None if plain is None else self.to_host(plain)}

    def plain(self, row: Any) -> Any:
        held = getattr(row, self.name)
        return None if held is None else self.from_host(held)


class Price(Column):
    """Minor units, with their currency in the column beside them."""

    def held(self, plain: Any) -> Plain:
        money = Money(**plain)
        return {self.name: money.minor, "currency": money.currency}

    def plain(self, row: Any) -> Any:
        money = Money.from_minor(getattr(row, self.name), row.currency)
        return {"amount": str(money.amount), "currency": money.currency}


def moment(name: str) -> Column:
    return Column(name, datetime.fromisoformat, lambda at: at.astimezone(UTC).isoformat())


def day(name: str) -> Column:
    return Column(name, date.fromisoformat, date.isoformat)


def code(name: str, **codes: Any) -> Column:
    """The host's own codes: one for each of our words, so that nothing is lost on the way."""
    words = {code: word for word, code in codes.items()}
    return Column(name, codes.__getitem__, words.__getitem__)


def key(name: str, kind: type[Id]) -> Column:
    return Column(name, lambda id: kind(id).integer, lambda integer: str(kind.holding(integer)))


def colleague(name: str) -> Column:
    """The host writes ``u-17`` for a person; whoever else may own something keeps the word in front: ``team:night``."""

    def bare(actor: str) -> str:
        kind, _, reference = actor.partition(":")
        return reference if kind == "person" and ":" not in reference else actor

    return Column(name, bare, lambda held: held if ":" in held else f"person:{held}")


@attrs.frozen
class Table:
    """The rows of ``model`` are entities of this class. ``unwritten`` says what ``relcore`` would hold of a row that only
    the host's own code has written so far.
    """

    entity: type[Any]
    model: type[Kept]
    columns: Mapping[str, Column]
    unwritten: Callable[[Plain], Plain]

    def row(self, entity: Any) -> Plain:
        """What the columns of the host hold for this entity, but for its key and its tenant."""
        plain = to_json(entity, personal=True)
        row: Plain = {"version": plain.pop("version")}
        for field, column in self.columns.items():
            row |= column.held(plain.pop(field))
        return row | {
            "relcore": {name: value for name, value in plain.items() if value is not None and name != "id"}
        }

    def entity_of(self, row: Kept) -> Any:
        """The entity that a row holds."""
        id = self.entity.id_type.holding(row.pk)
        plain: Plain = {field.name: None for field in attrs.fields(self.entity)}
        try:
            plain |= {field: column.plain(row) for field, column in self.columns.items()}
            plain |= row.relcore or self.unwritten(plain)
            return from_json(self.entity, plain | {"id": str(id), "version": row.version})
        except (LookupError, TypeError, ValueError) as wrong:
            raise Corrupt(id, f"{type(wrong).__name__} in a row of {self.model.__name__}") from None


def no_roles(client: Plain) -> Plain:
    return {"roles": []}


def as_it_stands(deal: Plain) -> Plain:
    standing = {name: deal[name] for name in ("state", "stage", "amount", "expected_on")}
    first = {
        "at": deal["opened_at"],
        "move": "open",
        **standing,
        "probability": deal["auto"],
        "because": None,
    }
    return {"contacts": [], "competitors": [], "objections": [], "shares": [], "history": [first]}


def as_it_came_in(ticket: Plain) -> Plain:
    return {"history": [{"kind": "opened", "at": ticket["opened_at"]}]}


TABLES = {
    table.entity: table
    for table in (
        Table(
            Customer,
            Client,
            {
                "name": Column("full_name"),
                "kind": code("is_company", person=False, organisation=True),
                "state": code("standing", active="A", merged="D", erased="F"),
                "created_at": moment("known_since"),
                "owner": colleague("account_manager_ref"),
            },
            no_roles,
        ),
        Table(
            Opportunity,
            Deal,
            {
                "customer": key("client_id", CustomerId),
                "name": Column("title"),
                "pipeline": Column("funnel"),
                "stage": Column("phase"),
                "auto": Column("chance"),
                "state": code("outcome", open="O", on_hold="P", won="Y", lost="N", void="E", merged="D"),
                "amount": Price("value_cents"),
                "owner": colleague("salesperson_ref"),
                "opened_at": moment("entered"),
                "touched_at": moment("last_activity"),
                "expected_on": day("closing_on"),
            },
            as_it_stands,
        ),
        Table(
            Case,
            Ticket,
            {
                "customer": key("client_id", CustomerId),
                "subject": Column("headline"),
                "kind": code("topic", issue="I", question="Q", complaint="C", request="R", praise="T"),
                "state": code(
                    "status",
                    new="N",
                    open="W",
                    pending_customer="A",
                    pending_third_party="V",
                    on_hold="L",
                    resolved="S",
                    closed="C",
                    cancelled="X",
                    spam="J",
                    merged="D",
                ),  # fmt: skip
                "priority": code("urgency", urgent=1, high=2, normal=3, low=4),
                "owner": colleague("assignee_ref"),
                "opened_at": moment("came_in"),
                "reopened": Column("times_reopened"),
            },
            as_it_came_in,
        ),
    )
}


def table_of(entity: type[Any]) -> Table:
    """Where such entities are kept."""
    if entity not in TABLES:
        kept = ", ".join(known.__name__ for known in TABLES)
        raise Unsupported("DjangoRepository", f"to keep a {entity.__name__}", f"it keeps {kept}")
    return TABLES[entity]


def table_of_id(id: Id) -> Table:
    """Where what has this id is kept."""
    return next(table for table in TABLES.values() if isinstance(id, table.entity.id_type))


def integer_of(id: Id) -> int | None:
    """The key of the row; None for an id that no row of the host can have."""
    try:
        return id.integer
    except Invalid:
        return None
