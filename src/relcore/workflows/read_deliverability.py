"""What contact points say to the question whether somebody may be contacted: nothing arrives there, or not now.

Crosses customers and privacy. Nothing is stored twice: the contact point knows what bounced, and what follows from it is read
as suppressions whenever the question is asked, so that a rest that is over or an address that was verified needs no job.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from relcore.customers.bounce import DeliverabilityPolicy
from relcore.customers.contact_point import ContactPoint, ContactPointState
from relcore.ids import SuppressionId
from relcore.kernel.clock import aware
from relcore.privacy.suppression import Suppression, SuppressionKind


def undeliverable(
    points: Iterable[ContactPoint],
    *,
    at: datetime,
    policy: DeliverabilityPolicy = DeliverabilityPolicy(),
) -> tuple[Suppression, ...]:
    """A suppression for each channel of each contact point at which nothing would arrive now, with its end if it has one.

    To be handed to ``may_contact`` beside those that are kept, and not to be committed. Ask it with ``contact_point=``:
    one dead address is no reason not to write to another.
    """
    now = aware("at", at)
    return tuple(
        Suppression(
            SuppressionId.imported(channel, point.id),
            SuppressionKind.UNDELIVERABLE,
            now,
            point.customer,
            channel=channel,
            contact_point=point.id,
            until=_until(point, now, policy),
            reason=str(point.state),
        )
        for point in points
        if not point.reachable(now, policy)
        for channel in point.kind.channels
    )


def _until(point: ContactPoint, now: datetime, policy: DeliverabilityPolicy) -> datetime | None:
    """When it is worth trying again: at the end of a rest, or when an address begins to hold."""
    if point.state not in (ContactPointState.UNVERIFIED, ContactPointState.VALID):
        return None
    ahead = (point.rests_until(policy), point.validity.since)
    return max((moment for moment in ahead if moment is not None and moment > now), default=None)
