"""``python -m relcore.testing package.module:function``: does this adapter keep its promises?"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from relcore.kernel.errors import RelcoreError
from relcore.testing.candidate import candidate
from relcore.testing.clause import clauses
from relcore.testing.conformance import Report, report


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every clause; 0 when all that is promised holds."""
    parser = argparse.ArgumentParser(prog="python -m relcore.testing", description=__doc__)
    parser.add_argument(
        "candidate", help="package.module:function that opens a repository, or makes a Candidate"
    )
    parser.add_argument("--json", action="store_true", help="the verdicts as JSON")
    parser.add_argument(
        "--thorough", action="store_true", help="many rounds where chance decides what is tried"
    )
    parser.add_argument("--only", nargs="+", metavar="ID", default=[], help="these clauses, such as V3 Q2")
    given = parser.parse_args(arguments)
    try:
        known = clauses()
        if unknown := set(given.only) - {clause.id for clause in known}:
            parser.error(f"no such clause: {', '.join(sorted(unknown))}")
        chosen = [clause for clause in known if not given.only or clause.id in given.only]
        told = report(candidate(given.candidate), chosen, thorough=given.thorough)
    except RelcoreError as wrong:
        parser.error(str(wrong))
    sys.stdout.write(_json(told) if given.json else f"{told}\n")
    return 1 if told.broken else 0


def _json(told: Report) -> str:
    verdicts = [{"clause": v.clause.id, "outcome": v.outcome, "why": v.why} for v in told.verdicts]
    return json.dumps({"level": told.capabilities.level.name, "verdicts": verdicts}, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
