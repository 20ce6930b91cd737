"""The tables of the host. Its own code uses them as it always did; relcore added the two columns of ``Kept``."""

# What a field holds is told to mypy by a plugin of django-stubs, and to pyright by nobody.
# mypy: disable-error-code="var-annotated"
# pyright: reportUnknownVariableType=false, reportIncompatibleVariableOverride=false

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Organisation(models.Model):
    """Whose books these are: the tenant."""

    slug = models.SlugField(unique=True)

    class Meta:
        db_table = "organisations"


class Kept(models.Model):
    """All that relcore asks of a table."""

    # Defaults of the database too: what inserts by SQL, or was not yet restarted, need not know of these columns.
    version = models.BigIntegerField(default=1, db_default=1)
    """Counts writes. The host's own code raises it with whatever it changes: ``version=F("version") + 1``."""
    relcore = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    """The fields for which this table has no column of its own."""

    class Meta:
        abstract = True


class Client(Kept):
    """Who buys."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    full_name = models.TextField(null=True)
    is_company = models.BooleanField(default=False)
    standing = models.CharField(max_length=1, default="A")  # Active, Doubled, Forgotten
    known_since = models.DateTimeField(null=True, default=timezone.now)
    account_manager_ref = models.TextField(null=True)

    class Meta:
        db_table = "clients"


class Deal(Kept):
    """What may be sold."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    client = models.ForeignKey(Client, models.PROTECT)
    title = models.TextField()
    funnel = models.TextField(default="new business")
    phase = models.TextField()
    chance = models.FloatField()
    outcome = models.CharField(max_length=1, default="O")  # Open, Paused, Yes, No, Error, Doubled
    value_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    salesperson_ref = models.TextField(null=True)
    entered = models.DateTimeField(default=timezone.now)
    last_activity = models.DateTimeField(default=timezone.now)
    closing_on = models.DateField(null=True)

    class Meta:
        db_table = "deals"


class Ticket(Kept):
    """What a client asks for."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    client = models.ForeignKey(Client, models.PROTECT, null=True)
    headline = models.TextField()
    topic = models.CharField(max_length=1, default="I")  # Issue, Question, Complaint, Request, Thanks
    status = models.CharField(max_length=1, default="N")  # New, Working, Asked, Vendor, Later, Solved, ...
    urgency = models.SmallIntegerField(default=3)  # 1 burns, 4 can wait
    assignee_ref = models.TextField(null=True)
    came_in = models.DateTimeField(null=True, default=timezone.now)
    times_reopened = models.BigIntegerField(default=0)
    asset_tag = models.TextField(null=True)

    class Meta:
        db_table = "tickets"
