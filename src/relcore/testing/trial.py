"""One adapter, one clause: the workspaces over it, and entities to try things with.

A trial has a tenant of its own, so that clauses do not see each other. Its entities refer only to what was committed before
them: a host may hold them to foreign keys.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import attrs

from relcore.customers.customer import Customer
from relcore.ids import CaseId, CustomerId, OpportunityId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.money import Money
from relcore.kernel.repository import Capabilities, Repository
from relcore.sales.opportunity import Opportunity
from relcore.sales.pipeline import Pipeline
from relcore.service.case import Case
from relcore.storage.workspace import Workspace
from relcore.testing.awaited import Awaited, Loop
from relcore.testing.candidate import Candidate
from relcore.testing.fixed_clock import FixedClock

E = TypeVar("E")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ADA, BOB = Actor("person", "ada"), Actor("person", "bob")
ANY_OF: tuple[type[Any], ...] = (Case, Customer, Opportunity)
"""The kinds of which a candidate must keep one to be asked anything."""
PIPELINE = Pipeline.of("new business", {"qualify": 0.1, "propose": 0.5, "negotiate": 0.8})


def assigned_to(owner: Actor) -> Callable[[Any], Change[Any]]:
    """A decision that can be taken on any of these."""
    return lambda held: held.assign(owner, at=NOON)


@attrs.define
class Trial:
    """What a clause is handed."""

    candidate: Candidate
    thorough: bool = False
    """Many rounds instead of a few, where chance decides what is tried."""
    clock: FixedClock = attrs.field(factory=lambda: FixedClock(NOON))
    _loop: Loop | None = attrs.field(init=False, default=None)
    _handles: list[Any] = attrs.field(init=False, factory=list[Any])
    _tenant: str | None = attrs.field(init=False, default=None)

    # --- the adapter ------------------------------------------------------------------------------

    @property
    def repository(self) -> Repository:
        """The first handle; waited for, if the adapter is async."""
        return cast("Repository", self._handles[0] if self._handles else self.reopened())

    @property
    def capabilities(self) -> Capabilities:
        return self.repository.capabilities

    @property
    def is_async(self) -> bool:
        return isinstance(self.repository, Awaited)

    def reopened(self) -> Repository:
        """Another handle on the same data."""
        handle = self.candidate.open()
        if inspect.isawaitable(handle):
            handle = self.loop.run(_awaited(handle))
        if inspect.iscoroutinefunction(handle.fetch):
            handle = Awaited(handle, self.loop)
        self._handles.append(handle)
        return cast("Repository", handle)

    @property
    def loop(self) -> Loop:
        if self._loop is None:
            self._loop = Loop()
        return self._loop

    @property
    def tenant(self) -> str:
        if self._tenant is None:
            self._tenant = self.candidate.tenant()
        return self._tenant

    @property
    def workspace(self) -> Workspace:
        """The workspace of this trial's tenant."""
        return self.workspace_of(self.tenant)

    def workspace_of(self, tenant: str, repository: Repository | None = None) -> Workspace:
        held = self.repository if repository is None else repository
        return Workspace(held, tenant=tenant, clock=self.clock, ids=self.candidate.ids)

    def another_tenant(self) -> Workspace:
        """Somebody else's workspace over the same adapter."""
        return self.workspace_of(self.candidate.tenant())

    def another_handle(self) -> Workspace:
        """The same tenant through a second handle."""
        return self.workspace_of(self.tenant, self.reopened())

    def rounds(self, few: int, many: int) -> int:
        return many if self.thorough else few

    # --- entities ---------------------------------------------------------------------------------

    def keeps(self, entity: type[Any]) -> bool:
        return not self.candidate.kinds or entity in self.candidate.kinds

    @property
    def kind(self) -> Any:
        """What a clause is tried with that is about no kind in particular: each of these has an owner, and an end."""
        return next(kind for kind in ANY_OF if self.keeps(kind))

    def new(self, *, workspace: Workspace | None = None) -> Change[Any]:
        """A new entity of that kind, not yet committed."""
        made: dict[type[Any], Callable[..., Change[Any]]] = {
            Case: self.case,
            Customer: self.customer,
            Opportunity: self.opportunity,
        }
        return made[self.kind](workspace=workspace)

    def ended(self, held: Any) -> Change[Any]:
        """Its last move, after which nobody can be assigned to it."""
        ends: dict[type[Any], Callable[..., Change[Any]]] = {
            Case: lambda: held.mark_spam(at=NOON),
            Customer: lambda: held.erase(at=NOON),
            Opportunity: lambda: held.void("made twice", at=NOON),
        }
        return ends[self.kind]()

    def bystander(self) -> Change[Any]:
        """A new entity that is nothing to the others: of another kind, where another is kept."""
        return self.customer("Bob") if self.keeps(Customer) else self.new()

    def customer(self, name: str = "Ada Byron", *, workspace: Workspace | None = None) -> Change[Customer]:
        """A new customer, not yet committed."""
        home = workspace or self.workspace
        return Customer.create(home.new(CustomerId), name=name, at=NOON, by=ADA, owner=ADA)

    def case(
        self,
        subject: str = "Cannot log in",
        *,
        of: CustomerId | None = None,
        workspace: Workspace | None = None,
    ) -> Change[Case]:
        """A new case, not yet committed, of a customer who is."""
        home = workspace or self.workspace
        return Case.open(
            home.new(CaseId), customer=of or self.kept_customer(home), subject=subject, at=NOON, by=ADA
        )

    def opportunity(
        self,
        amount: Money = Money("1200.00", "EUR"),
        *,
        of: CustomerId | None = None,
        workspace: Workspace | None = None,
    ) -> Change[Opportunity]:
        """A new opportunity, not yet committed, of a customer who is."""
        home = workspace or self.workspace
        return Opportunity.open(
            home.new(OpportunityId),
            customer=of or self.kept_customer(home),
            name="Forty seats",
            pipeline=PIPELINE,
            amount=amount,
            at=NOON,
            by=ADA,
        )

    def kept(self, change: Change[E]) -> E:
        """The entity of the change, once it is committed."""
        written: Any = change
        return self.workspace.commit(written).of(change)

    def now(self, entity: E) -> E:
        """The same entity, as it is kept now."""
        held: Any = entity
        kind: Any = type(entity)
        kept: E = self.workspace.get(kind, held.id)
        return kept

    def kept_customer(self, workspace: Workspace | None = None) -> CustomerId:
        """A customer who is committed already; of a candidate that keeps none, one whom only the host knows."""
        home = workspace or self.workspace
        if not self.keeps(Customer):
            return home.new(CustomerId)
        change = self.customer(workspace=home)
        home.commit(change)
        return change.entity.id

    # --- its end ----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for handle in self._handles:
            if (close := getattr(handle, "close", None)) is not None:
                close()
        if self._loop is not None:
            self._loop.stop()


async def _awaited(handle: Any) -> Any:
    return await handle
