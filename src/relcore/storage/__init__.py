"""Where entities are kept: workspaces, and the adapters behind them.

``in_memory()`` forgets; ``sqlite("crm.db")`` keeps one file, made when it is not there (``pip install 'relcore[sql]'``);
``postgres("postgresql://...")`` keeps a database that many machines may write to (``pip install 'relcore[postgres]'``).
"""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.storage.async_workspace import AsyncWorkspace as AsyncWorkspace
    from relcore.storage.command_json import arguments_from_json as arguments_from_json
    from relcore.storage.entity_json import from_json as from_json
    from relcore.storage.entity_json import to_json as to_json
    from relcore.storage.key_ring import KeyRing as KeyRing
    from relcore.storage.key_ring import key_file as key_file
    from relcore.storage.memory import MemoryRepository as MemoryRepository
    from relcore.storage.memory import in_memory as in_memory
    from relcore.storage.scan import AsyncScan as AsyncScan
    from relcore.storage.scan import Scan as Scan
    from relcore.storage.sql import SqlRepository as SqlRepository
    from relcore.storage.sql import postgres as postgres
    from relcore.storage.sql import sqlite as sqlite
    from relcore.storage.workspace import Workspace as Workspace

__all__ = [
    "AsyncScan",
    "AsyncWorkspace",
    "KeyRing",
    "MemoryRepository",
    "Scan",
    "SqlRepository",
    "Workspace",
    "arguments_from_json",
    "from_json",
    "in_memory",
    "key_file",
    "postgres",
    "sqlite",
    "to_json",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "AsyncScan": "relcore.storage.scan",
        "AsyncWorkspace": "relcore.storage.async_workspace",
        "KeyRing": "relcore.storage.key_ring",
        "MemoryRepository": "relcore.storage.memory",
        "Scan": "relcore.storage.scan",
        "SqlRepository": "relcore.storage.sql",
        "Workspace": "relcore.storage.workspace",
        "arguments_from_json": "relcore.storage.command_json",
        "from_json": "relcore.storage.entity_json",
        "in_memory": "relcore.storage.memory",
        "key_file": "relcore.storage.key_ring",
        "postgres": "relcore.storage.sql",
        "sqlite": "relcore.storage.sql",
        "to_json": "relcore.storage.entity_json",
    },
)
