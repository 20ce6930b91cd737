"""Asking privacy on behalf of marketing: one desk, at which the audience is built and each message is released.

That both go to the same desk is the point: what is checked when a campaign is planned and what is checked when a message
leaves is one function, `relcore.privacy.may_contact`, under one policy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from relcore.channel import Channel, MessageClass
from relcore.ids import ContactPointId, CustomerId
from relcore.marketing.contactable import Contactable
from relcore.privacy.consent import Consent
from relcore.privacy.contact_policy import ContactPolicy, Released
from relcore.privacy.contact_verdict import Verdict, may_contact
from relcore.privacy.suppression import RegisterCopy, Suppression


def _by_customer(records: Iterable[Consent]) -> Mapping[CustomerId, list[Consent]]:
    found = defaultdict[CustomerId, list[Consent]](list)
    for record in records:
        found[record.customer].append(record)
    return found


def _against_customer(records: Iterable[Suppression]) -> Mapping[CustomerId, list[Suppression]]:
    found = defaultdict[CustomerId, list[Suppression]](list)
    for record in records:
        if record.customer is not None:
            found[record.customer].append(record)
    return found


def _to_customer(records: Iterable[Released]) -> Mapping[CustomerId, list[Released]]:
    found = defaultdict[CustomerId, list[Released]](list)
    for record in records:
        found[record.customer].append(record)
    return found


@attrs.frozen(kw_only=True)
class PrivacyDesk:
    """What is known about contacting customers, read once: consents, suppressions, what went out before, and the policy.

    ``zones`` says where a customer may be; of whom it says nothing, the policy's plausible zones are taken.
    """

    controller: str
    consents: Mapping[CustomerId, list[Consent]] = attrs.field(default=(), converter=_by_customer, repr=False)
    suppressions: Mapping[CustomerId, list[Suppression]] = attrs.field(
        default=(), converter=_against_customer, repr=False
    )
    released: Mapping[CustomerId, list[Released]] = attrs.field(
        default=(), converter=_to_customer, repr=False
    )
    policy: ContactPolicy = attrs.field(factory=ContactPolicy)
    zones: Mapping[CustomerId, tuple[str, ...]] = attrs.field(factory=dict[CustomerId, "tuple[str, ...]"], repr=False)  # fmt: skip
    register: RegisterCopy | None = None

    def verdict(
        self,
        customer: CustomerId,
        *,
        channel: Channel,
        purpose: str,
        at: datetime,
        message_class: MessageClass = MessageClass.MARKETING,
        contact_point: ContactPointId | None = None,
        also_released: Iterable[Released] = (),
    ) -> Verdict:
        """What `may_contact` says, given all that is known."""
        return may_contact(
            customer,
            channel=channel,
            purpose=purpose,
            controller=self.controller,
            at=at,
            consents=self.consents.get(customer, ()),
            suppressions=self.suppressions.get(customer, ()),
            released=[*self.released.get(customer, ()), *also_released],
            contact_point=contact_point,
            message_class=message_class,
            policy=self.policy,
            zones=self.zones.get(customer, ()),
            register=self.register,
        )


def told(verdict: Verdict, at: datetime) -> Contactable:
    """A verdict as the fact that marketing is told."""
    return Contactable(allowed=verdict.allowed, reason=verdict.reason, at=at, until=verdict.until)
