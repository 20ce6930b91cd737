"""What every test may ask for: the profiles of Hypothesis, and a workspace over each adapter in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from relcore import Workspace
from relcore.kernel.repository import Repository
from relcore.storage import SqlRepository, in_memory, postgres, sqlite
from relcore.storage.sql_tables import all_tables
from relcore.testing import CountingIds, FixedClock
from tests import house_fields  # noqa: F401  # before any table is built
from tests.postgres_server import Server, servers

# A fixture that is a fresh path or a pure value may serve all examples of one test.
SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "default", max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=SHARED
)
settings.register_profile("verify", max_examples=1000, deadline=None, suppress_health_check=SHARED)
settings.load_profile("default")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Callable[[str], Server]]:
    """The PostgreSQL server of this name, started when it is first asked for."""
    with ExitStack() as until_the_end:
        yield cache(lambda name: until_the_end.enter_context(servers()[name]()))


@pytest.fixture(params=list(servers()))
def postgres_url(request: pytest.FixtureRequest, postgres_server: Callable[[str], Server]) -> Iterator[str]:
    """A new, empty database of each server in turn: of the machine's own, if it has one, and of the wheel's."""
    with postgres_server(request.param).database() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_repository(postgres_server: Callable[[str], Server]) -> Iterator[Callable[[str], SqlRepository]]:
    """The repository of one database of this server: who asks for it finds it empty."""

    @cache
    def made(server: str) -> SqlRepository:
        repository = postgres(until_the_end.enter_context(postgres_server(server).database()))
        until_the_end.callback(repository.close)
        return repository

    def emptied(server: str) -> SqlRepository:
        repository = made(server)
        with repository.engine.connect() as connection:  # much faster than a database for each test
            connection.exec_driver_sql("; ".join(f"DELETE FROM {table}" for table in all_tables().tables))
        return repository

    with ExitStack() as until_the_end:
        yield emptied


@pytest.fixture(params=["in_memory", "sqlite", next(iter(servers()))])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Repository]:
    """Each adapter in turn: what is said of one is said of all. ``tests/storage`` says it of each PostgreSQL there is."""
    yield from opened(request, tmp_path)


def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Repository]:
    """The repository of the adapter that ``request.param`` names."""
    match request.param:
        case "in_memory":
            yield in_memory()
        case "sqlite":
            kept = sqlite(tmp_path / "crm.db")
            yield kept
            kept.close()
        case server:
            yield request.getfixturevalue("postgres_repository")(server)


@pytest.fixture
def workspace(repository: Repository) -> Workspace:
    return Workspace(repository, tenant="acme", clock=FixedClock("2026-03-01T09:00:00Z"), ids=CountingIds())
