"""Wrong about what happened: the log tells less of it than there was, or something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import attrs

from relcore.customers.customer import Customer
from relcore.kernel.entity import Ref
from relcore.kernel.ids import Id
from relcore.kernel.repository import Batch, Entry, Receipt
from relcore.sales.opportunity import Opportunity
from relcore.service.case import Case
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.handle import Handle


class _Logs(MemoryRepository):
    """Writes the log in its own way."""

    def logged(self, before: Sequence[Entry], lines: Sequence[Entry]) -> list[Entry]:
        """The lines as it writes them, behind those that are there."""
        raise NotImplementedError

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            known = len(self._held(tenant).log)
            receipt = super().commit(tenant, batch)
            log = self._tenants[tenant].log
            log[known:] = self.logged(log[:known], log[known:])
            return receipt


class LogsOneLinePerCommit(_Logs):
    """Several moves in one commit leave one line."""

    def logged(self, before: Sequence[Entry], lines: Sequence[Entry]) -> list[Entry]:
        return [line for line in lines if line.index == 0]


class LogsTheFirstKinds(_Logs):
    """The kinds that came with the first release are logged, and nobody thought of the others."""

    def logged(self, before: Sequence[Entry], lines: Sequence[Entry]) -> list[Entry]:
        first = (Customer.id_type, Case.id_type, Opportunity.id_type)
        return [line for line in lines if isinstance(line.id, first)]


class LogsWhenItHappened(_Logs):
    """A line is recorded at the moment of which it tells, and not at that at which it was told."""

    def logged(self, before: Sequence[Entry], lines: Sequence[Entry]) -> list[Entry]:
        return [attrs.evolve(line, recorded_at=line.event.at) for line in lines]


class LogsTheFieldsWithEachMove(_Logs):
    """What a version changed stands in each of its lines: who counts changes counts it several times."""

    def logged(self, before: Sequence[Entry], lines: Sequence[Entry]) -> list[Entry]:
        fields = {line.id: line.fields for line in reversed(lines)}
        return [attrs.evolve(line, fields=fields[line.id]) for line in lines]


class LogsWordsAsText(_Logs):
    """Of what changed, the state is read from the log as one, and every other word as plain text: it replays to nothing."""

    def logged(self, before: Sequence[Entry], lines: Sequence[Entry]) -> list[Entry]:
        return [
            line if line.version == 1 else attrs.evolve(line, fields=_as_text(line.fields)) for line in lines
        ]


def _as_text(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, StrEnum) and name != "state" else value
        for name, value in fields.items()
    }


class LogsNoFieldsOfTheHost(_Logs):
    """The log tells the fields that every CRM has, and none of the host's own."""

    def logged(self, before: Sequence[Entry], lines: Sequence[Entry]) -> list[Entry]:
        return [attrs.evolve(line, fields=_without_custom(line.fields)) for line in lines]


def _without_custom(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "custom"}


class LogsWhereItBegan(_Logs):
    """The state that a removal left is looked up in the first line of the entity, and not in its last."""

    def logged(self, before: Sequence[Entry], lines: Sequence[Entry]) -> list[Entry]:
        began: dict[Id, Any] = {line.id: line.event.to for line in reversed(before)}
        return [
            attrs.evolve(line, event=attrs.evolve(line.event, source=began[line.id]))
            if line.event.to == ""
            else line
            for line in lines
        ]


class JoinsEffectsByCommas(_Logs):
    """The effects of an event are kept as one text with commas in between."""

    def logged(self, before: Sequence[Entry], lines: Sequence[Entry]) -> list[Entry]:
        return [attrs.evolve(line, event=_split(line.event)) for line in lines]


def _split(event: Any) -> Any:
    return attrs.evolve(event, effects=tuple(part for one in event.effects for part in one.split(",")))


class LogsWhatIsAndNotWhatChanged(MemoryRepository):
    """The log forgets which fields a version changed, so that nothing can be replayed from it."""

    def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        return [attrs.evolve(entry, fields={}) if entry.version > 1 else entry for entry in super().log(ref)]


class TellsTheLogOfItsKind(MemoryRepository):
    """The log of one case is asked for by its kind, and that of all cases comes."""

    def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        if ref.entity is not Case:
            return super().log(ref)
        return [entry for entry in self._held(ref.tenant).log if isinstance(entry.id, Case.id_type)]


@attrs.frozen(eq=False)
class WritesTheEndLater(Handle):
    """The line of a removal waits in its handle for the next commit: till then the others see a log without an end."""

    known: dict[str, int] = attrs.field(init=False, factory=dict[str, int])

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        self.known[tenant] = len(self._tenants[tenant].log)
        return receipt

    def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        told, everything = super().log(ref), self._held(ref.tenant).log
        if len(everything) == self.known.get(ref.tenant):
            return told
        return [line for line in told if line.event.to or line is not everything[-1]]
