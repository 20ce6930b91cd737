"""Writes kill_matrix.md: every saboteur with every clause that it breaks. Run it when clauses or saboteurs change.

python docs/kill_matrix.py
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from relcore.testing import check, clauses
from relcore.testing.saboteurs import SABOTEURS

PAGE = Path(__file__).with_name("kill_matrix.md")
HEAD = """# The kill matrix

A kit that every adapter passes would say nothing about any of them. So it is tried on adapters that are wrong: each of these
{count} is the reference adapter but for one thing, and each thing is one that real adapters have got wrong. A saboteur that
no clause catches fails the build.

They ship with the kit, in `relcore.testing.saboteurs`. This page is written by `docs/kill_matrix.py`; `make test` tries the
first clause of each row, `make verify` all of them.

| saboteur | what is wrong with it | clauses that say so |
|---|---|---|
"""


def killers(saboteur: type[Any]) -> list[str]:
    """The clauses that a saboteur breaks, each tried on a fresh one."""
    broken = list[str]()
    for clause in clauses():
        with TemporaryDirectory() as folder:
            try:
                check(clause, SABOTEURS[saboteur](Path(folder)))
            except Exception:  # noqa: BLE001  # whatever it raises, it says that something is wrong
                broken.append(clause.id)
    return broken


def main() -> None:
    rows = list[str]()
    for saboteur in SABOTEURS:
        wrong = " ".join((saboteur.__doc__ or "").split()).replace("``", "`")
        rows.append(f"| `{saboteur.__name__}` | {wrong} | {', '.join(killers(saboteur))} |")
        print(rows[-1], flush=True)
    PAGE.write_text(HEAD.format(count=len(SABOTEURS)) + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
