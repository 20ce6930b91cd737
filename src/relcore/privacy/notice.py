"""A notice: the very words that were shown when somebody was asked.

Whoever relies on a consent must be able to demonstrate it (GDPR article 7 (1)), and that means the text of that day in
that language, not the text of today. A consent holds a `Proof`, the proof holds the fingerprint of the notice, and the
notice is kept by whoever wrote it: the chain can be walked in both directions and no link of it can be edited.
"""

from __future__ import annotations

from hashlib import sha256

import attrs

from relcore.kernel.entity import a, text
from relcore.kernel.errors import Invalid


@attrs.frozen
class Notice:
    """A text that is served: its version, its language (a BCP 47 tag) and its words, to the letter.

    >>> Notice("2026-03", "en", "We write once a month.").text_hash[:8]
    'b30da139'
    """

    version: str = attrs.field(validator=text)
    locale: str = attrs.field(validator=text)
    words: str = attrs.field(validator=text, repr=False)

    @property
    def text_hash(self) -> str:
        """SHA-256 of the words as UTF-8, in hex. One more space is another notice."""
        return sha256(self.words.encode()).hexdigest()


@attrs.frozen
class Proof:
    """What shows that somebody said so. Immutable, and about the exact notice that was served.

    ``notice`` is its version, ``text_hash`` the fingerprint of its words, ``method`` how it was answered (``form``,
    ``double_opt_in``, ``phone``), ``locale`` the language it was shown in; ``und`` says that nobody noted which.
    """

    notice: str = attrs.field(validator=text)
    text_hash: str = attrs.field(validator=text)
    method: str = attrs.field(validator=text)
    locale: str = attrs.field(default="und", validator=text)

    @classmethod
    def of(cls, notice: Notice, *, method: str) -> Proof:
        """The proof that this notice was answered."""
        return cls(notice.version, notice.text_hash, method, notice.locale)

    def shows(self, notice: Notice) -> bool:
        """Whether this is the notice that was served, to the letter."""
        served = (self.notice, self.text_hash, self.locale)
        return served == (notice.version, notice.text_hash, notice.locale)


@attrs.frozen
class MaterialChange:
    """Somebody judged that a notice now says something else than what was agreed to. A fact: judging is not ours."""

    served: Notice = attrs.field(validator=a(Notice))
    now: Notice = attrs.field(validator=a(Notice))

    def __attrs_post_init__(self) -> None:
        if self.served.text_hash == self.now.text_hash:
            raise Invalid("now", "must say something else than the notice before", self.now.version)
