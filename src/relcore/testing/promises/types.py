"""T: types. What an entity holds comes back as it was, and what no database can hold is never let in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast
from zoneinfo import ZoneInfo

import attrs

from relcore.customers.customer import Customer
from relcore.ids import CaseId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.errors import Invalid
from relcore.kernel.money import Money
from relcore.kernel.repository import Level
from relcore.sales.opportunity import Opportunity
from relcore.service.case import Case
from relcore.testing.clause import clause, raises, same
from relcore.testing.specimens import as_kept, born, class_of, specimens
from relcore.testing.trial import ADA, ANY_OF, NOON, Trial

LARGEST = 2**63 - 1
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
TEXTS = (
    "Ada Byron", "É", "e\u0301", "ß", "İstanbul", "Ωμέγα", "Ада", "عمر", "李小龍", "\U0001f600 smile", "👩‍👩‍👧",
    "'; DROP TABLE customers; --", '"quoted"', "100%", "a_b", "back\\slash", "{}", "null", "None", "0",
    " leading and trailing ", "two\nlines\tand a tab", "\u200bzero width", "\ufeffmark", "x" * 10_000,
)  # fmt: skip


def _comes_back(trial: Trial, entity: Any) -> None:
    """By id, by question and on the receipt."""
    stored, kind = as_kept(entity), class_of(entity)
    receipt = trial.workspace.commit(born(entity))

    same(f"the receipt of a {kind.__name__}", receipt.entities, (stored,))
    same(f"the {kind.__name__} by its id", trial.now(entity), stored)
    found = [row for row in trial.workspace.find(kind) if row.id == entity.id]
    same(f"the {kind.__name__} by a question", found, [stored])


def _is_kept_or_refused(trial: Trial, entity: Any) -> None:
    """Whole, or not at all: a value that the tables have no room for is an error that names the field."""
    try:
        trial.workspace.commit(born(entity))
    except Invalid:
        same("what was refused", trial.repository.fetch([entity.ref(entity.id, tenant=trial.tenant)]), [None])
    else:
        same("what was kept", trial.now(entity), as_kept(entity))


@clause("T1", "An entity of every kind comes back with each of its fields as it was.", level=Level.VERSIONED)
def every_kind_comes_back(trial: Trial) -> None:
    for entity in specimens(trial):
        _comes_back(trial, entity)


@clause("T2", "An entity that holds nothing but what it must comes back so.", level=Level.VERSIONED)
def what_is_missing_stays_missing(trial: Trial) -> None:
    for entity in specimens(trial):
        _comes_back(trial, _bare(entity))


def _bare(entity: Any) -> Any:
    """Without all that it can be without."""
    for field in attrs.fields(class_of(entity)):
        if field.default is None or field.default == ():
            with suppress(Invalid):
                entity = attrs.evolve(entity, **{field.name: field.default})
    return entity


@clause(
    "T3",
    "Text comes back code point for code point: not folded, normalised, trimmed or cut.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def text_comes_back_as_it_was(trial: Trial) -> None:
    changes = [trial.customer(text) for text in TEXTS]
    trial.workspace.commit(*changes)

    for change, text in zip(changes, TEXTS, strict=True):
        same("the name", trial.workspace.get(Customer, change.entity.id).name, text)


@clause("T4", "Empty text is not the same as none.", level=Level.VERSIONED, kinds=(Case,))
def empty_text_is_not_none(trial: Trial) -> None:
    for text in ("", None):
        _comes_back(trial, attrs.evolve(trial.case().entity, cause=text, waiting_for=text))


@clause(
    "T5",
    "A moment comes back to the microsecond, in UTC, whatever zone it was said in.",
    level=Level.VERSIONED,
)
def moments_come_back_in_utc(trial: Trial) -> None:
    said = [
        NOON.replace(microsecond=1),
        NOON.replace(microsecond=999999),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        NOON.astimezone(timezone(timedelta(hours=14))),
        NOON.astimezone(timezone(timedelta(hours=-3, minutes=-30))),
        # An hour that Berlin counts twice, both times.
        datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN),
        datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN, fold=1),
    ]
    for at in said:
        entity = trial.new().entity
        began = "created_at" if isinstance(entity, Customer) else "opened_at"
        kept = trial.kept(born(attrs.evolve(entity, **{began: at})))
        told = getattr(trial.now(kept), began)
        same(f"{at.isoformat()} comes back", told, at.astimezone(UTC))
        same("its zone", told is not None and told.utcoffset(), timedelta(0))


@clause(
    "T6",
    "Money comes back to its last minor unit, in currencies of none, two, three and four decimals.",
    level=Level.VERSIONED,
    kinds=(Opportunity,),
)
def money_comes_back(trial: Trial) -> None:
    for amount in (
        Money("0.00", "EUR"),
        Money("0.01", "EUR"),
        Money("1234567.89", "USD"),
        Money("1234", "JPY"),
        Money("1.234", "KWD"),
        Money("0.0001", "CLF"),
        Money("90071992547409.93", "EUR"),  # 2**53 + 1 cents: what a float would round
    ):
        kept = trial.kept(trial.opportunity(amount))
        told = trial.workspace.get(Opportunity, kept.id).amount
        same("the amount", (told, str(told)), (amount, str(amount)))


@clause(
    "T7",
    "A fraction comes back with all its binary digits, and a list in its order.",
    level=Level.VERSIONED,
    kinds=(Opportunity,),
)
def fractions_and_lists_come_back(trial: Trial) -> None:
    for chance in (0.1 + 0.2, 1 / 3, 5e-324, 0.0, 1.0):
        entity = attrs.evolve(trial.opportunity().entity, auto=chance, competitors=("Zeta", "Alpha", "zeta"))
        _comes_back(trial, entity)


@clause("T8", "An owner of any kind comes back, also with a colon in the reference.", level=Level.VERSIONED)
def owners_come_back(trial: Trial) -> None:
    for owner in (
        ADA,
        Actor("team", "night"),
        Actor("system", "importer"),
        Actor("customer", "ada"),
        Actor("person", "a:b"),
        Actor("person", "team:x"),
        Actor("person", "Ü 17"),
    ):
        held = trial.kept(trial.new())
        trial.workspace.commit(held.assign(owner, at=NOON))
        same("the owner", trial.workspace.get(trial.kind, held.id).owner, owner)


@clause(
    "T9",
    "The first and the last moment there is, and the largest number, are kept exactly or refused with nothing written.",
    level=Level.VERSIONED,
)
def extremes_are_kept_or_refused(trial: Trial) -> None:
    for entity in _extremes(trial):
        _is_kept_or_refused(trial, entity)


@clause(
    "T10",
    "The years 1 and 9999, counts up to 2**63 - 1 and money up to so many minor units are kept exactly.",
    level=Level.LOGGED,
)
def extremes_are_kept(trial: Trial) -> None:
    for entity in _extremes(trial):
        _comes_back(trial, entity)


def _extremes(trial: Trial) -> list[Any]:
    extremes = list[Any]()
    if trial.keeps(Case):
        case = trial.case().entity
        extremes += [
            attrs.evolve(case, id=trial.workspace.new(CaseId), opened_at=FIRST),
            attrs.evolve(case, id=trial.workspace.new(CaseId), opened_at=LAST, review_at=LAST),
            attrs.evolve(case, id=trial.workspace.new(CaseId), reopened=LARGEST),
        ]
    if trial.keeps(Customer):
        extremes += [attrs.evolve(trial.customer().entity, created_at=at) for at in (FIRST, LAST)]
    if trial.keeps(Opportunity):
        extremes += [
            trial.opportunity(Money.from_minor(LARGEST, currency)).entity
            for currency in ("EUR", "JPY", "CLF")
        ]
    return extremes


@clause(
    "T11",
    "What is too large for a row is kept whole, or refused with its field's name and nothing written.",
    level=Level.VERSIONED,
)
def large_bodies_are_kept_or_refused(trial: Trial) -> None:
    entity = trial.new().entity
    text = "subject" if isinstance(entity, Case) else "name"
    for large in ("x" * 2_000_000, "\U0001f600" * 300_000):
        new = attrs.evolve(entity, id=trial.workspace.new(trial.kind.id_type), **{text: large})
        _is_kept_or_refused(trial, new)


@clause(
    "T12",
    "What no database can hold (NUL, half a character, NaN, a naive time, a number past 64 bits) is refused by the name "
    "of its field, and nothing is written.",
    level=Level.VERSIONED,
)
def what_no_database_holds_is_refused(trial: Trial) -> None:
    ada, held = trial.kept_customer(), trial.kept(trial.new())
    before = _counted(trial)
    naive = datetime(2026, 3, 2, 12)  # noqa: DTZ001  # naive is the point

    def case(**fields: Any) -> Change[Any]:
        return born(attrs.evolve(trial.case(of=ada).entity, **fields))

    def opportunity(**fields: Any) -> Change[Any]:
        return born(attrs.evolve(trial.opportunity(of=ada).entity, **fields))

    refused: list[tuple[type[Any], str, Callable[[], Change[Any]]]] = [
        (Customer, "Customer.name", lambda: trial.customer("Ada\x00Byron")),
        (Customer, "Customer.name", lambda: trial.customer("Ada \ud800")),
        (Customer, "Customer.name", lambda: trial.customer("")),
        (Customer, "Customer.name", lambda: trial.customer(cast("Any", 5))),
        (Case, "Case.subject", lambda: case(subject="Cannot\x00log in")),
        (Case, "Case.cause", lambda: case(cause="\udfff")),
        (Case, "Case.reopened", lambda: case(reopened=2**63)),
        (Case, "Case.reopened", lambda: case(reopened=cast("Any", 1.0))),
        (Case, "Case.reopened", lambda: case(reopened=True)),
        (Case, "Case.reopened", lambda: case(reopened=-1)),
        (Case, "moment", lambda: case(opened_at=naive)),
        (Case, "moment", lambda: case(review_at=cast("Any", "2026-03-02T12:00:00Z"))),
        (trial.kind, "at", lambda: held.assign(ADA, at=naive)),
        (Opportunity, "Opportunity.auto", lambda: opportunity(auto=float("nan"))),
        (Opportunity, "Opportunity.auto", lambda: opportunity(auto=float("inf"))),
        (Opportunity, "Opportunity.amount", lambda: opportunity(amount=Money.from_minor(2**63, "EUR"))),
        (Opportunity, "Opportunity.expected_on", lambda: opportunity(expected_on=cast("Any", NOON))),
    ]
    for kind, field, decide in refused:
        if trial.keeps(kind):
            invalid = raises(Invalid, _committed, trial, decide)
            same("the field that is named", invalid.field, field)
    same("what is kept", trial.now(held), held)
    same("how many there are", _counted(trial), before)


def _counted(trial: Trial) -> list[int]:
    return [len(trial.workspace.find(kind)) for kind in ANY_OF if trial.keeps(kind)]


def _committed(trial: Trial, decide: Callable[[], Change[Any]]) -> None:
    trial.workspace.commit(decide())
