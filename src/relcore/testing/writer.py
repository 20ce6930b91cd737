"""A writer in a process of its own, which says what was acknowledged until it is killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import attrs

from relcore.customers.customer import Customer
from relcore.ids import CaseId, CustomerId
from relcore.kernel.repository import Receipt
from relcore.service.case import Case
from relcore.storage.workspace import Workspace
from relcore.testing.candidate import Candidate
from relcore.testing.trial import NOON, Trial


@attrs.frozen
class Work:
    """What is to be written, batch after batch: the customer is called by the number of the batch, and has new cases."""

    tenant: str
    customer: CustomerId
    cases: Mapping[int, tuple[CaseId, ...]]
    """By the number of their batch; the first batch is number 1."""

    def key(self, number: int) -> str:
        return f"{self.customer}/{number}"

    def commit(self, workspace: Workspace, number: int) -> Receipt:
        """One batch. It may be said again."""
        customer = workspace.get(Customer, self.customer)
        return workspace.commit(
            customer.rename(str(number), at=NOON),
            *(Case.open(id, customer=self.customer, subject="Hello", at=NOON) for id in self.cases[number]),
            key=self.key(number),
        )


def write(open: Callable[[], Any], work: Work, said: Connection) -> None:
    """All of the work, saying the number of each batch when it is acknowledged. This is the other process."""
    with Trial(Candidate(open)) as trial:
        workspace = trial.workspace_of(work.tenant)
        for number in sorted(work.cases):
            work.commit(workspace, number)
            said.send(number)


class Writer:
    """The process, from here. Leaving the block kills it.

    It is spawned and not forked: a copy of open connections and locks would be no other process.
    """

    def __init__(self, open: Callable[[], Any], work: Work) -> None:
        spawn = get_context("spawn")
        self._said, said = spawn.Pipe(duplex=False)
        self._process = spawn.Process(target=write, args=(open, work, said), daemon=True)
        self._process.start()
        said.close()
        self.last: int | None = None
        """The last batch that is known to be acknowledged."""

    def hear(self) -> int:
        """The next acknowledgement."""
        try:
            self.last = number = int(self._said.recv())
        except EOFError:
            self._process.join()
            raise AssertionError(
                f"the writer ended by itself, with {self._process.exitcode}, after {self.last}"
            ) from None
        return number

    def kill(self) -> int | None:
        """Let it do nothing more, not even clean up. What it had said before is heard to the end."""
        self._process.kill()
        self._process.join()
        while True:
            try:
                self.last = int(self._said.recv())
            except (EOFError, OSError):
                return self.last

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._said.close()
