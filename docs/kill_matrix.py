"""Writes kill_matrix.md: every saboteur with every clause that it breaks. Run it when clauses or saboteurs change.

python docs/kill_matrix.py                   # all of them: a quarter of an hour
python docs/kill_matrix.py CutsKeys          # some of them; what is told of the others stays as it is
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from relcore import Case, CustomFields
from relcore.kernel.words import Count, Text
from relcore.testing import Clause, check, clauses
from relcore.testing.clause import clause_of
from relcore.testing.saboteurs import FAMILIES, SABOTEURS
from relcore.testing.saboteurs.never_alone import NEVER_ALONE


class OwnFields(CustomFields):
    """A host's own, for the clauses that are about such."""

    asset = Text(Case)
    seats = Count(Case)


PAGE = Path(__file__).with_name("kill_matrix.md")
HEAD = """# The kill matrix

A kit that every adapter passes would say nothing about any of them. So it is tried on adapters that are wrong: each of these
{saboteurs} saboteurs is an adapter that is right but for one thing, and each thing is one that real adapters have got wrong.
They ship with the kit, in `relcore.testing.saboteurs`.

{alone} of the {clauses} clauses **stand alone**: there is a saboteur that this clause catches and no other does, so that without
it a broken adapter would pass. [The other {others}](#never-alone) say at the end of this page why they do not.

This page is written by `docs/kill_matrix.py`. `make test` tries the first clause of each row, and fails when a saboteur is not
caught or a clause neither stands alone nor says why. `make verify` tries every clause of each row, and where one stands alone,
that no other catches the saboteur. The clauses that race, crash or explore (C, F, K, N10 and on, W, Y) meet many things on
their way: they are named where at most one of the others says what is wrong. M1, which lives through histories drawn by lot and
catches whatever these happen to meet, is named where nobody else does.
"""
TABLE = """
## {title}

{told}

| saboteur | what is wrong with it | clauses that say so |
|---|---|---|
"""
TAIL = """
## Never alone

For these clauses nobody was found who is caught by one of them and by no other. *At the door* is what is up to the workspace, the
batch or the value itself, before an adapter is asked or behind it: no adapter can be wrong about it, and the tests open that
door and see the clause fail.

| clause | promise | why nobody is caught by it alone |
|---|---|---|
"""

LONG = re.compile("[CFKWY]|N1[0-9]")
BY_LOT = "M1"


def killers(saboteur: type[Any]) -> list[str]:
    """The clauses that a saboteur breaks: the short ones; the long ones, if it is at most one of these; M1, if it is none."""
    rest = [clause for clause in clauses() if clause.id != BY_LOT]
    found = broken(saboteur, [clause for clause in rest if not _is_long(clause)])
    if len(found) <= 1:
        found += broken(saboteur, sorted(filter(_is_long, rest), key=_is_race))
    return found or broken(saboteur, [clause_of(BY_LOT)])


def _is_long(clause: Clause) -> bool:
    return LONG.match(clause.id) is not None


def _is_race(clause: Clause) -> bool:
    """These take longest, and are named last: ``make test`` tries what is named first."""
    return clause.id.startswith("C")


def broken(saboteur: type[Any], among: Iterable[Clause]) -> list[str]:
    """Each is tried on a fresh one."""
    found = list[str]()
    for clause in among:
        with TemporaryDirectory() as folder:
            try:
                check(clause, SABOTEURS[saboteur](Path(folder)))
            except Exception:  # noqa: BLE001  # whatever it raises, it says that something is wrong
                found.append(clause.id)
    return found


def page(caught: dict[type[Any], list[str]]) -> str:
    """What is published, of each saboteur and those who catch it."""
    alone = {only for only, *others in caught.values() if not others}
    kit = clauses()
    head = HEAD.format(
        saboteurs=len(caught), clauses=len(kit), alone=len(alone), others=len(kit) - len(alone)
    )
    tables = "".join(_table(family, caught) for family in FAMILIES)
    reasons = [f"| {id} | {clause_of(id).promise} | {why} |\n" for id, why in NEVER_ALONE.items()]
    return head + tables + TAIL + "".join(reasons)


def _table(family: ModuleType, caught: dict[type[Any], list[str]]) -> str:
    title, _, told = " ".join((family.__doc__ or "").split()).partition(": ")
    rows = (row for saboteur, named in caught.items() for row in _row(family, saboteur, named))
    return TABLE.format(title=title, told=told[:1].upper() + told[1:]) + "".join(rows)


def _row(family: ModuleType, saboteur: type[Any], named: list[str]) -> Iterator[str]:
    if saboteur.__module__ == family.__name__:
        wrong = " ".join((saboteur.__doc__ or "").split()).replace("``", "`")
        yield f"| `{saboteur.__name__}` | {wrong} | {f'**{named[0]}**' if len(named) == 1 else ', '.join(named)} |\n"


def published() -> dict[str, list[str]]:
    """The clauses that catch each saboteur, as the page has them."""
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: re.findall(r"[A-Z]+\d+", named) for name, named in rows}


def main(names: Sequence[str]) -> None:
    known, caught = published() if names else {}, dict[type[Any], list[str]]()
    for saboteur in SABOTEURS:
        if saboteur.__name__ in names or saboteur.__name__ not in known:
            known[saboteur.__name__] = killers(saboteur)
            print(saboteur.__name__, *known[saboteur.__name__], flush=True)
        caught[saboteur] = known[saboteur.__name__]
    PAGE.write_text(page(caught), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
