"""Adapters that are wrong, each in one way that adapters have been wrong in: the proof that the kit has teeth.

Every one of them must break a clause of the kit, and for nearly every clause there is one that it alone catches
(docs/kill_matrix.md says which). A kit that all of them pass would say nothing about an adapter that passes it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from relcore.testing.candidate import Candidate
from relcore.testing.saboteurs import (
    batches,
    columns,
    custom,
    declarations,
    deliveries,
    keys,
    log,
    owners,
    pages,
    protection,
    questions,
    races,
    tasks,
    tenants,
    values,
    versions,
)

FAMILIES = (
    versions, batches, keys, owners, questions, pages, values, custom, log, deliveries, columns, tenants, races, tasks,
    declarations, protection,
)  # fmt: skip


def _saboteurs(family: ModuleType) -> Iterator[type[Any]]:
    """Every public class that a file of these makes."""
    for name, made in vars(family).items():
        if isinstance(made, type) and made.__module__ == family.__name__ and not name.startswith("_"):
            yield made


def _candidate(saboteur: Any) -> Callable[[Path], Candidate]:
    """Made by the saboteur itself, or one store in memory, to which every handle leads."""

    def in_memory(_: Path) -> Candidate:
        held = saboteur()
        return Candidate(lambda: held)

    return getattr(saboteur, "candidate", in_memory)


SABOTEURS: Mapping[type[Any], Callable[[Path], Candidate]] = {
    saboteur: _candidate(saboteur) for family in FAMILIES for saboteur in _saboteurs(family)
}
"""Each with a way to make a candidate of it that keeps what it keeps in a folder."""
