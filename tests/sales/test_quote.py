"""A quote: what was presented is frozen, what is accepted is what was presented, and of alternatives one is accepted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Invalid, Money, Opportunity, Quote, Refused, Workspace
from relcore.ids import CustomerId, OpportunityId, QuoteId
from relcore.kernel.lifecycle import Category
from relcore.sales import (
    Acceptance,
    AcceptedQuotes,
    Authority,
    Checked,
    Pipeline,
    QuoteFields,
    QuoteLine,
    QuoteState,
    accept_quote,
    present_revision,
    quote_lifecycle,
)
from relcore.sales.quote_table import EarlierRevisions
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import chains, is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
ME, YOU = Actor("person", "u-17"), Actor("person", "u-18")
ADA = Actor("customer", "ada")
DAY = timedelta(days=1)
PIPELINE = Pipeline.of("new business", {"qualify": 0.1, "propose": 0.5})
ALL = Authority(Decimal(1))
OPPORTUNITY = Opportunity.open(
    IDS.new(OpportunityId), customer=IDS.new(CustomerId), name="An engine", pipeline=PIPELINE,
    amount=Money("900", "EUR"), at=NOON,
).entity  # fmt: skip
LINES = [QuoteLine("engine", "1", "1000", "1250"), QuoteLine("card", "1001", "0.0025")]


def drafted(number: str = "Q-1", **told: Any) -> Quote:
    said = {"lines": LINES, "valid_until": NOON + 30 * DAY} | told
    return Quote.draft(
        IDS.new(QuoteId), opportunity=OPPORTUNITY.id, number=number, currency="EUR", at=NOON, by=ME, **said
    ).entity  # fmt: skip


def approved(draft: Quote) -> Quote:
    return draft.submit(Checked(), at=NOON, by=ME).entity.approve(ALL, at=NOON, by=YOU).entity


def presented(number: str = "Q-1", **told: Any) -> Quote:
    return approved(drafted(number, **told)).present(at=NOON).entity


def yes(quote: Quote, **told: Any) -> Acceptance:
    said = {"at": NOON + DAY, "content_hash": quote.content_hash} | told
    return Acceptance(ADA, "signature", **said)


def accepted(number: str = "Q-1", **told: Any) -> Quote:
    quote = presented(number, **told)
    return quote.accept(yes(quote), others=AcceptedQuotes(0), at=NOON + DAY).entity


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Quote)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Quote, data)


def test_the_states_jump_as_the_trade_says() -> None:
    assert jumps(Quote) == {
        "draft -> in_approval", "in_approval -> approved", "in_approval -> rejected", "rejected -> draft",
        "approved -> presented", "presented -> accepted", "presented -> declined", "presented -> expired",
        "presented -> superseded", "presented -> withdrawn", "accepted -> cancelled",
        "draft -> withdrawn", "in_approval -> withdrawn", "approved -> withdrawn", "rejected -> withdrawn",
    }  # fmt: skip
    assert quote_lifecycle.states[QuoteState.SUPERSEDED] is Category.VOID


# --- lines and total ------------------------------------------------------------------------------


def test_a_line_is_rounded_once_and_the_total_is_what_the_lines_add_up_to() -> None:
    assert [line.net("EUR") for line in LINES] == [Money("1000", "EUR"), Money("2.50", "EUR")]
    assert drafted().total == Money("1002.50", "EUR")
    assert drafted(lines=()).total == Money("0", "EUR")


numbers = st.integers(0, 10**12).map(lambda n: Decimal(n).scaleb(-6))


@given(st.lists(st.tuples(numbers.filter(bool), numbers), max_size=5))
def test_a_total_is_exact_whatever_the_hosts_decimal_context(priced: list[tuple[Decimal, Decimal]]) -> None:
    quote = drafted(lines=[QuoteLine("x", quantity, price) for quantity, price in priced])

    with localcontext(prec=3):
        cents = quote.total.minor

    assert cents == sum(round(Fraction(quantity) * Fraction(price) * 100) for quantity, price in priced)


@pytest.mark.parametrize(
    "wrong",
    [("x", "0", "1"), ("x", "-1", "1"), ("x", "1", "-1"), ("", "1", "1"), ("x", 1.5, "1"), ("x", "1", "NaN"),
     ("x", "1e30", "1"), ("x", "many", "1"), ("x", True, "1"), ("x", "1", "0.0000000000000000001")],
)  # fmt: skip
def test_a_line_of_nothing_or_with_a_number_that_is_none_cannot_be(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(Invalid):
        QuoteLine(*wrong)


def test_the_discount_is_a_share_of_the_list_and_never_negative() -> None:
    assert drafted(lines=[QuoteLine("engine", "1", "1000", "1250")]).discount == Decimal("0.2")
    assert drafted(lines=[QuoteLine("engine", "1", "1300", "1250")]).discount == 0
    assert drafted(lines=[QuoteLine("engine", "1", "0", "0")]).discount == 0


# --- to the customer ------------------------------------------------------------------------------


def test_what_is_submitted_has_lines_a_term_and_prices_that_hold() -> None:
    with pytest.raises(Refused, match="it offers nothing yet"):
        drafted(lines=()).submit(Checked(), at=NOON, by=ME)
    with pytest.raises(Refused, match="it does not say how long it is valid"):
        drafted(valid_until=None).submit(Checked(), at=NOON, by=ME)
    with pytest.raises(Refused, match="its prices or its configuration do not hold"):
        drafted().submit(Checked(("engine: no price on that day",)), at=NOON, by=ME)
    with pytest.raises(Refused, match="nobody told it Checked"):
        drafted().submit(at=NOON, by=ME)


def test_nobody_approves_their_own_quote_or_more_than_they_may() -> None:
    submitted = drafted().submit(Checked(), at=NOON, by=ME).entity

    with pytest.raises(Refused, match="nobody approves what they submitted themselves"):
        submitted.approve(ALL, at=NOON, by=ME)
    with pytest.raises(Refused, match="beyond what the approver may give"):
        submitted.approve(Authority(Decimal("0.1")), at=NOON, by=YOU)
    assert submitted.approve(Authority(Decimal("0.2")), at=NOON, by=YOU).entity.approved_by == YOU


def test_a_rejected_quote_is_worked_over_and_submitted_again() -> None:
    rejected = drafted().submit(Checked(), at=NOON, by=ME).entity.reject("too cheap", at=NOON, by=YOU).entity

    again = rejected.rework(at=NOON).entity.revise(lines=LINES[:1], at=NOON).entity

    assert (rejected.state, again.state, again.rejection) == ("rejected", "draft", "too cheap")
    assert approved(again).state is QuoteState.APPROVED


def test_once_presented_the_content_is_frozen_by_its_hash() -> None:
    quote = presented()

    assert quote.content_hash == quote.digest()
    with pytest.raises(Refused, match="there is no revise from presented"):
        quote.revise(lines=LINES[:1], at=NOON)
    with pytest.raises(Invalid, match="must be the hash of its content"):
        attrs.evolve(quote, lines=LINES[:1])


@given(chains(Quote))
def test_from_presentation_to_the_end_the_content_stays_what_was_presented(walk: list[Any]) -> None:
    seen = None
    for change in walk:
        quote: Quote = change.entity
        if seen is not None:
            assert (quote.digest(), quote.content_hash, quote.lines) == seen
        if quote.content_hash is not None:
            seen = (quote.content_hash, quote.content_hash, quote.lines)
        assert (quote.presented_at is None) == (quote.content_hash is None)


def test_equal_content_has_one_hash_and_other_content_another() -> None:
    quote = drafted()
    other = {
        "number": "Q-11", "revision": 2, "currency": "USD", "valid_until": NOON, "lines": (LINES[0],),
        "opportunity": IDS.new(OpportunityId),
    }  # fmt: skip

    same = attrs.evolve(quote, lines=(QuoteLine("engine", "1.0", "1000.00", "1250"), LINES[1]))

    assert same.digest() == quote.digest()
    changed = {attrs.evolve(quote, **{name: value}).digest() for name, value in other.items()}  # type: ignore[arg-type]
    assert len(changed | {quote.digest()}) == len(other) + 1
    apart = [(QuoteLine("a1", "11", "1"),), (QuoteLine("a", "1", "11", "1"),)]
    assert attrs.evolve(quote, lines=apart[0]).digest() != attrs.evolve(quote, lines=apart[1]).digest()


def test_that_it_was_viewed_is_a_fact_and_no_state() -> None:
    viewed = presented().view(at=NOON + DAY).entity

    assert (viewed.state, viewed.viewed_at) == (QuoteState.PRESENTED, NOON + DAY)
    assert viewed.view(at=NOON + 2 * DAY).entity.viewed_at == NOON + DAY


# --- what the customer says -----------------------------------------------------------------------


def test_an_acceptance_says_who_how_when_and_to_what() -> None:
    quote = accepted()

    assert quote.acceptance is not None
    assert (quote.acceptance.signer, quote.acceptance.method, quote.acceptance.at) == (
        ADA,
        "signature",
        NOON + DAY,
    )
    assert quote.acceptance.content_hash == quote.digest()


def test_only_what_was_presented_is_accepted_and_only_in_time() -> None:
    quote = presented()

    def accept(when: Any, **told: Any) -> None:
        quote.accept(yes(quote, **told), others=AcceptedQuotes(0), at=when)

    with pytest.raises(Refused, match="what was accepted is not what was presented"):
        accept(NOON + DAY, content_hash=presented("Q-2").content_hash)
    for signed, told in ((31, 31), (-1, 1), (2, 1)):  # too late, before it was there, not yet
        with pytest.raises(Refused, match="was not accepted while it was presented and valid"):
            accept(NOON + told * DAY, at=NOON + signed * DAY)
    accept(NOON + 40 * DAY, at=NOON + 30 * DAY)  # signed on the last day, and told later


def test_of_alternatives_one_is_accepted() -> None:
    first, second, other_group = accepted("Q-1"), presented("Q-2"), presented("Q-3", option="service")

    with pytest.raises(Refused, match="another quote of its option group is accepted"):
        accept_quote(second, yes(second), opportunity=OPPORTUNITY, siblings=[first, second], at=NOON + DAY)
    with pytest.raises(Refused, match="nobody told it AcceptedQuotes"):
        second.accept(yes(second), at=NOON + DAY)
    agreed, _ = accept_quote(
        other_group, yes(other_group), opportunity=OPPORTUNITY, siblings=[first, other_group], at=NOON + DAY
    )
    assert agreed.entity.state is QuoteState.ACCEPTED


def test_what_was_accepted_gives_the_opportunity_its_amount_in_the_same_commit(workspace: Workspace) -> None:
    opportunity = Opportunity.open(
        IDS.new(OpportunityId), customer=IDS.new(CustomerId), name="An engine", pipeline=PIPELINE,
        amount=Money("900", "EUR"), at=NOON,
    )  # fmt: skip
    draft = Quote.draft(
        IDS.new(QuoteId), opportunity=opportunity.entity.id, number="Q-1", currency="EUR", at=NOON, lines=LINES,
        valid_until=NOON + DAY,
    )  # fmt: skip
    workspace.commit(opportunity, draft)
    quote = workspace.apply(Quote, draft.entity.id, lambda q: q.submit(Checked(), at=NOON, by=ME))
    quote = workspace.apply(Quote, quote.id, lambda q: q.approve(ALL, at=NOON, by=YOU))
    quote = workspace.apply(Quote, quote.id, lambda q: q.present(at=NOON))
    siblings = workspace.find(Quote, QuoteFields.opportunity.is_(quote.opportunity)).rows

    sale = workspace.get(Opportunity, opportunity.entity.id)
    workspace.commit(*accept_quote(quote, yes(quote), opportunity=sale, siblings=siblings, at=NOON + DAY))

    assert workspace.get(Opportunity, opportunity.entity.id).amount == Money("1002.50", "EUR")
    assert workspace.get(Quote, quote.id).acceptance == yes(quote)
    with pytest.raises(Invalid, match="must be the one that is quoted for"):
        accept_quote(quote, yes(quote), opportunity=OPPORTUNITY, siblings=[], at=NOON)


def test_it_is_expired_as_of_a_moment_whether_or_not_somebody_says_so() -> None:
    quote = presented()

    assert [quote.is_expired(NOON + n * DAY) for n in (30, 31)] == [False, True]
    with pytest.raises(Refused, match="it is still valid"):
        quote.expire(at=NOON + 30 * DAY)
    gone = quote.expire(at=NOON + 31 * DAY).entity
    assert (gone.state, gone.is_expired(NOON + 32 * DAY)) == (QuoteState.EXPIRED, False)


def test_the_next_revision_supersedes_the_one_before_when_it_is_presented() -> None:
    first = presented()
    draft = Quote.draft_revision(IDS.new(QuoteId), of=first, at=NOON + DAY, by=ME).entity
    ready = approved(draft.revise(lines=LINES[:1], at=NOON + DAY).entity)

    new, old = present_revision(ready, siblings=[first, presented("Q-2"), ready], at=NOON + DAY)

    assert (draft.number, draft.revision, draft.lines) == ("Q-1", 2, first.lines)
    assert (new.entity.state, old.entity.state) == (QuoteState.PRESENTED, QuoteState.SUPERSEDED)
    assert (old.before, old.entity.superseded_by) == (first, new.entity.id)
    with pytest.raises(Refused, match="the revision that takes its place is not presented"):
        first.supersede(ready, at=NOON + DAY)
    for stranger in (presented("Q-2"), first):
        with pytest.raises(Refused, match="only a later revision of the same offer"):
            first.supersede(stranger, at=NOON + DAY)


def test_the_customer_never_has_two_revisions_of_one_offer() -> None:
    first = presented()
    second = approved(Quote.draft_revision(IDS.new(QuoteId), of=first, at=NOON).entity)
    third = approved(Quote.draft_revision(IDS.new(QuoteId), of=second, at=NOON).entity)

    with pytest.raises(Refused, match="nobody told it EarlierRevisions"):
        second.present(at=NOON)
    with pytest.raises(Refused, match="would have two revisions of one offer"):
        second.present(earlier=EarlierRevisions(1), at=NOON)
    gone = second.withdraw("never sent", at=NOON).entity
    new, old = present_revision(third, siblings=[gone, first], at=NOON)

    assert (new.entity.revision, old.before, old.entity.state) == (3, first, QuoteState.SUPERSEDED)


def test_an_acceptance_is_not_undone_it_is_compensated() -> None:
    with pytest.raises(Refused, match="it needs compensated_by"):
        accepted().cancel("not delivered", compensated_by="", at=NOON + DAY)
    with pytest.raises(Refused, match="there is no withdraw from accepted"):
        accepted().withdraw("a mistake", at=NOON + DAY)

    cancelled = accepted().cancel("not delivered", compensated_by="credit note 3", at=NOON + DAY).entity

    assert (cancelled.state, cancelled.acceptance) == (QuoteState.CANCELLED, accepted().acceptance)


@pytest.mark.parametrize(
    ("move", "field"), [("decline", "decline_reason"), ("withdraw", "withdrawal_reason")]
)
def test_a_no_says_why(move: str, field: str) -> None:
    with pytest.raises(Refused, match=f"it needs {field}"):
        getattr(presented(), move)("", at=NOON)
    assert getattr(getattr(presented(), move)("too dear", at=NOON).entity, field) == "too dear"


@pytest.mark.parametrize(
    "wrong",
    [{"currency": "EURO"}, {"lines": ["engine"]}, {"revision": -1}, {"number": ""}, {"content_hash": "no"}],
)
def test_what_storage_could_not_give_back_is_no_quote(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        attrs.evolve(drafted(), **wrong)
