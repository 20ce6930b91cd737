"""The adapters for a host that awaits, under the names of the sync ones.

from relcore.storage.aio import sqlite

workspace = AsyncWorkspace(await sqlite("crm.db"), tenant="acme")
"""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.storage.async_memory import AsyncMemoryRepository as AsyncMemoryRepository
    from relcore.storage.async_memory import in_memory as in_memory
    from relcore.storage.async_sql import AsyncSqlRepository as AsyncSqlRepository
    from relcore.storage.async_sql import postgres as postgres
    from relcore.storage.async_sql import sqlite as sqlite

__all__ = ["AsyncMemoryRepository", "AsyncSqlRepository", "in_memory", "postgres", "sqlite"]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "AsyncMemoryRepository": "relcore.storage.async_memory",
        "AsyncSqlRepository": "relcore.storage.async_sql",
        "in_memory": "relcore.storage.async_memory",
        "postgres": "relcore.storage.async_sql",
        "sqlite": "relcore.storage.async_sql",
    },
)
