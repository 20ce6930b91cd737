"""For tests: a clock that stands still, ids that count, and the kit that shows whether an adapter keeps its promises.

``python -m relcore.testing package.module:function`` runs every clause; ``check`` runs one, under whichever test runner.
"""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.testing.candidate import Candidate as Candidate
    from relcore.testing.clause import Clause as Clause
    from relcore.testing.clause import clauses as clauses
    from relcore.testing.conformance import Outcome as Outcome
    from relcore.testing.conformance import Report as Report
    from relcore.testing.conformance import check as check
    from relcore.testing.conformance import report as report
    from relcore.testing.counting_ids import CountingIds as CountingIds
    from relcore.testing.fixed_clock import FixedClock as FixedClock

__all__ = [
    "Candidate",
    "Clause",
    "CountingIds",
    "FixedClock",
    "Outcome",
    "Report",
    "check",
    "clauses",
    "report",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Candidate": "relcore.testing.candidate",
        "Clause": "relcore.testing.clause",
        "CountingIds": "relcore.testing.counting_ids",
        "FixedClock": "relcore.testing.fixed_clock",
        "Outcome": "relcore.testing.conformance",
        "Report": "relcore.testing.conformance",
        "check": "relcore.testing.conformance",
        "clauses": "relcore.testing.clause",
        "report": "relcore.testing.conformance",
    },
)
