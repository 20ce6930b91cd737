"""Asking privacy on behalf of marketing: one desk, at which the audience is built and each message is released.

That both go to the same desk is the point: what is checked when a campaign is planned and what is checked when a message
leaves is one function, `relcore.privacy.may_contact`, under one policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TypeVar

import attrs

from relcore.channel import Channel, MessageClass
from relcore.ids import ContactPointId, CustomerId
from relcore.marketing.contactable import Contactable
from relcore.privacy.consent import Consent
from relcore.privacy.contact_policy import ContactPolicy, Released
from relcore.privacy.contact_verdict import Verdict, may_contact
from relcore.privacy.suppression import RegisterCopy, Suppression

R = TypeVar("R", Consent, Suppression, Released)


def _consents(records: Iterable[Consent]) -> tuple[Consent, ...]:
    return tuple(records)


def _suppressions(records: Iterable[Suppression]) -> tuple[Suppression, ...]:
    return tuple(records)


def _released(records: Iterable[Released]) -> tuple[Released, ...]:
    return tuple(records)


def _nowhere() -> dict[CustomerId, tuple[str, ...]]:
    return {}


def _by_customer(records: Iterable[R]) -> Mapping[CustomerId | None, list[R]]:
    found: dict[CustomerId | None, list[R]] = {}
    for record in records:
        found.setdefault(record.customer, []).append(record)
    return found


@attrs.frozen(kw_only=True)
class PrivacyDesk:
    """What is known about contacting customers, read once: consents, suppressions, what went out before, and the policy.

    ``zones`` says where a customer may be; of whom it says nothing, the policy's plausible zones are taken.
    """

    controller: str
    consents: Iterable[Consent] = attrs.field(default=(), converter=_consents, repr=False)
    suppressions: Iterable[Suppression] = attrs.field(default=(), converter=_suppressions, repr=False)
    released: Iterable[Released] = attrs.field(default=(), converter=_released, repr=False)
    policy: ContactPolicy = attrs.field(factory=ContactPolicy)
    zones: Mapping[CustomerId, tuple[str, ...]] = attrs.field(factory=_nowhere, repr=False)
    register: RegisterCopy | None = None

    @cached_property
    def _consents(self) -> Mapping[CustomerId | None, list[Consent]]:
        return _by_customer(self.consents)

    @cached_property
    def _suppressions(self) -> Mapping[CustomerId | None, list[Suppression]]:
        return _by_customer(self.suppressions)

    @cached_property
    def _released(self) -> Mapping[CustomerId | None, list[Released]]:
        return _by_customer(self.released)

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
            consents=self._consents.get(customer, ()),
            suppressions=self._suppressions.get(customer, ()),
            released=[*self._released.get(customer, ()), *also_released],
            contact_point=contact_point,
            message_class=message_class,
            policy=self.policy,
            zones=self.zones.get(customer, ()),
            register=self.register,
        )


def told(verdict: Verdict, at: datetime) -> Contactable:
    """A verdict as the fact that marketing is told."""
    return Contactable(allowed=verdict.allowed, reason=verdict.reason, at=at, until=verdict.until)
