"""From a purchase log to a decision: who is worth keeping, who is slipping away, and who calls them.

    python examples/quickstart.py [folder]        # folder: build/demo unless said otherwise

Everything is kept in one SQLite file. Run it twice, or kill it anywhere and run it again: ids come from the log, times
come from the data, and each step commits under a key of its own, so that nothing is done twice.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from quickstart_report import Findings, Report

from relcore import Actor, Campaign, Case, Consent, Customer, Enrolment, Money, Order, Refused, Workspace
from relcore.analytics import (
    BetaGeoNBD,
    GammaGamma,
    KaplanMeier,
    Ledger,
    PeriodMatrix,
    Purchases,
    RFMValues,
    Span,
    Tracking,
    customer_value,
    until_second_order,
)
from relcore.analytics.arrays import Floats
from relcore.bridges import Histories, histories, ledger
from relcore.channel import Channel
from relcore.customers import LifecyclePolicy, Stage, customer_lifecycle
from relcore.datasets import cdnow
from relcore.ids import CampaignId, CaseId, ConsentId, CustomerId, OrderId
from relcore.kernel.change import Change
from relcore.kernel.entity import Versioned
from relcore.marketing import ChannelMessage, EnrolmentFields, Goal, Objective
from relcore.privacy import Proof
from relcore.service import OpenChildren
from relcore.storage import sqlite
from relcore.workflows import PrivacyDesk, audience

TODAY = date(1997, 9, 30)
"""We stand at the end of this day: half of the log is known, the other half is the future we check ourselves against."""
END = date(1998, 6, 30)
WEEKS_AHEAD = (END - TODAY).days / 7
POLICY = LifecyclePolicy(version="cdnow-1", default_gap=timedelta(days=60))
PROGRAM = Actor("system", "quickstart")
MANAGERS = [Actor("person", f"account-manager-{n}") for n in (1, 2, 3)]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(sqlite(folder / "crm.db"), tenant="cdnow")

    say(1, "Import", f"into {folder / 'crm.db'}")
    bring_in(workspace)
    customers = {customer.id: customer for customer in workspace.each(Customer)}
    orders = sum(1 for _ in workspace.each(Order))
    tell(f"{len(customers):,} customers and {orders:,} orders are kept, and were read back")

    say(2, "Lifecycle", f"at the end of {TODAY}, policy {POLICY.version}")
    lifecycles = histories(workspace, policy=POLICY, as_of=midnight(TODAY) + timedelta(hours=23, minutes=59))
    monthly = PeriodMatrix.fit(lifecycles.spells.by("month"), lifecycle=customer_lifecycle)
    tell(counted(lifecycles.stages()), f"from month to month: {monthly.n.sum():,.0f} pairs of stages")

    say(3, "Models", "BG/NBD for how often, Gamma-Gamma for how much")
    log = ledger(workspace)
    known = log.purchases(period="week", until=TODAY)
    model, spend = BetaGeoNBD.fit(known), GammaGamma.fit(known)
    tell(str(model), str(spend))
    value = customer_value(model, spend, known, horizon=Span(3, "year"), discount=0.10)
    tell(f"{len(known):,} customers are worth {value.sum():,.0f} USD over three years, at 10 % a year")

    say(4, "Forecast", f"the next {WEEKS_AHEAD:.0f} weeks, against what happened")
    findings = check(model, log, known)
    tell(
        f"in total      {findings.expected:,.0f} repeat orders expected, {findings.actual:,.0f} made "
        f"({findings.expected / findings.actual - 1:+.1%})",
        f"per customer  mean error {findings.error:.2f} orders; going on as before would miss by {findings.naive:.2f}",
    )

    say(5, "Behaviour", "who comes back, and who belongs together")
    curve = KaplanMeier.from_spells(until_second_order(log, until=TODAY), period="week")
    segments = RFMValues.from_ledger(log, as_of=TODAY).score().segments()
    (back,) = 1 - curve.survival_at([26])
    tell(
        f"{back:.0%} come back within half a year of their first order",
        counted({row.name: round(row.customers) for row in segments.rows()}),
    )

    say(6, "Decision", "the ten most valuable customers at risk get a case for their account manager")
    cases = decide(workspace, [customers[id] for id in most_valuable_at_risk(lifecycles, known, value)])
    handled, refusal = handle(workspace, cases[0])
    worth = dict(zip(known.ids, value, strict=True))
    tell(*(f"{case.id}  {worth[case.customer]:8,.2f} USD  {case.owner}" for case in cases))
    tell(f"{handled.id} went from new to {handled.state}; then:", f"Refused: {refusal}")

    say(
        7,
        "Campaign",
        "everybody at risk is invited back, as far as they allow it (consents drawn, seed 1997)",
    )
    at_risk = [id for id, history in lifecycles.items() if history.stage is Stage.AT_RISK]
    invited = invite(workspace, at_risk)
    tell(counted(invited))

    say(8, "Report")
    report = Report(
        findings=findings,
        model=model,
        spend=spend,
        known=known,
        lifecycles=lifecycles,
        monthly=monthly,
        curve=curve,
        segments=segments,
        cases=[(case, worth[case.customer]) for case in cases],
        refusal=refusal,
        invited=invited,
    )
    path = report.write(folder / "report.html", progress=progress)
    tell(f"{path} (one file, opens anywhere)")


# --- 1: the log becomes customers and orders ------------------------------------------------------


def bring_in(workspace: Workspace) -> None:
    """Import the log in batches. An id is made of the source's own key, so importing again makes nothing new."""
    log = cdnow()
    rows = list(zip(log.customer, log.date, log.amount, strict=True))
    first_day: dict[str, date] = {}
    for key, day, _ in rows:
        first_day.setdefault(key, day)
    customers = [new_customer(key, day) for key, day in first_day.items()]
    # The row's number is its key: two rows that look the same are two orders.
    orders = [new_order(number, *row, currency=log.currency) for number, row in enumerate(rows)]
    keep(workspace, "customers", customers)
    keep(workspace, "orders", orders)


