"""Where entities are kept: workspaces, and the adapters behind them.

``in_memory()`` forgets; ``sqlite("crm.db")`` keeps one file, made when it is not there (``pip install 'relcore[sql]'``).
"""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.storage.async_workspace import AsyncWorkspace as AsyncWorkspace
    from relcore.storage.command_json import arguments_from_json as arguments_from_json
    from relcore.storage.entity_json import from_json as from_json
    from relcore.storage.entity_json import to_json as to_json
    from relcore.storage.memory import MemoryRepository as MemoryRepository
    from relcore.storage.memory import in_memory as in_memory
    from relcore.storage.sql import SqlRepository as SqlRepository
    from relcore.storage.sql import sqlite as sqlite
    from relcore.storage.workspace import Workspace as Workspace

__all__ = [
    "AsyncWorkspace",
    "MemoryRepository",
    "SqlRepository",
    "Workspace",
    "arguments_from_json",
    "from_json",
    "in_memory",
    "sqlite",
    "to_json",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "AsyncWorkspace": "relcore.storage.async_workspace",
        "MemoryRepository": "relcore.storage.memory",
        "SqlRepository": "relcore.storage.sql",
        "Workspace": "relcore.storage.workspace",
        "arguments_from_json": "relcore.storage.command_json",
        "from_json": "relcore.storage.entity_json",
        "in_memory": "relcore.storage.memory",
        "sqlite": "relcore.storage.sql",
        "to_json": "relcore.storage.entity_json",
    },
)
