"""Writes kill_matrix.md: every saboteur with every clause that it breaks. Run it when clauses or saboteurs change.

python docs/kill_matrix.py
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from relcore.testing import Clause, check, clauses
from relcore.testing.saboteurs import SABOTEURS

PAGE = Path(__file__).with_name("kill_matrix.md")
HEAD = """# The kill matrix

A kit that every adapter passes would say nothing about any of them. So it is tried on adapters that are wrong: each of these
{count} is the reference adapter but for one thing, and each thing is one that real adapters have got wrong. A saboteur that
no clause catches fails the build.

They ship with the kit, in `relcore.testing.saboteurs`. This page is written by `docs/kill_matrix.py`; `make test` tries the
first clause of each row, `make verify` every one of it. The clauses that race, crash or explore (C, F, K, M, N10 and on,
W, Y) are long, and are named only where no other says what is wrong.

| saboteur | what is wrong with it | clauses that say so |
|---|---|---|
"""


LONG = re.compile("[CFKMWY]|N1[0-9]")


def killers(saboteur: type[Any]) -> list[str]:
    """The clauses that a saboteur breaks: of the short ones all, and if it is none of them, of the long ones."""
    short = [clause for clause in clauses() if not LONG.match(clause.id)]
    long = [clause for clause in clauses() if LONG.match(clause.id)]
    return broken(saboteur, short) or broken(saboteur, long)


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


def main() -> None:
    rows = list[str]()
    for saboteur in SABOTEURS:
        wrong = " ".join((saboteur.__doc__ or "").split()).replace("``", "`")
        rows.append(f"| `{saboteur.__name__}` | {wrong} | {', '.join(killers(saboteur))} |")
        print(rows[-1], flush=True)
    PAGE.write_text(HEAD.format(count=len(SABOTEURS)) + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