def new_customer(key: str, day: date) -> Change[Customer]:
    owner = MANAGERS[int(key) % len(MANAGERS)]
    id = CustomerId.imported("cdnow", key)
    return Customer.create(id, name=f"CDNOW customer {key}", at=midnight(day), by=PROGRAM, owner=owner)


def new_order(number: int, key: str, day: date, amount: Decimal, *, currency: str) -> Change[Order]:
    at, id = midnight(day), OrderId.imported("cdnow", str(number))
    placed = Order.place(
        id, customer=CustomerId.imported("cdnow", key), amount=Money(amount, currency), at=at, by=PROGRAM
    )
    return placed.then(lambda order: order.pay(at=at, by=PROGRAM))


def keep(workspace: Workspace, what: str, changes: Sequence[Change[Versioned]], size: int = 500) -> None:
    """In batches, each under its own key: what an earlier run has kept is not kept again."""
    for start in range(0, len(changes), size):
        workspace.commit(*changes[start : start + size], key=f"{what}/{TODAY}/{start}")
        progress(what, min(start + size, len(changes)), len(changes))


# --- 4: was the forecast right? -------------------------------------------------------------------


def check(model: BetaGeoNBD, log: Ledger, known: Purchases) -> Findings:
    """Compare, customer by customer, with the orders that came after today, and with simply going on as before."""
    expected = model.expected_purchases(known, horizon=WEEKS_AHEAD)
    actual = log.orders_of(known.ids, after=TODAY, until=END)
    as_before = (
        np.divide(known.frequency, known.age, out=np.zeros(len(known)), where=known.age > 0) * WEEKS_AHEAD
    )
    return Findings(
        today=TODAY,
        customers=len(known),
        expected=float(expected.sum()),
        actual=float(actual.sum()),
        error=float(np.abs(expected - actual).mean()),
        naive=float(np.abs(as_before - actual).mean()),
        tracking=Tracking.of(model, log, cut=TODAY, until=END),
    )


# --- 6: what we do about it -----------------------------------------------------------------------


def most_valuable_at_risk(
    lifecycles: Histories, known: Purchases, value: Floats, count: int = 10
) -> list[CustomerId]:
    by_value = map(CustomerId, known.ids[np.argsort(-value, kind="stable")].tolist())
    return list(islice((id for id in by_value if lifecycles[id].stage is Stage.AT_RISK), count))


def decide(workspace: Workspace, customers: Sequence[Customer]) -> list[Case]:
    """One case each, all in one commit."""
    opened = [
        Case.open(
            CaseId.imported(f"at risk on {TODAY}", customer.id),
            customer=customer.id,
            subject="Silent for longer than usual: find out why, and win them back",
            at=midnight(TODAY) + timedelta(days=1, hours=9),
            by=PROGRAM,
            owner=customer.owner,
        )
        for customer in customers
    ]
    receipt = workspace.commit(*opened, key=f"decide/{TODAY}")
    return [receipt.of(change) for change in opened]


