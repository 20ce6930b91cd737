"""Leads, opportunities, quotes and orders, walked."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import strategies as st

from relcore import Lead, Money, Opportunity, Order, Quote
from relcore.ids import CustomerId, LeadId, OpportunityId, OrderId, QuoteId
from relcore.kernel.change import Change
from relcore.sales import (
    Acceptance,
    AcceptedQuotes,
    Authority,
    BuyingRole,
    Checked,
    Checklist,
    ContactRole,
    ExchangeRate,
    Invoiced,
    LeadPolicy,
    LeadState,
    Likeness,
    Match,
    MatchedBy,
    Met,
    NurtureConsent,
    Objection,
    ObjectionOutcome,
    OpportunityState,
    OptedOut,
    Override,
    Permission,
    Pipeline,
    PipelineStage,
    QuoteLine,
    QuoteState,
    Reachable,
    Severity,
    Share,
    Signal,
    Standing,
    Target,
    WinPolicy,
    lead_table,
    opportunity_table,
)
from relcore.sales.closing import ClosedOn
from relcore.sales.objection import Concerning
from relcore.sales.quote_table import EarlierRevisions, Successor
from tests.strategies import NOON, actors, customer_ids, maybe, moments, order_ids, paid, texts
from tests.walks.walk import ADA, ME, YOU, Given, Walk, people, soon

PIPELINE = Pipeline(
    "new business",
    (
        PipelineStage("qualify", 0.1, criteria=("budget",)),
        PipelineStage("propose", 0.5),
        PipelineStage("negotiate", 0.8, fields=("expected_on",)),
    ),
)
prices = st.integers(0, 300).map(lambda minor: Money.from_minor(minor, "EUR"))
stages = {"stage": st.sampled_from(PIPELINE.labels), "pipeline": st.just(PIPELINE)}
places = st.integers(0, 2)


# --- leads ----------------------------------------------------------------------------------------

lead_ids = st.integers(1, 3).map(lambda n: LeadId(f"lead_{n:032x}"))
leads = st.builds(
    Lead.capture,
    lead_ids,
    source=texts,
    likeness=st.sampled_from(Likeness),
    at=st.just(NOON),
    name=texts,
    company=maybe(texts),
    email=maybe(texts),
    phone=maybe(texts),
    owner=maybe(actors),
)


def _worked(captured: Change[Lead]) -> Change[Any]:
    return captured.then(lambda lead: lead.work(ME, at=NOON))


def _qualified(captured: Change[Lead]) -> Change[Any]:
    worked = _worked(captured)
    return worked.then(lambda lead: lead.qualify(Checklist(), reachable=Reachable(True), at=NOON))


def what_is_converted_has_its_customer(lead: Lead) -> bool:
    return (lead.state is LeadState.CONVERTED) == (lead.customer is not None)


def what_is_merged_has_its_survivor(held: Any) -> bool:
    return (held.state == "merged") == (held.survivor is not None)


def _a_lead_that_is(lead: Lead, state: LeadState) -> Lead:
    return attrs.evolve(lead, state=state)


def _lead_facts(given: Given) -> list[object]:
    told = [given.get(name) for name in ("consent", "signal", "checklist", "reachable", "match", "opted_out")]
    into = given.get("survivor")
    merged = None if into is None else lead_table.MergeInto(into.id, into.state)
    return [fact for fact in (*told, merged, given.get("policy")) if fact is not None]


often = st.sampled_from([True, True, True, False])


def mostly(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A fact that is told, but for once in a while."""
    return values | values | values | st.none()


signals = maybe(st.builds(Signal, soon))
lead_policies = st.sampled_from([LeadPolicy(), LeadPolicy(warm_at=0, cool_off=timedelta(0))])

