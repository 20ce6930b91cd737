"""Adapters that are wrong, each in one way that adapters have been wrong in: the proof that the kit has teeth.

Every one of them must break a clause of the kit (docs/kill_matrix.md says which). A kit that all of them pass would say
nothing about an adapter that passes it too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from relcore.storage.memory import MemoryRepository
from relcore.storage.sql import sqlite
from relcore.testing.candidate import Candidate
from relcore.testing.saboteurs.deliveries import (
    DeliversByEntity,
    LogsOneLinePerCommit,
    LogsWhatIsAndNotWhatChanged,
    LosesALineAtThePageBreak,
    NumbersBeforeItCommits,
    ScansEverything,
    ScansFullChunksOnly,
    ScansWhatIsNow,
)
from relcore.testing.saboteurs.protection import KeepsTheKey, SealsRowsOnly
from relcore.testing.saboteurs.questions import (
    CutsBeforeItSorts,
    DropsLongLists,
    DropsWhatItDoesNotKnow,
    FetchesInItsOwnOrder,
    FoldsCase,
    ForgetsTheDirection,
    HasNoTieBreaker,
    HasThreeTruths,
    HasWildcards,
    PutsNothingFirst,
    SharesKeys,
    SharesWhatIsUnique,
    ShowsTheNeighbours,
)
from relcore.testing.saboteurs.values import (
    AcknowledgesBeforeItWrites,
    CutsText,
    IsTornByCancellation,
    KeepsMilliseconds,
    KeepsMoneyAsFloat,
    Overdeclares,
    TakesNothingForEmpty,
)
from relcore.testing.saboteurs.writes import (
    AnswersAnyBatch,
    ComparesOutsideTheWrite,
    CountsTwice,
    FindsTheDead,
    ForgetsKeys,
    ForgetsReads,
    ForgetsVersions,
    GivesToEverybody,
    LetsTheDeadKeepTheirs,
    LogsWhatWasRefused,
    RaisesTheDead,
    RecallsTheRowOfToday,
    RemembersTheKeyFirst,
    TakesTheDeadForAbsent,
    TellsTheExpectedVersion,
    WritesOneByOne,
)

_IN_MEMORY: tuple[type[MemoryRepository], ...] = (
    ForgetsVersions,
    ComparesOutsideTheWrite,
    TellsTheExpectedVersion,
    CountsTwice,
    ForgetsReads,
    WritesOneByOne,
    LogsWhatWasRefused,
    RemembersTheKeyFirst,
    ForgetsKeys,
    AnswersAnyBatch,
    RecallsTheRowOfToday,
    RaisesTheDead,
    FindsTheDead,
    TakesTheDeadForAbsent,
    LetsTheDeadKeepTheirs,
    GivesToEverybody,
    HasThreeTruths,
    DropsWhatItDoesNotKnow,
    DropsLongLists,
    FoldsCase,
    HasWildcards,
    PutsNothingFirst,
    HasNoTieBreaker,
    ForgetsTheDirection,
    CutsBeforeItSorts,
    FetchesInItsOwnOrder,
    ShowsTheNeighbours,
    SharesKeys,
    SharesWhatIsUnique,
    LogsOneLinePerCommit,
    LogsWhatIsAndNotWhatChanged,
    DeliversByEntity,
    LosesALineAtThePageBreak,
    NumbersBeforeItCommits,
    ScansWhatIsNow,
    ScansFullChunksOnly,
    ScansEverything,
    CutsText,
    KeepsMilliseconds,
    KeepsMoneyAsFloat,
    TakesNothingForEmpty,
)


def _kept(repository: Any) -> Callable[[Path], Candidate]:
    """One store in memory, to which every handle leads."""

    def candidate(_: Path) -> Candidate:
        held = repository()
        return Candidate(lambda: held)

    return candidate


def _forgetful(folder: Path) -> Candidate:
    return Candidate(partial(_opened_forgetful, folder / "crm.db"))


def _opened_forgetful(path: Path) -> AcknowledgesBeforeItWrites:
    return AcknowledgesBeforeItWrites(sqlite(path))


SABOTEURS: Mapping[type[Any], Callable[[Path], Candidate]] = {
    **{saboteur: _kept(saboteur) for saboteur in _IN_MEMORY},
    Overdeclares: _kept(Overdeclares),
    IsTornByCancellation: _kept(IsTornByCancellation),
    AcknowledgesBeforeItWrites: _forgetful,
    KeepsTheKey: KeepsTheKey.candidate,
    SealsRowsOnly: SealsRowsOnly.candidate,
}
"""Each with a way to make a candidate of it that keeps what it keeps in a folder."""
