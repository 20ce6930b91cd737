"""The roles in which a party is known to us, each with its dates.

One party is many things at once, and not for ever: a donor who is employed here, a vendor that was a customer last year.
A second record per role is how companies come to know their best customer as three strangers (L. Silverston, *The Data
Model Resource Book*, vol. 1, 2001, ch. 2: party and party role).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import attrs

from relcore.kernel.clock import aware, moment, moment_or_none
from relcore.kernel.entity import a
from relcore.kernel.errors import Invalid


class PartyRole(StrEnum):
    """What somebody is to us."""

    CUSTOMER = "customer"
    PROSPECT = "prospect"
    VENDOR = "vendor"
    PARTNER = "partner"
    EMPLOYEE = "employee"
    DONOR = "donor"
    MEMBER = "member"
    CONSTITUENT = "constituent"
    """Whom a public body or an association answers to."""


@attrs.frozen
class RoleHeld:
    """A role from ``since`` to just before ``until``; without ``until`` its end is not known yet."""

    role: PartyRole = attrs.field(validator=a(PartyRole))
    since: datetime = attrs.field(converter=moment)
    until: datetime | None = attrs.field(default=None, converter=moment_or_none)

    def __attrs_post_init__(self) -> None:
        if self.until is not None and self.until <= self.since:
            raise Invalid("until", "must be after the role began", self.until)

    def holds(self, at: datetime) -> bool:
        """Whether the role is held at that moment."""
        moment = aware("at", at)
        return self.since <= moment and (self.until is None or moment < self.until)

    def reaches(self, moment: datetime) -> bool:
        """Whether some of it lies at that moment or later."""
        return self.until is None or moment < self.until


def joined(*held: Iterable[RoleHeld]) -> tuple[RoleHeld, ...]:
    """What two records of one party say together: times of one role that meet or overlap are one time.

    In the order of their beginnings, so that who is asked first makes no difference.
    """
    spans = sorted({span for spans in held for span in spans}, key=lambda span: (span.role, span.since))
    whole: list[RoleHeld] = []
    for span in spans:
        last = whole[-1] if whole else None
        if last is None or last.role is not span.role or (last.until and last.until < span.since):
            whole.append(span)
        elif last.until is not None and (span.until is None or last.until < span.until):
            whole[-1] = RoleHeld(last.role, last.since, span.until)
    return tuple(sorted(whole, key=lambda span: (span.since, span.role)))
