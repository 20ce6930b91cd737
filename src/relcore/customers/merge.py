"""A merge: the statement that two records are one customer, with all that is needed to take it back.

It is an event with its inverse: which fields the survivor took over under which policy, what stood there before, which
earlier redirects were shortened, and which consents and suppressions were carried over. Nothing of the loser is copied here, for the
loser itself is kept as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import deep_iterable, optional

from relcore.customers.role import RoleHeld
from relcore.ids import ConsentId, CustomerId, MergeId, SuppressionId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared, without_personal
from relcore.kernel.entity import PERSONAL, Entity, a, evolve, hidden, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link, Text


class MergeState(StrEnum):
    """Whether the two still count as one."""

    STANDING = "standing"
    UNDONE = "undone"
    ERASED = "erased"


MergeMove = Literal["make", "undo", "erase"]
STANDING, UNDONE, ERASED = MergeState.STANDING, MergeState.UNDONE, MergeState.ERASED


@guard("that is before it was made")
def after_it_was_made(merge: Merge, given: Given) -> bool:
    return given.at >= merge.made_at


merge_lifecycle = Lifecycle["Merge", MergeState, MergeMove](
    "merge",
    version=1,
    states={STANDING: Category.WON, UNDONE: Category.VOID, ERASED: Category.VOID},
    final=(ERASED,),
    moves=(
        begin("make", to=STANDING, needs=["loser", "survivor", "policy"]),
        move("undo", STANDING, to=UNDONE, when=[after_it_was_made], needs=["undo_reason"]),
        move("erase", STANDING, UNDONE, to=ERASED, effects=["purge_log"]),
    ),
)


@attrs.frozen
class Merge(Entity[MergeId, MergeState, MergeMove]):
    """One merge. ``taken`` names the fields that the survivor took from the loser, ``former_...`` is what it had before,
    ``redirected`` are the records that had been merged into the loser; ``consents`` and ``suppressions`` were carried over.
    """

    lifecycle: ClassVar = merge_lifecycle

    id: MergeId = attrs.field(validator=a(MergeId))
    loser: CustomerId = attrs.field(validator=a(CustomerId))
    survivor: CustomerId = attrs.field(validator=a(CustomerId))
    policy: str = attrs.field(validator=text)
    made_at: datetime = attrs.field(converter=moment)
    state: MergeState = attrs.field(default=STANDING, validator=a(MergeState))
    because: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    taken: tuple[str, ...] = attrs.field(default=(), validator=deep_iterable(a(str)))
    former_name: str | None = attrs.field(
        default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none
    )
    former_owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    former_roles: tuple[RoleHeld, ...] = attrs.field(default=(), validator=deep_iterable(a(RoleHeld)))
    redirected: tuple[CustomerId, ...] = attrs.field(default=(), validator=deep_iterable(a(CustomerId)))
    consents: tuple[ConsentId, ...] = attrs.field(default=(), validator=deep_iterable(a(ConsentId)))
    suppressions: tuple[SuppressionId, ...] = attrs.field(
        default=(), validator=deep_iterable(a(SuppressionId))
    )
    undo_reason: str | None = attrs.field(default=None, validator=text_or_none)
    undone_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    @classmethod
    def make(
        cls,
        id: MergeId,
        *,
        loser: CustomerId,
        survivor: CustomerId,
        policy: str,
        at: datetime,
        by: Actor | None = None,
        because: str | None = None,
        taken: Sequence[str] = (),
        former_name: str | None = None,
        former_owner: Actor | None = None,
        former_roles: Sequence[RoleHeld] = (),
        redirected: Sequence[CustomerId] = (),
        consents: Sequence[ConsentId] = (),
        suppressions: Sequence[SuppressionId] = (),
    ) -> Change[Merge]:
        """Two records are one customer from now on; ``because`` says in words what was seen."""
        if loser == survivor:
            raise Invalid("survivor", "must be another customer than the loser", survivor)
        merge = cls(
            id,
            loser,
            survivor,
            policy,
            at,
            because=because,
            taken=tuple(taken),
            former_name=former_name,
            former_owner=former_owner,
            former_roles=tuple(former_roles),
            redirected=tuple(redirected),
            consents=tuple(consents),
            suppressions=tuple(suppressions),
        )
        return merge_lifecycle.begin(merge, "make", at=at, by=by)

    def undo(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Merge]:
        """They are two after all. Committed together with the loser's ``unmerge``: see ``relcore.workflows.unmerge``."""
        step = merge_lifecycle.step(self, "undo", at=at, by=by)
        return step.change(evolve(self, state=step.to, undo_reason=reason, undone_at=at))

    def erase(self, *, at: datetime, by: Actor | None = None) -> Change[Merge]:
        """What it keeps of a person goes, and with it the way back."""
        step = merge_lifecycle.step(self, "erase", at=at, by=by)
        gone = evolve(self, state=step.to, because=None, former_name=None, former_owner=None)
        return step.change(evolve(gone, former_roles=(), custom=without_personal(self)))


class MergeFields:
    """What may be asked about merges."""

    loser = Link(Merge, CustomerId, index=True)
    survivor = Link(Merge, CustomerId, index=True)
    policy = Text(Merge)
    made_at = Instant(Merge)
    state = Choice(Merge, MergeState)
