"""Messages, from those who are enrolled to those that leave.

Crosses marketing and privacy once more: each message is asked about when it leaves, at the same desk at which the audience
was built. Whoever may no longer be contacted has their message cancelled, which is not a failure and is not tried again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from relcore.channel import MessageClass
from relcore.ids import CampaignId, CustomerId, MessageId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.marketing.campaign import Campaign, CampaignState
from relcore.marketing.enrolment import Enrolment, EnrolmentState
from relcore.marketing.message import DeferReason, Message, MessageState, SendPolicy
from relcore.privacy.contact_policy import Released
from relcore.privacy.contact_verdict import Permission, Reason, Verdict
from relcore.workflows.ask_privacy import PrivacyDesk, told

OVER = (CampaignState.MEASURING, CampaignState.COMPLETED, CampaignState.CANCELLED)
LEAVING = (MessageState.PLANNED, MessageState.DEFERRED, MessageState.SOFT_BOUNCED)


def planned(
    campaign: Campaign,
    enrolments: Iterable[Enrolment],
    *,
    at: datetime,
    by: Actor | None = None,
    expires_at: datetime | None = None,
) -> tuple[Change[Enrolment | Message], ...]:
    """Two changes for each who is enrolled in this campaign: their way begins, and its message is planned.

    Those who are left out, held out or further on get none. The id of a message follows from the enrolment, so that
    planning twice is planning once.
    """
    contents = {message.channel: message.content for message in campaign.messages}
    changes = list[Change[Enrolment | Message]]()
    for enrolment in enrolments:
        here = enrolment.campaign == campaign.id and enrolment.state is EnrolmentState.ENROLLED
        channel = enrolment.channel
        if not here or channel is None or channel not in contents or campaign.purpose is None:
            continue
        content = contents[channel]
        changes.append(enrolment.activate(at=at, by=by))
        changes.append(
            Message.plan(
                MessageId.imported(enrolment.id, content),
                customer=enrolment.customer,
                channel=channel,
                content=content,
                campaign=campaign.id,
                purpose=campaign.purpose,
                enrolment=enrolment.id,
                priority=campaign.priority,
                expires_at=expires_at or campaign.ends_at,
                at=at,
                by=by,
            )
        )
    return tuple(changes)


def sent_off(
    messages: Iterable[Message],
    *,
    campaigns: Mapping[CampaignId, Campaign],
    privacy: PrivacyDesk,
    at: datetime,
    by: Actor | None = None,
    policy: SendPolicy = SendPolicy(),
) -> tuple[Change[Message], ...]:
    """What becomes now of those that want to leave: released, deferred, cancelled or expired; the others wait on.

    The higher priority goes first, then who has waited longest, then the smaller id: the same messages in whatever order
    give the same answer. Each that is released counts for the caps of those that come after it. A message of a campaign
    that does not run waits; one of a campaign that is over is cancelled.
    """
    just_now = defaultdict[CustomerId, list[Released]](list)
    changes = list[Change[Message]]()
    for message in sorted(messages, key=_first):
        change = _decided(message, campaigns, privacy, just_now[message.customer], at, by, policy)
        if change is None:
            continue
        changes.append(change)
        if change.entity.state is MessageState.RELEASED and message.message_class is MessageClass.MARKETING:
            just_now[message.customer].append(Released(message.customer, message.channel, at))
    return tuple(changes)


def _first(message: Message) -> tuple[int, datetime, MessageId]:
    return -message.priority, message.planned_at, message.id


def _decided(
    message: Message,
    campaigns: Mapping[CampaignId, Campaign],
    privacy: PrivacyDesk,
    just_now: Iterable[Released],
    at: datetime,
    by: Actor | None,
    policy: SendPolicy,
) -> Change[Message] | None:
    if message.state not in LEAVING:
        return None
    if message.expires_at is not None and message.expires_at <= at:
        return message.expire(at=at, by=by)
    if message.campaign is not None:
        state = campaigns[message.campaign].state
        if state in OVER:
            return message.cancel("campaign_over", at=at, by=by)
        if state is not CampaignState.RUNNING:
            return None
    if message.deferred_until is not None and at < message.deferred_until:
        return None
    verdict = privacy.verdict(
        message.customer,
        channel=message.channel,
        purpose=message.purpose or "",
        message_class=message.message_class,
        contact_point=message.contact_point,
        also_released=just_now,
        at=at,
    )
    return _after(verdict, message, at, by, policy)


def _after(
    verdict: Verdict, message: Message, at: datetime, by: Actor | None, policy: SendPolicy
) -> Change[Message] | None:
    if verdict.answer is Permission.DENY:
        return message.cancel(verdict.reason, at=at, by=by)
    if message.state is MessageState.SOFT_BOUNCED:
        return _tried_again(verdict, message, at, by, policy)
    if verdict.until is not None:
        because = DeferReason.CAP if verdict.reason is Reason.CAP else DeferReason.QUIET
        return message.defer(because, until=verdict.until, at=at, by=by)
    return message.release(told(verdict, at), at=at, by=by, policy=policy)


def _tried_again(
    verdict: Verdict, message: Message, at: datetime, by: Actor | None, policy: SendPolicy
) -> Change[Message] | None:
    if message.bounces > policy.retries:
        return message.drop("bounced_too_often", at=at, by=by)
    return message.retry(told(verdict, at), at=at, by=by, policy=policy) if verdict.allowed else None
