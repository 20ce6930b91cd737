"""Every lifecycle table of the library, wherever it is defined."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import relcore
from relcore.kernel.lifecycle import Lifecycle

ROOMS = ("customers", "interactions", "sales", "service", "marketing", "privacy", "work")


def every_table() -> dict[str, Lifecycle[Any, Any, Any]]:
    """By the name of the module and of the table in it, each once."""
    found: dict[int, tuple[str, Lifecycle[Any, Any, Any]]] = {}
    for module in pkgutil.walk_packages(relcore.__path__, "relcore."):
        if module.name.split(".")[1] not in ROOMS:
            continue
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, Lifecycle):
                found.setdefault(id(value), (f"{module.name}.{name}", value))
    return dict(found.values())