LEAD = Walk(
    Lead(
        LeadId.imported("form", "1"),
        "fair",
        Likeness.DISTINCT,
        NOON,
        NOON,
        "Ada Byron",
        "Engines Ltd",
        "ada@example.org",
        "+44 20 7946 0000",
        ME,
        LeadState.CONVERTED,
        score=80,
        attempts=2,
        disqualified_because="no budget",
        junk_because="a robot",
        matched_by=MatchedBy.CREATE,
        customer=CustomerId.imported("lead", "1"),
        opportunity=OpportunityId.imported("lead", "1"),
        survivor=LeadId.imported("form", "2"),
        version=4,
    ),
    leads | leads.map(_worked) | leads.map(_qualified),
    {
        "work": {"owner": actors},
        "assign": {"owner": actors},
        "correct": {
            "name": maybe(texts),
            "company": maybe(texts),
            "email": maybe(texts),
            "phone": maybe(texts),
        },
        "rate": {"score": st.integers(0, 100)},
        "nurture": {"consent": mostly(st.builds(NurtureConsent, often))},
        "warm_up": {"signal": signals, "policy": lead_policies},
        "qualify": {
            "checklist": mostly(st.sampled_from([Checklist(), Checklist(), Checklist(("budget",))])),
            "reachable": mostly(st.builds(Reachable, often)),
        },
        "convert": {
            "match": mostly(st.builds(Match, st.sampled_from(MatchedBy), customer_ids)),
            "opportunity": maybe(st.uuids().map(OpportunityId.of)),
        },
        "disqualify": {"because": texts},
        "mark_junk": {"because": texts},
        "recycle": {
            "opted_out": mostly(st.builds(OptedOut, often.map(lambda yes: not yes))),
            "signal": signals,
            "policy": lead_policies,
        },
        "merge": {
            "survivor": st.builds(
                _a_lead_that_is,
                leads.map(lambda change: change.entity),
                st.sampled_from([LeadState.NEW, LeadState.WORKING, LeadState.MERGED]),
            )
        },
        "forget": {},
    },
    _lead_facts,
    (what_is_converted_has_its_customer, what_is_merged_has_its_survivor),
)


# --- opportunities --------------------------------------------------------------------------------

opportunity_ids = st.integers(1, 3).map(lambda n: OpportunityId(f"opportunity_{n:032x}"))
opportunities = st.builds(
    Opportunity.open,
    opportunity_ids,
    customer=customer_ids,
    name=texts,
    pipeline=st.just(PIPELINE),
    amount=prices,
    at=st.just(NOON),
    expected_on=maybe(st.dates()),
    owner=maybe(actors),
)
RATE = ExchangeRate("ecb-1", "EUR", "USD", date(2026, 3, 2), Decimal("1.0825"))
rates = st.sampled_from([None, RATE])
win_policies = st.sampled_from(
    [
        WinPolicy(),
        WinPolicy(zone="Pacific/Kiritimati"),
        WinPolicy(accepted_quote=True),
        WinPolicy(decision_maker=True),
    ]
)


def _objected(opened: Change[Opportunity]) -> Change[Any]:
    return opened.then(
        lambda sale: sale.raise_objection("price", severity=Severity.MINOR, raised_by=ADA, at=NOON)
    )


def _proposed(opened: Change[Opportunity]) -> Change[Any]:
    met = Met(("budget",))
    return opened.then(lambda sale: sale.advance("propose", pipeline=PIPELINE, met=met, at=NOON))


def it_is_certain_only_when_it_is_won_and_impossible_when_it_is_over(held: Opportunity) -> bool:
    if held.state is OpportunityState.WON:
        return held.probability == 1 and bool(held.amount)
    over = held.state not in (OpportunityState.OPEN, OpportunityState.ON_HOLD)
    return held.probability == 0 if over else held.closed_at is None


def its_history_ends_in_how_it_stands(held: Opportunity) -> bool:
    last = held.history[-1]
    return (last.state, last.stage, last.amount, last.expected_on, last.probability) == (
        held.state, held.stage, held.amount, held.expected_on, held.probability,
    )  # fmt: skip


