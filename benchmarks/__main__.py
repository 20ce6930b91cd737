"""``python -m benchmarks`` answers every question and keeps the results; with names of files, those, and keeps nothing."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.harness import FILES, Answer, DisagreementError, answers, questions

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"of {', '.join(FILES)}; all unless named")
    parser.add_argument("--seconds", type=float, default=1.5, help="that each process measures (default 1.5)")
    asked = parser.parse_args()
    if unknown := set(asked.files) - set(FILES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(FILES)}")
    circumstances = report.circumstances()
    found: list[Answer] = []
    try:
        for question in questions(asked.files or FILES):
            for answer in answers(question, asked.seconds):
                found.append(answer)
                print(_told(answer), flush=True)
    except DisagreementError as difference:
        print(f"the sides disagree, so there is nothing to time: {difference}", file=sys.stderr)
        return 1
    if not asked.files:
        (HERE / "results.md").write_text(report.markdown(found, circumstances), encoding="utf-8")
        kept = json.dumps(report.record(found, circumstances), indent=1)
        (HERE / "results.json").write_text(kept + "\n", encoding="utf-8")
    broken = [answer for answer in found if not answer.holds]
    for answer in broken:
        print(
            f"broken: {answer.question.title} took {report.duration(answer.ours.best)} and is "
            f"{answer.ratio:.2f} times as fast as {answer.peer}, {report.row(answer)[3]}",
            file=sys.stderr,
        )
    return 1 if broken else 0


def _told(answer: Answer) -> str:
    title, peer, ratio, promised, _, ours, theirs, _ = report.row(answer)
    return f"{ratio:>7} {promised:>12}  {title}: {ours}, {peer} {theirs}"


if __name__ == "__main__":
    sys.exit(main())
