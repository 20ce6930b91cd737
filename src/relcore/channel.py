"""The ways in which a customer and a company reach each other: a word that several slices share, as they share ids."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """Ten ways; a host that needs an eleventh has a kind of one of these."""

    PHONE = "phone"
    EMAIL = "email"
    SMS = "sms"
    CHAT = "chat"
    WEB = "web"
    SOCIAL = "social"
    POST = "post"
    FAX = "fax"
    IN_PERSON = "in_person"
    SELF_SERVICE = "self_service"
