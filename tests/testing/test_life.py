"""A life is the same when it is lived twice, and another one when something is not the same."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from relcore.kernel.errors import Gone, VersionConflict
from relcore.storage import in_memory
from relcore.testing import Candidate
from relcore.testing.clause import Broken
from relcore.testing.life import COLUMNS, LOG, ROWS, Life, drained, pages
from relcore.testing.promises.neighbours import rows_are_undisturbed
from relcore.testing.saboteurs import SABOTEURS
from relcore.testing.saboteurs.tenants import ShowsTheNeighbours
from relcore.testing.trial import Trial


def lives(count: int, seed: int = 7) -> list[Life]:
    held = in_memory()
    trial = Trial(Candidate(lambda: held))
    return [Life.begin(trial, Random(seed), ROWS + LOG + COLUMNS) for _ in range(count)]


def test_two_lives_with_the_same_chance_see_the_same() -> None:
    one, other = lives(2)

    seen = [one.step() for _ in range(60)]

    assert seen == [other.step() for _ in range(60)]
    assert len(one.rows) > 10
    assert {row.__class__.__name__ for row in one.rows} == {"Customer", "Case", "Opportunity", "Quote"}


def test_what_is_seen_names_entities_and_has_no_id_of_its_own() -> None:
    (one,) = lives(1)

    seen = repr([one.step() for _ in range(60)])

    assert "<Customer 0>" in seen
    assert not re.search("_[0-9a-f]{32}", seen)


def test_refusals_are_among_what_is_seen() -> None:
    (one,) = lives(1)

    seen = repr([one.step() for _ in range(100)])

    assert VersionConflict.__name__ in seen
    assert Gone.__name__ in seen


def test_pages_and_deliveries_come_to_an_end() -> None:
    (one,) = lives(1)
    for _ in range(40):
        one.step()

    entries, after = drained(one.workspace, None, limit=2)

    assert drained(one.workspace, after, limit=2) == ([], after)
    assert len(entries) >= len({row.id for row in one.rows})
    kind = one.rows[0].__class__
    rows = [row for page in pages(one.workspace, kind, limit=1) for row in page.rows]
    assert rows == list(one.workspace.each(kind))


def test_a_neighbour_who_is_seen_is_told(tmp_path: Path) -> None:
    candidate = SABOTEURS[ShowsTheNeighbours](tmp_path)

    with Trial(candidate) as trial, pytest.raises(Broken, match="what is seen in step"):
        rows_are_undisturbed(trial)
