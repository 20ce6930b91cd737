"""The server of the tests: each test has a database of its own, and no run leaves a server behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.postgres_server import Server, servers


def test_each_database_is_new_and_like_the_one_it_was_made_from(
    postgres_server: Callable[[str], Server],
) -> None:
    server = postgres_server(next(iter(servers())))

    with server.database() as one:
        with psycopg.connect(one) as connection:
            connection.execute("CREATE TABLE kept (word text)")
        with server.database(like=one) as other, psycopg.connect(other) as connection:
            connection.execute("INSERT INTO kept VALUES ('new')")
        with psycopg.connect(one) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)

    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(one)


@pytest.mark.skipif("RELCORE_TEST_PG_URL" in os.environ, reason="the server is not ours")
def test_a_run_that_is_killed_leaves_no_server_behind() -> None:
    code = """
from tests.postgres_server import servers
with next(iter(servers().values()))() as server:
    print(server.url, flush=True)
    input()
"""
    run = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parent.parent, env=os.environ,
    )  # fmt: skip
    assert run.stdout is not None
    with psycopg.connect(run.stdout.readline().strip()) as connection:
        run.send_signal(signal.SIGKILL)
        run.communicate()

        # It would sleep on if the server did not stop.
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT pg_sleep(60)")
