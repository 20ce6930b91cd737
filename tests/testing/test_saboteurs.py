"""The kit has teeth: whoever is wrong in one way is told so by a clause of a name, and no clause could be done without."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from relcore.testing import Clause, check, clauses
from relcore.testing.clause import clause_of
from relcore.testing.saboteurs import SABOTEURS
from relcore.testing.saboteurs.never_alone import AT_THE_DOOR, NEVER_ALONE

PAGE = Path(__file__).parents[2] / "docs" / "kill_matrix.md"
BY_LOT = "M1"
every_saboteur = pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda saboteur: saboteur.__name__)


@cache
def published() -> dict[str, tuple[str, list[str]]]:
    """Name to what is wrong and the clauses that say so, as the page has them."""
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (wrong, re.findall(r"[A-Z]+\d+", killers)) for name, wrong, killers in rows}


def named(saboteur: type[Any]) -> list[str]:
    return published()[saboteur.__name__][1]


def stand_alone() -> set[str]:
    """The clauses that are the only ones to catch somebody."""
    return {only for _, (only, *others) in published().values() if not others}


def breaks(saboteur: type[Any], clause: Clause, folder: Path) -> bool:
    folder.mkdir()
    try:
        check(clause, SABOTEURS[saboteur](folder))
    except Exception:  # noqa: BLE001  # whatever it raises, it says that something is wrong
        return True
    return False


def broken(saboteur: type[Any], among: Iterable[str], folder: Path) -> list[str]:
    return [id for id in among if breaks(saboteur, clause_of(id), folder / id)]


def told(saboteur: type[Any]) -> str:
    return " ".join((saboteur.__doc__ or "").split()).replace("``", "`")


def test_the_page_lists_every_saboteur_with_what_is_wrong_with_it() -> None:
    assert {name: wrong for name, (wrong, _) in published().items()} == {
        s.__name__: told(s) for s in SABOTEURS
    }


def test_every_clause_stands_alone_or_is_named_with_the_reason_why_it_does_not() -> None:
    assert {one.id for one in clauses()} - stand_alone() == NEVER_ALONE.keys()
    assert all(
        f"| {id} | {clause_of(id).promise} | {why} |" in PAGE.read_text("utf-8")
        for id, why in NEVER_ALONE.items()
    )


def test_every_clause_catches_somebody_unless_it_guards_the_door() -> None:
    caught = {id for _, killers in published().values() for id in killers}

    idle = {one.id for one in clauses()} - caught

    assert idle <= {id for id, why in NEVER_ALONE.items() if why == AT_THE_DOOR}


@every_saboteur
def test_a_saboteur_breaks_the_first_clause_that_the_page_names(saboteur: type[Any], tmp_path: Path) -> None:
    first, *_ = named(saboteur)

    assert broken(saboteur, [first], tmp_path)


@pytest.mark.verify
@every_saboteur
def test_a_saboteur_breaks_every_clause_that_the_page_names(saboteur: type[Any], tmp_path: Path) -> None:
    first, *others = named(saboteur)
    sure = [
        first,
        *(id for id in others if not id.startswith("C")),
    ]  # what is caught otherwise may win a race

    assert broken(saboteur, sure, tmp_path) == sure


@pytest.mark.verify
@every_saboteur
def test_where_a_clause_stands_alone_no_other_catches_the_saboteur(
    saboteur: type[Any], tmp_path: Path
) -> None:
    only, *others = named(saboteur)
    rest = () if others else [one.id for one in clauses() if one.id not in (only, BY_LOT)]

    assert not broken(saboteur, rest, tmp_path)
