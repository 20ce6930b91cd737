"""Storage is tested on every PostgreSQL that the machine has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from relcore.kernel.repository import Repository
from tests.conftest import opened
from tests.postgres_server import servers


@pytest.fixture(params=["in_memory", "sqlite", *servers()])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Repository]:
    """Each adapter in turn."""
    yield from opened(request, tmp_path)
