"""The settings of the host, as far as the example needs any.

``HOST_DATABASE`` is the path of a SQLite file, or ``postgresql://user:password@server:port/name``.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote, urlsplit


def database(place: str) -> dict[str, Any]:
    """A place as Django wants to be told of it."""
    if not place.startswith("postgres"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": place,
            # A transaction holds the right to write from its start: two that read first would have to give way to each
            # other, and SQLite lets one of them fail at once instead of waiting.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 10,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    url = urlsplit(place)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.removeprefix("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": url.port or "",
    }


DATABASES = {"default": database(os.environ.get("HOST_DATABASE", "host.db"))}
INSTALLED_APPS = ["django_host"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"  # Django would set the whole process to Chicago's
SECRET_KEY = "only for the example"  # noqa: S105
