"""``python -m benchmarks`` answers every question, with names of files those; each answer is kept in the place of its last."""

from __future__ import annotations

import argparse
import sys

from benchmarks import report
from benchmarks.harness import FILES, Answer, DisagreementError, answers, questions


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"of {', '.join(FILES)}; all unless named")
    parser.add_argument("--seconds", type=float, default=1.5, help="that each process measures (default 1.5)")
    parser.add_argument("--dry", action="store_true", help="keep nothing")
    asked = parser.parse_args()
    if unknown := set(asked.files) - set(FILES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(FILES)}")
    results = report.Results.read()
    broken: list[Answer] = []
    try:
        for question in questions(asked.files or FILES):
            found = list(answers(question, asked.seconds))
            results = results.after(question.name, found)
            if not asked.dry:
                results.write()
            for answer in found:
                print(_told(answer), flush=True)
            broken += [answer for answer in found if not answer.holds]
    except DisagreementError as difference:
        print(f"the sides disagree, so there is nothing to time: {difference}", file=sys.stderr)
        return 1
    for answer in broken:
        print(
            f"broken: {answer.question.title} took {report.duration(answer.ours.best)} and is "
            f"{answer.ratio:.2f} times as fast as {answer.peer}, {report.promised(report.record(answer))}",
            file=sys.stderr,
        )
    return 1 if broken else 0


def _told(answer: Answer) -> str:
    told = report.row(report.record(answer))
    return f"{told[2]:>7} {told[3]:>12}  {told[0]}: {told[5]}, {told[1]} {told[6]}"


if __name__ == "__main__":
    sys.exit(main())
