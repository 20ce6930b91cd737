"""The engine of a host: one that lends each caller a connection of its own, to a database that all of them share."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.pool import AssertionPool, SingletonThreadPool, StaticPool

from relcore.kernel.errors import Invalid

_ONE_FOR_ALL = (StaticPool, SingletonThreadPool, AssertionPool)
"""Pools that lend a connection while somebody is at work with it: what one of them takes back, the other loses too."""
_PASSING = {"", ":memory:", "file:", "file::memory:"}
"""Databases that are gone with their connection (*In-Memory Databases* of SQLite)."""
_TESTS = "for tests there is in_memory()"


def engine_for_threads(engine: object) -> sa.Engine:
    """The engine of a host that waits; ``Invalid`` for one that its data would not be safe with."""
    if hasattr(engine, "sync_engine"):
        remedy = "give it to AsyncSqlRepository, of relcore.storage.aio"
        raise Invalid("engine", "must be one of sqlalchemy.create_engine", type(engine).__name__, remedy)
    if not isinstance(engine, sa.Engine):
        remedy = "make one, as in create_engine('sqlite:///crm.db')"
        raise Invalid("engine", "must be one of sqlalchemy.create_engine", type(engine).__name__, remedy)
    if engine.dialect.is_async:
        remedy = "write sqlite:///... or postgresql+psycopg://..., or take create_async_engine and AsyncSqlRepository"
        raise Invalid("engine", "must have a driver that is not awaited", engine.dialect.driver, remedy)
    return _shared(engine)


def engine_for_a_loop(engine: object) -> sa.Engine:
    """The engine beneath that of a host that awaits; ``Invalid`` for one that its data would not be safe with."""
    from sqlalchemy.ext.asyncio import AsyncEngine  # a host that waits has no use for it

    if not isinstance(engine, AsyncEngine):
        remedy = "make one, as in create_async_engine('sqlite+aiosqlite:///crm.db'), or take SqlRepository"
        raise Invalid(
            "engine",
            "must be one of sqlalchemy.ext.asyncio.create_async_engine",
            type(engine).__name__,
            remedy,
        )
    return _shared(engine.sync_engine)


def _shared(engine: sa.Engine) -> sa.Engine:
    if engine.dialect.name == "sqlite" and _is_passing(engine.url):
        remedy, url = f"name one, as in sqlite:///crm.db; {_TESTS}", engine.url.render_as_string()
        raise Invalid("engine", "must keep its database in a file", url, remedy)
    if isinstance(engine.pool, _ONE_FOR_ALL):
        remedy, pool = f"leave its poolclass as it is; {_TESTS}", type(engine.pool).__name__
        raise Invalid("engine", "must have a connection for each who asks", pool, remedy)
    return engine


def _is_passing(url: sa.URL) -> bool:
    place = url.database or ""
    return place in _PASSING or "mode=memory" in place or url.query.get("mode") == "memory"
