"""A repository whose connection breaks once: before a call arrives, or on the way back, when the work is already done."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import attrs

from relcore.kernel.errors import CommitUnknown, Disconnected, RelcoreError
from relcore.kernel.repository import Batch, Capabilities, Receipt

T = TypeVar("T")


class Fault(StrEnum):
    """Where the connection breaks."""

    BEFORE = "before"
    """The call never arrives: ``Disconnected``, nothing is done."""
    AFTER = "after"
    """The answer is lost: ``CommitUnknown`` of a commit, and the commit is done."""


@attrs.define(eq=False)
class Faulty:
    """Every verb of the inner repository; its call number ``at``, counted from 0, goes wrong."""

    inner: Any
    at: int
    fault: Fault
    calls: int = 0
    broke: bool = False

    @property
    def capabilities(self) -> Capabilities:
        declared: Capabilities = self.inner.capabilities
        return declared

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt: Receipt = self._call(lambda: self.inner.commit(tenant, batch), CommitUnknown(batch.key))
        return receipt

    def fetch(self, refs: Any) -> Any:
        return self._call(lambda: self.inner.fetch(refs), Disconnected("the trial"))

    def find(self, *asked: Any, **more: Any) -> Any:
        return self._call(lambda: self.inner.find(*asked, **more), Disconnected("the trial"))

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        known: Receipt | None = self._call(lambda: self.inner.receipt(tenant, key), Disconnected("the trial"))
        return known

    def _call(self, act: Callable[[], T], lost: RelcoreError) -> T:
        self.calls += 1
        if self.calls - 1 != self.at:
            return act()
        self.broke = True
        if self.fault is Fault.BEFORE:
            raise Disconnected("the trial")
        act()
        raise lost
