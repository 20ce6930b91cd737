"""The rules of the customer lifecycle once more: plain ifs, everything counted anew at every step, and no table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from relcore.customers import Interested, LifecyclePolicy, Ordered, Scored, WonBack
from relcore.customers.lifecycle import AnyFact

BUYING = ("new", "retained", "loyal")
Visit = tuple[str, datetime, int]
"""Stage, since when, in which spell."""


def history(  # noqa: C901  # in one piece, so that it is read like the rules and not like our code
    facts: Iterable[AnyFact], policy: LifecyclePolicy, as_of: datetime
) -> list[Visit]:
    def day(order: Ordered) -> date:
        return order.at.astimezone(ZoneInfo(policy.zone)).date()

    known = sorted(
        (fact for fact in facts if max(fact.at, fact.recognised_at) <= as_of),
        key=lambda f: (f.at, [Interested, Ordered, WonBack, Scored].index(type(f)), f.recognised_at, -getattr(f, "probability_alive", 0)),
    )  # fmt: skip
    visits: list[Visit] = []
    counted: list[Ordered] = []
    of_spell: list[Ordered] = []
    spell = 1

    def go(stage: str, at: datetime) -> None:
        visits.append((stage, at, spell))

    def usual_gap() -> timedelta:
        days = sorted({day(order) for order in counted})
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        return timedelta(days=median(gaps)) if len(gaps) >= policy.own_gaps else policy.default_gap

    def pass_time(until: datetime) -> None:
        while visits:
            stage, since, _ = visits[-1]
            if stage in BUYING:
                due, to = (
                    of_spell[-1].at + max(policy.risk_after_gaps * usual_gap(), policy.shortest_risk),
                    "at_risk",
                )
            elif stage == "at_risk":
                due, to = (
                    of_spell[-1].at + max(policy.churn_after_gaps * usual_gap(), policy.shortest_churn),
                    "churned",
                )
            elif stage == "reactivating":
                due, to = since + policy.winback_window, "churned"
            else:
                return
            if due > until:
                return
            go(to, max(due, since))

    def loyal(at: datetime) -> bool:
        return len(of_spell) >= policy.loyal_from_orders and at - of_spell[0].at >= policy.loyal_from_tenure

    for fact in known:
        pass_time(fact.at)
        if not visits:
            go("aware", fact.at)
        stage = visits[-1][0]
        if isinstance(fact, Interested) and stage == "aware":
            go("considering", fact.at)
        if isinstance(fact, WonBack) and stage == "churned":
            go("reactivating", fact.at)
        if isinstance(fact, Scored):
            if stage in BUYING and fact.probability_alive < policy.risk_below:
                go("at_risk", fact.at)
            elif stage == "at_risk" and fact.probability_alive < policy.churn_below:
                go("churned", fact.at)
        if isinstance(fact, Ordered):
            if stage in ("churned", "reactivating"):
                spell, of_spell = spell + 1, []
            if not of_spell or day(fact) != day(of_spell[-1]):
                counted.append(fact)
                of_spell.append(fact)
            if stage in ("aware", "considering"):
                go("new", fact.at)
            elif stage == "new" and len(of_spell) > 1:
                go("retained", fact.at)
            elif stage in ("retained", "at_risk") and loyal(fact.at):
                go("loyal", fact.at)
            elif stage in ("at_risk", "churned", "reactivating"):
                go("retained", fact.at)
    pass_time(as_of)
    nexts = [since for _, since, _ in visits[1:]]
    return [visit for visit, end in zip(visits, nexts, strict=False) if visit[1] < end] + visits[-1:]
