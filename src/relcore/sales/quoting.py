"""What a quote does to its neighbours: a revision supersedes the one before, an acceptance gives the sale its amount.

Each is one tuple of changes for one commit, so that no reader ever sees two revisions presented, or a sale that is worth
something else than what was accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.errors import Invalid
from relcore.sales.closing import AcceptedQuotes
from relcore.sales.opportunity import Opportunity
from relcore.sales.quote import Quote
from relcore.sales.quote_table import ACCEPTED, PRESENTED, Acceptance, EarlierRevisions


def present_revision(
    revision: Quote, *, siblings: Iterable[Quote], at: datetime, by: Actor | None = None
) -> tuple[Change[Quote], ...]:
    """The customer has the next revision, and those of the same offer that they had before are superseded.

    ``siblings`` are all quotes of the opportunity, as they were read.
    """
    presented = revision.present(earlier=EarlierRevisions(0), at=at, by=by)
    had = [other for other in siblings if other.state is PRESENTED and _same_offer(other, revision)]
    return presented, *(other.supersede(presented.entity, at=at, by=by) for other in had)


def accept_quote(
    quote: Quote,
    acceptance: Acceptance,
    *,
    opportunity: Opportunity,
    siblings: Iterable[Quote],
    at: datetime,
    by: Actor | None = None,
) -> tuple[Change[Quote], Change[Opportunity]]:
    """The customer says yes, and the total is what the sale is worth now.

    ``siblings`` are all quotes of the opportunity, as they were read; of those in its option group none may be accepted.

    Raises ``Invalid`` when the opportunity is not the quote's.
    """
    if opportunity.id != quote.opportunity:
        raise Invalid("opportunity", "must be the one that is quoted for", opportunity.id)
    accepted = {
        other.id
        for other in siblings
        if other.opportunity == quote.opportunity
        and other.option == quote.option
        and other.state is ACCEPTED
        and other.id != quote.id
    }
    agreed = quote.accept(acceptance, others=AcceptedQuotes(len(accepted)), at=at, by=by)
    return agreed, opportunity.revise(amount=quote.total, at=at, by=by)


def _same_offer(one: Quote, other: Quote) -> bool:
    return (one.opportunity, one.number) == (other.opportunity, other.number) and one.id != other.id
