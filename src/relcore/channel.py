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


class MessageClass(StrEnum):
    """What a message is for: advertising needs permission, the business a customer has with us does not.

    The line is the law's: a message whose primary purpose is to complete, confirm or inform about a transaction the
    recipient has agreed to is transactional (US CAN-SPAM, 16 CFR 316.3); whatever else promotes something is marketing.
    """

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"
