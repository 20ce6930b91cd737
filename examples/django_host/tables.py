"""Which field of an entity is which column of the host's. What is not named here is kept in the column ``relcore``."""

from __future__ import annotations

from typing import Any

from django_host.models import Client, Deal, Kept, Ticket
from relcore import Case, Customer, CustomFields, Opportunity
from relcore.ids import CustomerId
from relcore.kernel.words import Text
from relcore.storage.host_table import HostTable, code, column, day, key, moment, person, price


class DeskFields(CustomFields):
    """What this host knows of a case, and relcore has no field for."""

    asset = Text(Case)


def no_roles(client: dict[str, Any]) -> dict[str, Any]:
    return {"roles": []}


def as_it_stands(deal: dict[str, Any]) -> dict[str, Any]:
    standing = {name: deal[name] for name in ("state", "stage", "amount", "expected_on")}
    began = {"at": deal["opened_at"], "move": "open", "probability": deal["auto"], "because": None}
    return {"contacts": [], "competitors": [], "objections": [], "shares": [], "history": [began | standing]}


def as_it_came_in(ticket: dict[str, Any]) -> dict[str, Any]:
    return {"history": [{"kind": "opened", "at": ticket["opened_at"]}]}


CLIENTS = HostTable(
    Customer,
    {
        "name": column("full_name"),
        "kind": code("is_company", person=False, organisation=True),
        "state": code("standing", active="A", merged="D", erased="F"),
        "created_at": moment("known_since"),
        "owner": person("account_manager_ref"),
    },
    no_roles,
)
DEALS = HostTable(
    Opportunity,
    {
        "customer": key("client_id", CustomerId),
        "name": column("title"),
        "pipeline": column("funnel"),
        "stage": column("phase"),
        "auto": column("chance"),
        "state": code("outcome", open="O", on_hold="P", won="Y", lost="N", void="E", merged="D"),
        "amount": price("value_cents", currency="currency"),
        "owner": person("salesperson_ref"),
        "opened_at": moment("entered"),
        "touched_at": moment("last_activity"),
        "expected_on": day("closing_on"),
    },
    as_it_stands,
)
STATUS = {"new": "N", "open": "W", "pending_customer": "A", "pending_third_party": "V", "on_hold": "L"}
OVER = {"resolved": "S", "closed": "C", "cancelled": "X", "spam": "J", "merged": "D"}
TICKETS = HostTable(
    Case,
    {
        "customer": key("client_id", CustomerId),
        "subject": column("headline"),
        "kind": code("topic", issue="I", question="Q", complaint="C", request="R", praise="T"),
        "state": code("status", **STATUS, **OVER),
        "priority": code("urgency", urgent=1, high=2, normal=3, low=4),
        "owner": person("assignee_ref"),
        "opened_at": moment("came_in"),
        "reopened": column("times_reopened"),
        "custom.asset": column("asset_tag"),
    },
    as_it_came_in,
)
TABLES: dict[type[Any], HostTable[Any]] = {Customer: CLIENTS, Opportunity: DEALS, Case: TICKETS}
MODELS: dict[type[Any], type[Kept]] = {Customer: Client, Opportunity: Deal, Case: Ticket}
