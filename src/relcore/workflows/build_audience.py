"""A campaign's audience: who is in, who is held out, and who was left out for which reason.

Crosses marketing and privacy: privacy says who may be contacted, marketing keeps what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from relcore.channel import Channel
from relcore.ids import CampaignId, CustomerId, EnrolmentId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.errors import Invalid
from relcore.marketing.campaign import Campaign
from relcore.marketing.contactable import Contactable
from relcore.marketing.enrolment import Enrolment
from relcore.workflows.ask_privacy import PrivacyDesk, told


def audience(
    campaign: Campaign,
    customers: Iterable[CustomerId],
    *,
    privacy: PrivacyDesk,
    at: datetime,
    by: Actor | None = None,
) -> tuple[Change[Enrolment], ...]:
    """One enrolment per customer, in the order given: enrolled, in the control group, or suppressed with the reason.
    A customer who is named twice is one customer.

    Of the campaign's channels the first that is open to a customer is theirs; if none is, the reason is that of the first.
    Who must merely wait (for the night to end, for a cap) is in: each message is asked about again when it leaves.

    The campaign's ``hold_out`` is the share of those who may be contacted that is not, to be compared with: who it is
    follows from the ids of campaign and customer, so that the same audience built again is the same audience.

    Raises ``Invalid`` when the campaign says neither channels nor purpose yet.
    """
    if not campaign.channels or campaign.purpose is None:
        raise Invalid("campaign", "must say its channels and its purpose", campaign.id, "revise it first")
    purpose, hold_out = campaign.purpose, campaign.hold_out or 0.0

    def asked(customer: CustomerId, channel: Channel) -> Contactable:
        return told(privacy.verdict(customer, channel=channel, purpose=purpose, at=at), at)

    def enrolment(customer: CustomerId) -> Change[Enrolment]:
        answers = {channel: asked(customer, channel) for channel in campaign.channels}
        channel = next((c for c, answer in answers.items() if answer.ever), campaign.channels[0])
        answer = answers[channel]
        id = EnrolmentId.imported(campaign.id, customer)
        proposed = Enrolment.propose(id, campaign=campaign.id, customer=customer, at=at, by=by)
        if not answer.ever:
            return proposed.then(lambda e: e.suppress(answer.reason, at=at, by=by))
        if _draw(campaign.id, customer) < hold_out:
            return proposed.then(lambda e: e.hold_out(answer, at=at, by=by))
        return proposed.then(lambda e: e.enrol(answer, channel=channel, at=at, by=by))

    return tuple(enrolment(customer) for customer in dict.fromkeys(customers))


def _draw(campaign: CampaignId, customer: CustomerId) -> float:
    """A number in [0, 1) that looks drawn and is the same each time: another campaign deals the cards anew."""
    digest = blake2b(f"{campaign}\x00{customer}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
