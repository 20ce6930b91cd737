"""How an address is written once and for all, so that two ways of writing one are found to be one.

- E-mail: the domain is folded to small letters, the local part is left alone: only its host may interpret it (RFC 5321,
  2.4). For *comparing* records it is folded as well (``comparable``), since hardly any host tells cases apart.
- Telephone: ``+`` and up to fifteen digits (ITU-T E.164); ``00`` and a trunk zero in brackets, ``+49 (0)30``, are ways of
  dialling and not part of the number.
- Post and handles: one space between words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum

from relcore.channel import Channel
from relcore.kernel.entity import encodable
from relcore.kernel.errors import Invalid


class ContactKind(StrEnum):
    """What an address is made of; which channels it opens is another question."""

    EMAIL = "email"
    PHONE = "phone"
    MOBILE = "mobile"
    FAX = "fax"
    POST = "post"
    SOCIAL = "social"

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels on which somebody can be reached there."""
        return _CHANNELS[self]


_CHANNELS = {
    ContactKind.EMAIL: (Channel.EMAIL,),
    ContactKind.PHONE: (Channel.PHONE,),
    ContactKind.MOBILE: (Channel.PHONE, Channel.SMS),
    ContactKind.FAX: (Channel.FAX,),
    ContactKind.POST: (Channel.POST,),
    ContactKind.SOCIAL: (Channel.SOCIAL, Channel.CHAT),
}


def normal_form(kind: ContactKind, value: str) -> str:
    """The one way to write it. ``Invalid``, without the value, for what cannot be an address of that kind.

    >>> normal_form(ContactKind.EMAIL, " Ada.Byron@Example.ORG ")
    'Ada.Byron@example.org'
    >>> normal_form(ContactKind.PHONE, "0049 (0)30 1234-567")
    '+49301234567'
    """
    if not isinstance(value, str) or not encodable(value):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid("value", "must be text")
    if not (plain := " ".join(unicodedata.normalize("NFC", value).replace("\x00", " ").split())):
        raise Invalid("value", "must not be empty")
    return _FORMS[kind](plain)


def comparable(kind: ContactKind, value: str) -> str:
    """The normal form with cases folded: by this two records are compared, never written to."""
    return normal_form(kind, value).casefold()


def _email(plain: str) -> str:
    local, at, domain = plain.rpartition("@")
    if not at or not local or len(local) > 64 or " " in plain or not _DOMAIN.fullmatch(domain):
        raise Invalid("value", "must be an e-mail address", remedy="write local-part@domain")
    return f"{local}@{domain.casefold()}"


def _phone(plain: str) -> str:
    international = re.sub(r"^00", "+", re.sub(r"[\s./\u2010-\u2015-]", "", _ascii_digits(plain)))
    digits = re.sub(r"[()]", "", international.replace("(0)", ""))
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", digits):
        raise Invalid(
            "value", "must be an international number of 7 to 15 digits", remedy="write +49 30 1234567"
        )
    return digits


def _ascii_digits(plain: str) -> str:
    """Digits of other scripts are digits, too."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)


def _post(plain: str) -> str:
    return plain


def _handle(plain: str) -> str:
    return plain.removeprefix("@").casefold()


_DOMAIN = re.compile(r"(?=.{1,253}$)[^\s@.,;<>()\"]{1,63}(\.[^\s@.,;<>()\"]{1,63})*")
_FORMS: dict[ContactKind, Callable[[str], str]] = {
    ContactKind.EMAIL: _email,
    ContactKind.PHONE: _phone,
    ContactKind.MOBILE: _phone,
    ContactKind.FAX: _phone,
    ContactKind.POST: _post,
    ContactKind.SOCIAL: _handle,
}
