"""A campaign's audience: who is in, who is held out, and who was left out for which reason.

Crosses marketing and privacy: privacy says who may be contacted, marketing keeps what came of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from relcore.ids import CampaignId, CustomerId, EnrolmentId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.errors import Invalid
from relcore.marketing.campaign import Campaign
from relcore.marketing.enrolment import Contactable, Enrolment
from relcore.privacy.consent import Consent
from relcore.privacy.contact_verdict import Suppression, may_contact


def audience(
    campaign: Campaign,
    customers: Iterable[CustomerId],
    *,
    controller: str,
    consents: Iterable[Consent],
    suppressions: Iterable[Suppression] = (),
    hold_out: float = 0.0,
    at: datetime,
    by: Actor | None = None,
) -> tuple[Change[Enrolment], ...]:
    """One enrolment per customer, in the order given: enrolled, in the control group, or suppressed with the reason.
    A customer who is named twice is one customer.

    ``hold_out`` is the share of those who may be contacted that is not, to be compared with: who it is follows from the
    ids of campaign and customer, so that the same audience built again is the same audience.

    Raises ``Invalid`` when the campaign says neither channel nor purpose yet, or ``hold_out`` is no share.
    """
    if campaign.channel is None or campaign.purpose is None:
        raise Invalid("campaign", "must say its channel and its purpose", campaign.id, "revise it first")
    if not 0 <= hold_out < 1:
        raise Invalid("hold_out", "must lie in [0, 1)", hold_out)
    told, blocked = (
        defaultdict[CustomerId, list[Consent]](list),
        defaultdict[CustomerId, list[Suppression]](list),
    )
    for consent in consents:
        told[consent.customer].append(consent)
    for suppression in suppressions:
        blocked[suppression.customer].append(suppression)

    def enrolment(customer: CustomerId) -> Change[Enrolment]:
        verdict = may_contact(
            customer,
            channel=channel,
            purpose=purpose,
            controller=controller,
            at=at,
            consents=told[customer],
            suppressions=blocked[customer],
        )
        id = EnrolmentId.imported(campaign.id, customer)
        proposed = Enrolment.propose(id, campaign=campaign.id, customer=customer, at=at, by=by)
        if not verdict.allowed:
            return proposed.then(lambda e: e.suppress(verdict.reason, at=at, by=by))
        contactable = Contactable(allowed=True, reason=verdict.reason)
        if _draw(campaign.id, customer) < hold_out:
            return proposed.then(lambda e: e.hold_out(contactable, at=at, by=by))
        return proposed.then(lambda e: e.enrol(contactable, at=at, by=by))

    channel, purpose = campaign.channel, campaign.purpose
    return tuple(enrolment(customer) for customer in dict.fromkeys(customers))


def _draw(campaign: CampaignId, customer: CustomerId) -> float:
    """A number in [0, 1) that looks drawn and is the same each time: another campaign deals the cards anew."""
    digest = blake2b(f"{campaign}\x00{customer}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