def its_history_is_in_order_and_in_one_currency(held: Opportunity) -> bool:
    moments = [line.at for line in held.history]
    return moments == sorted(moments) and len({line.amount.currency for line in held.history}) == 1


def what_is_lost_says_why_and_to_whom(held: Opportunity) -> bool:
    return held.state is not OpportunityState.LOST or bool(held.lost_because and held.lost_to)


def _an_opportunity_that_is(opportunity: Opportunity, state: OpportunityState) -> Opportunity:
    return attrs.evolve(opportunity, state=state)


def _opportunity_facts(given: Given) -> list[object]:
    told = [given.get(name) for name in ("met", "quotes", "permission", "invoiced", "policy")]
    if "survivor" in given:
        told.append(opportunity_table.MergeInto(given["survivor"].id, given["survivor"].state))
    if "stage" in given and "permission" not in given:
        told.append(Target(given["stage"], given["pipeline"]))
    if "place" in given:
        told.append(Concerning(given["place"]))
    if given.get("closed_on") is not None:
        told.append(ClosedOn(given["closed_on"]))
    return [fact for fact in told if fact is not None]


OPPORTUNITY = Walk(
    Opportunity(
        OpportunityId.imported("crm", "1"),
        CustomerId.imported("shop", "ada"),
        "An engine",
        "new business",
        "propose",
        Money("1200", "EUR"),
        0.5,
        NOON,
        NOON,
        expected_on=date(2026, 6, 30),
        owner=ME,
        state=OpportunityState.MERGED,
        overridden=Override(0.25, ME, NOON),
        next_action_at=NOON,
        contacts=(ContactRole(CustomerId.imported("shop", "ada"), BuyingRole.INFLUENCER),),
        competitors=("Difference Ltd",),
        objections=(
            Objection(
                "price", Severity.SERIOUS, ADA, NOON, "discount", NOON, ObjectionOutcome.CONCEDED, NOON
            ),
            Objection("timing", Severity.MINOR, ADA, NOON),
        ),
        shares=(Share(ME, 60), Share(YOU, 40)),
        setback_reason="no budget",
        hold_reason="holidays",
        review_at=NOON,
        closed_at=NOON,
        closed_on=date(2026, 3, 1),
        closing_rate=RATE,
        lost_because="price",
        lost_to="Difference Ltd",
        win_back_on=date(2027, 1, 1),
        void_reason="a test",
        reopen_reason="new budget",
        survivor=OpportunityId.imported("crm", "2"),
        history=(
            Standing(
                NOON, "open", OpportunityState.OPEN, "qualify", Money("1200", "EUR"), date(2026, 5, 31), 0.1
            ),
            Standing(
                NOON, "merge", OpportunityState.MERGED, "propose", Money("1200", "EUR"), None, 0.0, "twice"
            ),
        ),
        version=9,
    ),
    opportunities | opportunities.map(_objected) | opportunities.map(_proposed),
    {
        "advance": stages | {"met": st.sampled_from([None, Met(), *[Met(("budget", "need"))] * 3])},
        "step_back": stages | {"reason": texts},
        "revise": {"amount": maybe(prices), "expected_on": maybe(st.dates(date(2026, 1, 1)))},
        "assign": {"owner": actors},
        "override": {"probability": st.floats(0, 1), "by": actors},
        "follow_stage": {},
        "plan": {"next_action_at": soon},
        "touch": {},
        "involve": {"contact": customer_ids, "role": st.sampled_from(BuyingRole)},
        "release": {"contact": customer_ids},
        "name_competitor": {"competitor": texts},
        "drop_competitor": {"competitor": texts},
        "raise_objection": {"about": texts, "severity": st.sampled_from(Severity), "raised_by": actors},
        "answer_objection": {"place": places, "answer": texts},
        "settle_objection": {"place": places, "outcome": st.sampled_from(ObjectionOutcome)},
        "share": {"shares": st.sampled_from([(Share(ME, 1),), (Share(ME, 60), Share(YOU, 40))])},
        "hold": {"reason": texts, "review_at": moments},
        "resume": {},
        "win": {
            "closed_on": maybe(st.dates(date(2026, 2, 1), date(2026, 12, 31))),
            "quotes": mostly(st.builds(AcceptedQuotes, st.integers(0, 1))),
            "rate": rates,
            "policy": win_policies,
        },
        "lose": {"because": texts, "lost_to": texts, "win_back_on": maybe(st.dates()), "rate": rates},
        "void": {"reason": texts},
        "reopen": {
            "reason": texts,
            "pipeline": st.just(PIPELINE),
            "stage": maybe(st.sampled_from(PIPELINE.labels)),
            "permission": mostly(st.builds(Permission, often)),
            "invoiced": mostly(st.builds(Invoiced, st.booleans())),
        },
        "merge": {
            "survivor": st.builds(
                _an_opportunity_that_is,
                opportunities.map(lambda change: change.entity),
                st.sampled_from([OpportunityState.OPEN, OpportunityState.WON, OpportunityState.MERGED]),
            )
        },
    },
    _opportunity_facts,
    (
        it_is_certain_only_when_it_is_won_and_impossible_when_it_is_over,
        its_history_ends_in_how_it_stands,
        its_history_is_in_order_and_in_one_currency,
        what_is_lost_says_why_and_to_whom,
        what_is_merged_has_its_survivor,
    ),
)


