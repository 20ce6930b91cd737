"""The rules of the customer lifecycle once more: plain ifs, everything counted anew at every step, and no table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from relcore.customers import LifecyclePolicy
from relcore.customers.lifecycle_facts import AnyFact

BUYING = ("new", "retained", "loyal", "advocate")
WORRIES = ("NoticeGiven", "UsageDropped", "PaymentOverdue")
ENDS = ("ContractCancelled", "ContractLapsed")
PURCHASES = ("Ordered", "ContractStarted", "ContractRenewed")
IN_ONE_MOMENT = [
    "Interested", "ContractStarted", "ContractRenewed", "Ordered", "ReferralConverted", "Recommended", "WalletShared",
    "HealthScored", "Recovered", "UsageDropped", "PaymentOverdue", "NoticeGiven", "ContractCancelled", "ContractLapsed",
    "WonBack", "Scored", "Declined", "Died", "ErasureRequested", "StageOverridden", "OverrideLifted",
]  # fmt: skip
Visit = tuple[str, datetime, int]
"""Stage, since when, in which spell."""


def kind(fact: AnyFact) -> str:
    return type(fact).__name__


def in_order(facts: Iterable[AnyFact], as_of: datetime) -> list[Any]:
    def worst_last(fact: Any) -> tuple[Any, ...]:
        names = ("probability_alive", "health", "share")
        return (*(-getattr(fact, name, 0) for name in names), getattr(fact, "contract", ""))

    return sorted(
        (fact for fact in facts if max(fact.at, fact.recognised_at) <= as_of),
        key=lambda f: (f.at, IN_ONE_MOMENT.index(kind(f)), f.recognised_at, worst_last(f)),
    )


def history(  # noqa: C901  # in one piece, so that it is read like the rules and not like our code
    facts: Iterable[AnyFact], policy: LifecyclePolicy, as_of: datetime
) -> list[Visit]:
    def day(bought: Any) -> date:
        return bought.at.astimezone(ZoneInfo(policy.zone)).date()

    visits: list[Visit] = []
    counted: list[Any] = []
    of_spell: list[Any] = []
    signed: list[Any] = []
    signs_of_life: list[datetime] = []
    spoke_for_us: list[datetime] = []
    health: list[Any] = []
    spell = 1

    def go(stage: str, at: datetime) -> None:
        visits.append((stage, at, spell))

    def usual_gap() -> timedelta:
        days = sorted({day(order) for order in counted})
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        return timedelta(days=median(gaps)) if len(gaps) >= policy.own_gaps else policy.default_gap

    def under_contract() -> bool:
        last_word = {fact.contract: kind(fact) for fact in signed}
        return any(word not in ENDS for word in last_word.values())

    def silent_for(gaps: float, shortest: timedelta) -> datetime | None:
        if under_contract():
            return None
        return signs_of_life[-1] + max(gaps * usual_gap(), shortest)

    def ahead(stage: str, since: datetime) -> list[tuple[datetime | None, str]]:
        """What time will do, and when: of two at one moment the first."""
        found: list[tuple[datetime | None, str]] = []
        if stage == "new" and health and health[-1].health >= policy.onboarded_from_health:
            found.append((max(of_spell[0].at + policy.onboarding, health[-1].at), "retained"))
        if stage == "retained" and len(of_spell) >= policy.loyal_from_orders:
            found.append((of_spell[0].at + policy.loyal_from_tenure, "loyal"))
        if stage == "advocate":
            found.append((spoke_for_us[-1] + policy.advocacy_window, "loyal"))
        if stage in BUYING:
            found.append((silent_for(policy.risk_after_gaps, policy.shortest_risk), "at_risk"))
        if stage == "at_risk":
            found.append((silent_for(policy.churn_after_gaps, policy.shortest_churn), "churned"))
        if stage == "reactivating":
            found.append((since + policy.winback_window, "churned"))
        return found

    def pass_time(until: datetime) -> None:
        while visits:
            stage, since, _ = visits[-1]
            due = [(at, to) for at, to in ahead(stage, since) if at is not None and at <= until]
            if not due:
                return
            first = min(at for at, _ in due)
            go(next(to for at, to in due if at == first), max(first, since))

    def loyal(at: datetime) -> bool:
        return len(of_spell) >= policy.loyal_from_orders and at - of_spell[0].at >= policy.loyal_from_tenure

    for fact in in_order(facts, as_of):
        what = kind(fact)
        pass_time(fact.at)
        if not visits:
            go("aware", fact.at)
        stage = visits[-1][0]
        a_customer, gone = stage in BUYING, stage in ("churned", "reactivating")
        if what in ("ContractStarted", "ContractRenewed", *ENDS):
            signed.append(fact)
        if what == "ErasureRequested" and stage != "erased":
            go("erased", fact.at)
        elif stage in ("deceased", "erased"):
            continue
        elif what == "Died":
            go("deceased", fact.at)
        elif stage == "declined":
            continue
        elif what == "Declined" and stage in ("aware", "considering"):
            go("declined", fact.at)
        elif what == "Interested" and stage == "aware":
            go("considering", fact.at)
        elif what == "WonBack" and stage == "churned" and fact.permitted:
            go("reactivating", fact.at)
        elif what == "Scored" and a_customer and fact.probability_alive < policy.risk_below:
            go("at_risk", fact.at)
        elif what == "Scored" and stage == "at_risk" and fact.probability_alive < policy.churn_below:
            if not under_contract():
                go("churned", fact.at)
        elif what in WORRIES and a_customer:
            go("at_risk", fact.at)
        elif what in ENDS and (a_customer or stage == "at_risk") and not under_contract():
            go("churned", fact.at)
        elif what == "HealthScored" and a_customer:
            health.append(fact)
        elif what == "WalletShared" and stage == "retained" and fact.share >= policy.loyal_from_share:
            go("loyal", fact.at)
        elif what == "ReferralConverted" or (what == "Recommended" and fact.nps >= policy.advocate_from_nps):
            if stage in ("retained", "loyal", "advocate"):
                spoke_for_us.append(fact.at)
            if stage in ("retained", "loyal"):
                go("advocate", fact.at)
        elif what == "Recovered" and (a_customer or stage == "at_risk"):
            signs_of_life.append(fact.at)
            if stage == "at_risk":
                go("loyal" if loyal(fact.at) else "retained", fact.at)
        elif what in PURCHASES:
            if gone:
                spell, of_spell = spell + 1, []
            if not of_spell or day(fact) > max(day(order) for order in counted):
                counted.append(fact)
                of_spell.append(fact)
                signs_of_life.append(fact.at)
            if stage in ("aware", "considering"):
                go("new", fact.at)
            elif stage == "new" and len(of_spell) > 1:
                go("retained", fact.at)
            elif stage in ("retained", "at_risk") and loyal(fact.at):
                go("loyal", fact.at)
            elif stage == "at_risk" or gone:
                go("retained", fact.at)
    pass_time(as_of)
    nexts = [since for _, since, _ in visits[1:]]
    return [visit for visit, end in zip(visits, nexts, strict=False) if visit[1] < end] + visits[-1:]
