"""Somebody wants no more of these: one click, and everything that follows from it, in one commit.

Crosses marketing and privacy: the message notes who clicked, the consent is withdrawn, the way through the campaign ends,
and what was about to leave does not. Nobody is asked why (GDPR article 7 (3): as easy to withdraw as to give).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from relcore.ids import SuppressionId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.marketing.enrolment import ON_THE_WAY, Enrolment, ExitReason
from relcore.marketing.message import Message, MessageState
from relcore.privacy.consent import Consent
from relcore.privacy.suppression import Suppression, SuppressionKind

QUEUED = (MessageState.PLANNED, MessageState.DEFERRED, MessageState.RELEASED, MessageState.SOFT_BOUNCED)


def opted_out(
    message: Message,
    *,
    controller: str,
    consents: Iterable[Consent],
    enrolments: Iterable[Enrolment] = (),
    queued: Iterable[Message] = (),
    at: datetime,
    by: Actor,
) -> tuple[Change[Message | Consent | Suppression | Enrolment], ...]:
    """All changes that an unsubscribing click in this message makes, from what was read about its customer.

    Every consent to its purpose on its channel is withdrawn. Where there is none (the message rested on something else)
    a suppression of that list is imposed: a click is never without effect.
    """
    about = (message.customer, message.channel, message.purpose)
    consents = [
        c for c in consents if (c.customer, c.channel, c.purpose, c.controller) == (*about, controller)
    ]
    changes = list[Change[Message | Consent | Suppression | Enrolment]]()
    changes.append(message.unsubscribe(at=at, by=by))
    changes += [consent.withdraw(at=at, by=by) for consent in consents]
    if not consents:
        changes.append(
            Suppression.impose(
                SuppressionId.imported("opt_out", message.id),
                kind=SuppressionKind.LIST_OPT_OUT,
                reason="unsubscribed",
                customer=message.customer,
                channel=message.channel,
                purpose=message.purpose,
                controller=controller,
                at=at,
                by=by,
            )
        )
    changes += [
        enrolment.exit(ExitReason.OPT_OUT, at=at, by=by)
        for enrolment in enrolments
        if enrolment.id == message.enrolment and enrolment.state in ON_THE_WAY
    ]
    changes += [
        other.cancel("withdrawn", at=at, by=by)
        for other in queued
        if other.id != message.id
        and other.state in QUEUED
        and (other.customer, other.channel, other.purpose) == about
    ]
    return tuple(changes)