# --- quotes ---------------------------------------------------------------------------------------

numbers = st.integers(0, 10**6).map(lambda n: Decimal(n).scaleb(-3))
lines = st.builds(QuoteLine, texts, numbers.filter(bool), numbers, numbers)
valid_until = st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda later: NOON + later)
quote_ids = st.integers(1, 3).map(lambda n: QuoteId(f"quote_{n:032x}"))
drafts = st.builds(
    Quote.draft,
    quote_ids,
    opportunity=opportunity_ids,
    number=texts,
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    lines=st.lists(lines, max_size=3),
    valid_until=maybe(valid_until),
    at=st.just(NOON),
    by=people,
)
ISSUED = Quote.draft(
    QuoteId.imported("crm", "1"), opportunity=OpportunityId.imported("crm", "1"), number="Q-7", currency="EUR",
    lines=[QuoteLine("engine", "1", "1000", "1200"), QuoteLine("card", "1001", "0.0025")],
    valid_until=NOON + timedelta(days=30), at=NOON, by=ME,
).entity  # fmt: skip


def _presented(id: QuoteId) -> Change[Any]:
    """As far as the customer, and always the same content: what may be accepted hangs on its hash."""
    begun = Quote.draft(
        id, opportunity=ISSUED.opportunity, number=ISSUED.number, currency="EUR", lines=ISSUED.lines,
        valid_until=ISSUED.valid_until, at=NOON, by=ME,
    )  # fmt: skip
    submitted = begun.then(lambda q: q.submit(Checked(), at=NOON, by=ME))
    approved = submitted.then(lambda q: q.approve(Authority(Decimal(1)), at=NOON, by=YOU))
    return approved.then(lambda q: q.present(at=NOON))


def _ready(id: QuoteId) -> Change[Any]:
    """Complete, so that submitting it is what comes next."""
    return Quote.draft(
        id, opportunity=ISSUED.opportunity, number="Q-8", currency="EUR", lines=ISSUED.lines,
        valid_until=NOON + timedelta(days=300), at=NOON, by=ME,
    )  # fmt: skip


def _next_revision(id: QuoteId) -> Change[Any]:
    """As far as the approval, so that presenting it is what comes next."""
    begun = Quote.draft_revision(id, of=ISSUED, at=NOON, by=ME)
    submitted = begun.then(lambda q: q.submit(Checked(), at=NOON, by=ME))
    return submitted.then(lambda q: q.approve(Authority(Decimal(1)), at=NOON, by=YOU))


