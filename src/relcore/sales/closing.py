"""How a sale ends, and what must be so: the guards of winning, losing and reopening an opportunity.

What a team asks for before it calls a sale won is a policy: an accepted quote, a decision maker among the contacts. That a
sale of nothing cannot be won, and none on a day that has not come, holds for everybody.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import attrs

from relcore.kernel.entity import a_day
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Given, guard
from relcore.kernel.money import Money
from relcore.sales.contact_role import DECISION_MAKERS
from relcore.sales.standing import OpportunityState

if TYPE_CHECKING:
    from relcore.sales.opportunity import Opportunity

NO_DECISION = "no decision"
"""``lost_to`` where no competitor won, but nobody: the customer went on as before."""


def _a_zone(policy: WinPolicy, field: attrs.Attribute[Any], zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, TypeError, OSError):
        raise Invalid(
            "zone", "must be a time zone of the IANA database", zone, "write 'Europe/Berlin'"
        ) from None


@attrs.frozen
class WinPolicy:
    """What a team asks for before it calls a sale won. A fact with a default: hand another one to the command."""

    accepted_quote: bool = False
    decision_maker: bool = False
    zone: str = attrs.field(default="UTC", validator=_a_zone)
    """Where the day ends, for the day on which it was closed may not lie in the future."""

    def day_of(self, at: datetime) -> date:
        """The day that it is at that moment."""
        return at.astimezone(ZoneInfo(self.zone)).date()


@attrs.frozen
class ClosedOn:
    """The day on which the customer said yes."""

    day: date = attrs.field(validator=a_day)


@attrs.frozen
class AcceptedQuotes:
    """How many quotes of it are accepted, not counting the one in question: a fact, asked of the store."""

    count: int


@attrs.frozen
class Permission:
    """Whether whoever does it may do it: a fact, asked of the host's roles."""

    granted: bool


@attrs.frozen
class Invoiced:
    """Whether anything of it was invoiced: a fact, asked of the books."""

    invoiced: bool


@guard("an opportunity of nothing cannot be won; revise its amount first")
def worth_something(opportunity: Opportunity, given: Given) -> bool:
    return opportunity.amount > Money.zero(opportunity.amount.currency)


@guard("the day on which it was closed lies in the future")
def day_has_come(opportunity: Opportunity, given: Given) -> bool:
    today = given.get(WinPolicy, WinPolicy()).day_of(given.at)
    return given.get(ClosedOn, ClosedOn(today)).day <= today


@guard("no quote of it is accepted")
def quote_accepted(opportunity: Opportunity, given: Given) -> bool:
    return not given.get(WinPolicy, WinPolicy()).accepted_quote or given[AcceptedQuotes].count > 0


@guard("nobody among its contacts can decide; involve a decision maker first")
def decision_maker_known(opportunity: Opportunity, given: Given) -> bool:
    if not given.get(WinPolicy, WinPolicy()).decision_maker:
        return True
    return any(contact.role in DECISION_MAKERS for contact in opportunity.contacts)


@guard("reopening takes a permission that they do not have")
def reopening_permitted(opportunity: Opportunity, given: Given) -> bool:
    return given[Permission].granted


@guard("it was invoiced; credit the invoice first")
def not_invoiced(opportunity: Opportunity, given: Given) -> bool:
    return opportunity.state is not OpportunityState.WON or not given[Invoiced].invoiced