def handle(workspace: Workspace, case: Case) -> tuple[Case, Refused]:
    """One case on its way, each step under its own key; and a step too early, refused."""
    owner = case.owner or PROGRAM
    start = midnight(TODAY) + timedelta(days=1)

    def step(name: str, command: Callable[[Case], Change[Case]]) -> Case:
        return workspace.apply(Case, case.id, command, key=f"handle/{case.id}/{name}")

    step("accept", lambda case: case.accept(owner, at=start + timedelta(hours=10)))
    step("write", lambda case: case.respond(at=start + timedelta(hours=11), by=owner))
    step("ask", lambda case: case.wait_for_customer("e-mail 1", at=start + timedelta(hours=11), by=owner))
    step("hear", lambda case: case.hear(at=start + timedelta(hours=30), by=owner))
    resolved = step(
        "resolve",
        lambda case: case.resolve(
            "voucher_sent",
            cause="found_it_cheaper",
            at=start + timedelta(hours=31),
            by=owner,
            children=OpenChildren(0),
        ),
    )
    try:
        resolved.close(at=start + timedelta(hours=32), by=owner)
    except Refused as refusal:
        return resolved, refusal
    raise AssertionError("a case cannot be closed an hour after it was resolved")


# --- 7: whom we may invite ------------------------------------------------------------------------


def invite(workspace: Workspace, customers: Sequence[CustomerId]) -> dict[str, int]:
    """A campaign for these customers. The log knows no consents, so they are drawn, and the campaign says so."""
    now = midnight(TODAY) + timedelta(days=1, hours=9)
    campaign = planned(now)
    consents = drawn_consents(customers, now)
    workspace.commit(campaign, key=f"campaign/{campaign.entity.id}")
    keep(workspace, "consents", consents)
    enrolments = audience(
        campaign.entity,
        customers,
        privacy=PrivacyDesk(controller="cdnow", consents=[change.entity for change in consents]),
        at=now,
        by=PROGRAM,
    )
    keep(workspace, "enrolments", enrolments)
    told = Counter[str]()
    for enrolment in workspace.each(Enrolment, EnrolmentFields.campaign.is_(campaign.entity.id)):
        told[str(enrolment.left_out_because or enrolment.state)] += 1
    return dict(sorted(told.items()))


def planned(now: datetime) -> Change[Campaign]:
    """From an idea to an approved campaign: nobody approves their own."""
    author, approver = MANAGERS[0], MANAGERS[1]
    idea = Campaign.draft(
        CampaignId.imported("quickstart", f"win back {TODAY}"),
        name="Come back (consents are drawn, not real)",
        objective=Objective.WIN_BACK,
        at=now,
        by=author,
    )
    return (
        idea.then(
            lambda campaign: campaign.revise(
                goal=Goal("orders", 20),
                audience=f"at risk on {TODAY}",
                messages=(ChannelMessage(Channel.EMAIL, "voucher"),),
                purpose="offers",
                budget=Money("5000.00", "USD"),
                claims_lift=True,
                hold_out=0.2,
                at=now,
            )
        )
        .then(lambda campaign: campaign.submit(at=now, by=author))
        .then(lambda campaign: campaign.approve(at=now, by=approver))
    )


def drawn_consents(customers: Sequence[CustomerId], now: datetime) -> list[Change[Consent]]:
    """Six in ten said yes, one in ten said yes and took it back; of the others we know nothing."""
    chance = Random(1997)  # noqa: S311  # an example, not a secret
    proof = Proof(notice="example", text_hash="none", method="drawn")

    def drawn(customer: CustomerId) -> Iterator[Change[Consent]]:
        draw = chance.random()
        if draw >= 0.7:
            return
        granted = Consent.note(
            ConsentId.imported("quickstart", customer),
            customer=customer,
            channel=Channel.EMAIL,
            purpose="offers",
            controller="cdnow",
            proof=proof,
            at=now,
        )
        yield granted if draw < 0.6 else granted.then(lambda consent: consent.withdraw(at=now))

    return [change for customer in customers for change in drawn(customer)]


# --- saying what is done --------------------------------------------------------------------------


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def counted(what: Mapping[Any, int]) -> str:
    return " · ".join(f"{str(name).replace('_', ' ')} {count:,}" for name, count in what.items() if count)


def say(number: int, what: str, more: str = "") -> None:
    print(f"\n{number}  {what:<10} {more}", flush=True)


def tell(*texts: str) -> None:
    for text in texts:
        for line in text.splitlines():
            print(f"   {line}", flush=True)


def progress(what: str, done: int, of: int) -> None:
    if sys.stdout.isatty():
        print(f"\r   {done:,} of {of:,} {what}", end="\r" if done < of else "\n", flush=True)


if __name__ == "__main__":
    began = time.perf_counter()
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("build/demo"))
    print(f"\n   done in {time.perf_counter() - began:.1f} s")
