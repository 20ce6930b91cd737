"""What every test may ask for: the profiles of Hypothesis, and a workspace over each adapter in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from relcore import Workspace
from relcore.kernel.repository import Repository
from relcore.storage import in_memory, sqlite
from relcore.testing import CountingIds, FixedClock

# A fixture that is a fresh path or a pure value may serve all examples of one test.
SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "default", max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=SHARED
)
settings.register_profile("verify", max_examples=1000, deadline=None, suppress_health_check=SHARED)
settings.load_profile("default")


@pytest.fixture(params=["in_memory", "sqlite"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Repository]:
    """Each adapter in turn: what is said of one is said of both."""
    if request.param == "in_memory":
        yield in_memory()
        return
    kept = sqlite(tmp_path / "crm.db")
    yield kept
    kept.engine.dispose()


@pytest.fixture
def workspace(repository: Repository) -> Workspace:
    return Workspace(repository, tenant="acme", clock=FixedClock("2026-03-01T09:00:00Z"), ids=CountingIds())
