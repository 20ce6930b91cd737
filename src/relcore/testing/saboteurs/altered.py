"""A batch that says something else than it was made to say."""

from __future__ import annotations

from copy import copy
from typing import Any, TypeVar

from relcore.kernel.repository import Batch

E = TypeVar("E")


def altered(batch: Batch, **fields: Any) -> Batch:
    """The batch with fields that it computes itself set to something else."""
    twisted = copy(batch)
    for name, value in fields.items():
        object.__setattr__(twisted, name, value)
    return twisted
