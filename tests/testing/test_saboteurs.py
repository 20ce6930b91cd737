"""The kit has teeth: whoever is wrong in one way is told so by a clause of a name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from relcore.testing import Clause, check
from relcore.testing.clause import clause_of
from relcore.testing.saboteurs import SABOTEURS

PAGE = Path(__file__).parents[2] / "docs" / "kill_matrix.md"
every_saboteur = pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda saboteur: saboteur.__name__)


def published() -> dict[str, tuple[str, list[str]]]:
    """Name to what is wrong and the clauses that say so, as the page has them."""
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (wrong, re.findall(r"[A-Z]+\d+", killers)) for name, wrong, killers in rows}


def breaks(saboteur: type[Any], clause: Clause, folder: Path) -> bool:
    try:
        check(clause, SABOTEURS[saboteur](folder))
    except Exception:  # noqa: BLE001  # whatever it raises, it says that something is wrong
        return True
    return False


def told(saboteur: type[Any]) -> str:
    return " ".join((saboteur.__doc__ or "").split()).replace("``", "`")


def test_the_page_lists_every_saboteur_with_what_is_wrong_with_it() -> None:
    assert {name: wrong for name, (wrong, _) in published().items()} == {
        s.__name__: told(s) for s in SABOTEURS
    }
    assert len(SABOTEURS) >= 20


@every_saboteur
def test_a_saboteur_breaks_the_first_clause_that_the_page_names(saboteur: type[Any], tmp_path: Path) -> None:
    _, (first, *_) = published()[saboteur.__name__]

    assert breaks(saboteur, clause_of(first), tmp_path)


@pytest.mark.verify
@every_saboteur
def test_a_saboteur_breaks_every_clause_that_the_page_names(saboteur: type[Any], tmp_path: Path) -> None:
    _, named = published()[saboteur.__name__]

    held = [id for n, id in enumerate(named) if not breaks(saboteur, clause_of(id), folder_of(tmp_path, n))]

    assert not held


def folder_of(path: Path, number: int) -> Path:
    folder = path / str(number)
    folder.mkdir()
    return folder
