"""The adapter, handed to the kit: ``PYTHONPATH=examples python -m relcore.testing django_host.conformance:candidate``."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import django
from django.core.management import call_command

from relcore import Case, Customer, Opportunity
from relcore.kernel.repository import Repository
from relcore.testing.candidate import Candidate


def set_up() -> None:
    """The host with its tables, in a new SQLite file unless ``HOST_DATABASE`` says where."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_host.settings")
    os.environ.setdefault("HOST_DATABASE", str(Path(mkdtemp(prefix="host-")) / "host.db"))
    django.setup()
    call_command("migrate", verbosity=0)


def open_repository() -> Repository:
    """Django keeps the connections, one for each thread: a repository holds nothing that could be opened twice."""
    from django_host.adapter import DjangoRepository

    return DjangoRepository()


def organisation() -> str:
    """A tenant that is there and has nothing yet."""
    from django_host.models import Organisation

    slug = f"o-{uuid4().hex}"
    Organisation.objects.create(slug=slug)
    return slug


def candidate() -> Candidate:
    """What the kit asks for."""
    set_up()
    from django_host.ids import HostIds

    return Candidate(open_repository, tenant=organisation, ids=HostIds(), kinds=(Customer, Opportunity, Case))
