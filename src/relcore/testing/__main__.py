"""``python -m relcore.testing package.module:function``: does this adapter keep its promises?"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from relcore.kernel.errors import RelcoreError
from relcore.testing.candidate import candidate
from relcore.testing.clause import Clause, clauses
from relcore.testing.conformance import Report, report

EXIT = "Ends with 0 when all that is promised holds, 1 when a clause is broken or has no verdict, 2 when nothing was tried."


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every clause; 0 when all that is promised holds."""
    parser = argparse.ArgumentParser(prog="python -m relcore.testing", description=__doc__, epilog=EXIT)
    parser.add_argument(
        "candidate",
        nargs="?",
        help="package.module:function that opens a repository, or makes a Candidate",
    )
    parser.add_argument("--list", action="store_true", help="the clauses with their levels; nothing is tried")
    parser.add_argument("--json", action="store_true", help="the clauses or their verdicts as JSON")
    parser.add_argument(
        "--thorough", action="store_true", help="many rounds where chance decides what is tried"
    )
    parser.add_argument("--only", nargs="+", metavar="ID", default=[], help="these clauses, such as V3 Q2")
    given = parser.parse_args(arguments)
    known = clauses()
    if unknown := sorted(set(given.only) - {clause.id for clause in known}):
        parser.error(f"no such clause: {', '.join(unknown)}")
    chosen = [clause for clause in known if not given.only or clause.id in given.only]
    if given.list:
        sys.stdout.write(_listed_as_json(chosen) if given.json else _listed(chosen))
        return 0
    if given.candidate is None:
        parser.error("name the candidate, or ask for --list")
    try:
        told = report(candidate(given.candidate), chosen, thorough=given.thorough)
    except RelcoreError as wrong:
        parser.error(str(wrong))
    sys.stdout.write(_as_json(told) if given.json else f"{told}\n")
    if told.holds:
        return 0
    return 1 if told.broken or told.silent else 2


def _listed(chosen: Sequence[Clause]) -> str:
    return "".join(f"{one.id:<4} {one.level.name:<9}  {one.promise}\n" for one in chosen)


def _listed_as_json(chosen: Sequence[Clause]) -> str:
    return json.dumps([_plain(clause) for clause in chosen], indent=1, ensure_ascii=False) + "\n"


def _as_json(told: Report) -> str:
    verdicts = [_plain(v.clause) | {"outcome": str(v.outcome), "why": v.why} for v in told.verdicts]
    plain = {
        "kit": told.kit,
        "level": told.capabilities.level.name,
        "shredding": told.capabilities.shredding,
        "holds": told.holds,
        "silent": [clause.id for clause in told.silent],
        "verdicts": verdicts,
    }
    return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


def _plain(clause: Clause) -> dict[str, str]:
    return {"clause": clause.id, "level": clause.level.name, "promise": clause.promise}


if __name__ == "__main__":
    sys.exit(main())
