"""The main job, as a stranger runs it: once, twice, and killed in the middle."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMITS = 30
"""5 batches of customers, 14 of orders, one for the cases, four moves of one of them, a campaign, 2 of consents, 3 of
enrolments."""
CLOCK_COLUMNS = {"recorded_at"}
"""What the wall clock writes; all else comes from the data."""


def start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "examples" / "quickstart.py"), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(folder: Path) -> str:
    process = start(folder)
    told, failed = process.communicate(timeout=120)
    assert process.returncode == 0, failed
    return told


def rows(folder: Path, *, without: set[str] = CLOCK_COLUMNS) -> Mapping[str, list[tuple[object, ...]]]:
    """Every row of every table, in an order that does not depend on when it was written."""
    with sqlite3.connect(folder / "crm.db") as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        held = dict[str, list[tuple[object, ...]]]()
        for name in names:
            columns = [column for _, column, *_ in database.execute(f"PRAGMA table_info({name})")]
            asked = ", ".join(f'"{column}"' for column in columns if column not in without)
            held[name] = sorted(database.execute(f"SELECT {asked} FROM {name}"), key=repr)
    return held


def receipts(folder: Path) -> int:
    try:
        with sqlite3.connect(f"file:{folder / 'crm.db'}?mode=ro", uri=True) as database:
            ((count,),) = database.execute("SELECT count(*) FROM relcore_receipt")
    except sqlite3.OperationalError:
        return 0  # not made yet
    return int(count)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("finished")
    return folder, run(folder)


def test_the_numbers_of_the_paper_are_told(finished: tuple[Path, str]) -> None:
    _, told = finished

    assert "2,357 customers and 6,919 orders are kept" in told
    assert "log-likelihood -9582.429" in told
    assert "r           0.242595" in told
    assert "1,882 made" in told
    assert "is resolved and cannot close: the customer still has time to contest the answer" in told


def test_the_steps_are_counted(finished: tuple[Path, str]) -> None:
    _, told = finished

    steps = [line[0] for line in told.splitlines() if line[:1].isdigit()]
    assert steps == ["1", "2", "3", "4", "5", "6", "7", "8"]


def test_the_rows_are_those_of_the_log(finished: tuple[Path, str]) -> None:
    folder, _ = finished

    held = rows(folder)

    assert len(held["relcore_customer"]) == 2357
    assert len(held["relcore_order"]) == 6919
    assert len(held["relcore_case"]) == 10


def test_the_report_is_one_file_that_asks_nothing_of_any_network(finished: tuple[Path, str]) -> None:
    folder, _ = finished

    page = (folder / "report.html").read_text(encoding="utf-8")

    assert page.count("<svg") == 5
    for asking in ("<script", "<link", "<img", "@import", 'src="', "url(http", 'href="http'):
        assert asking not in page


def test_a_second_run_changes_nothing(finished: tuple[Path, str]) -> None:
    folder, first = finished
    before, report = rows(folder, without=set()), (folder / "report.html").read_bytes()

    second = run(folder)

    assert rows(folder, without=set()) == before
    assert (folder / "report.html").read_bytes() == report
    assert second.splitlines()[:-1] == first.splitlines()[:-1]  # the last line tells the time it took


@pytest.mark.parametrize(
    ("moment", "commits"),
    [
        ("during the import", 3),
        ("between two steps", 19),
        ("during the decisions", 21),
        ("during the campaign", 26),
    ],
)
def test_killed_and_run_again_it_ends_with_the_same_rows(
    finished: tuple[Path, str], tmp_path: Path, moment: str, commits: int
) -> None:
    process = start(tmp_path)
    while process.poll() is None and receipts(tmp_path) < commits:
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    interrupted = receipts(tmp_path)

    run(tmp_path)

    assert process.returncode == -signal.SIGKILL, f"it was over before it could be killed {moment}"
    assert commits <= interrupted < COMMITS
    assert rows(tmp_path) == rows(finished[0])