def _a_quote_that_is(state: QuoteState, revision: int) -> Quote:
    return attrs.evolve(ISSUED, state=state, revision=revision)


def _quote_facts(given: Given) -> list[object]:
    told = [given.get(name) for name in ("checked", "authority", "earlier", "acceptance", "others")]
    if (successor := given.get("successor")) is not None:
        told.append(Successor(successor.opportunity, successor.number, successor.revision, successor.state))
    return [fact for fact in told if fact is not None]


def what_was_presented_is_frozen(quote: Quote) -> bool:
    return quote.content_hash == (None if quote.presented_at is None else quote.digest())


def what_is_accepted_is_what_was_presented(quote: Quote) -> bool:
    if quote.acceptance is None:
        return quote.state not in (QuoteState.ACCEPTED, QuoteState.CANCELLED)
    return quote.acceptance.content_hash == quote.digest()


hashes = st.sampled_from([ISSUED.digest()] * 4 + ["another"])
QUOTE = Walk(
    attrs.evolve(
        ISSUED,
        revision=2,
        state=QuoteState.CANCELLED,
        submitted_by=ME,
        approved_by=YOU,
        rejection="too cheap",
        presented_at=NOON,
        content_hash=attrs.evolve(ISSUED, revision=2).digest(),
        viewed_at=NOON,
        acceptance=Acceptance(ADA, "signature", NOON, attrs.evolve(ISSUED, revision=2).digest()),
        decline_reason="too dear",
        withdrawal_reason="a mistake",
        superseded_by=QuoteId.imported("crm", "2"),
        cancel_reason="not delivered",
        compensated_by="credit note 3",
        version=6,
    ),
    drafts | quote_ids.map(_ready) | quote_ids.map(_presented) | st.builds(_next_revision, quote_ids),
    {
        "revise": {"lines": maybe(st.lists(lines, max_size=2)), "valid_until": maybe(valid_until)},
        "submit": {
            "checked": st.sampled_from([None, Checked(), Checked(), Checked(("no such price",))]),
            "by": people,
        },
        "approve": {
            "authority": st.sampled_from([None, Authority(Decimal(1)), Authority(Decimal("0.05"))]),
            "by": people,
        },
        "reject": {"rejection": texts},
        "rework": {},
        "present": {"earlier": mostly(st.builds(EarlierRevisions, st.integers(0, 1)))},
        "view": {},
        "accept": {
            "acceptance": st.builds(Acceptance, actors, texts, soon, hashes),
            "others": st.sampled_from([None, AcceptedQuotes(0), AcceptedQuotes(0), AcceptedQuotes(1)]),
        },
        "decline": {"reason": texts},
        "expire": {},
        "withdraw": {"reason": texts},
        "supersede": {
            "successor": st.builds(
                _a_quote_that_is,
                st.sampled_from([QuoteState.PRESENTED, QuoteState.PRESENTED, QuoteState.DRAFT]),
                st.integers(1, 3),
            )
        },
        "cancel": {"reason": texts, "compensated_by": texts},
    },
    _quote_facts,
    (what_was_presented_is_frozen, what_is_accepted_is_what_was_presented),
)


# --- all of them ----------------------------------------------------------------------------------

WALKS: dict[type[Any], Walk] = {
    Order: Walk(
        Order(
            OrderId.imported("shop", "1"),
            CustomerId.imported("shop", "ada"),
            Money("29.33", "USD"),
            NOON,
            paid_at=NOON.replace(microsecond=1),
            cancel_reason="no",
            version=1,
        ),
        st.builds(Order.place, order_ids, customer=customer_ids, amount=paid, at=st.just(NOON)),
        {"pay": {}, "cancel": {"reason": texts}},
    ),
    Lead: LEAD,
    Opportunity: OPPORTUNITY,
    Quote: QUOTE,
}
