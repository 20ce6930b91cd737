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
from relcore.sales.quote_table import ACCEPTED, Acceptance


def present_revision(
    revision: Quote, *, earlier: Quote, at: datetime, by: Actor | None = None
) -> tuple[Change[Quote], Change[Quote]]:
    """The customer has the next revision, and the earlier one that they had is superseded."""
    presented = revision.present(at=at, by=by)
    return presented, earlier.supersede(presented.entity, at=at, by=by)


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
