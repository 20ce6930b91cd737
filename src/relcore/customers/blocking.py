"""Which pairs of records are worth comparing: those that share a key.

All pairs of a million records are half a billion thousand. A key is some part of a record that two records of one customer
are likely to share: pairs are made only within the block of a key (Fellegi and Sunter 1969, section 3.4). Several keys are
used, for a slip in one of them would hide the pair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import TypeVar

import attrs

from relcore.customers.identity_record import IdentityRecord
from relcore.kernel.errors import Invalid

R = TypeVar("R")
Key = Callable[[IdentityRecord], Iterable[str]]
"""The keys of one record: none, one or several."""


def by_email(record: IdentityRecord) -> Iterable[str]:
    """Whole addresses."""
    return record.emails


def by_phone(record: IdentityRecord) -> Iterable[str]:
    """Whole numbers."""
    return record.phones


def by_word_and_birth(record: IdentityRecord) -> Iterable[str]:
    """The sound of each word of the name, with the year of birth if it is known."""
    born = "" if record.born is None else str(record.born.year)
    return {f"{soundex(word)} {born}" for word in record.name.split()}


def by_name(record: IdentityRecord) -> Iterable[str]:
    """The sounds of all words of the name together."""
    return (" ".join(sorted(map(soundex, record.name.split()))),) if record.name else ()


def soundex(word: str) -> str:
    """A word by its sound: its first letter and three digits, as the United States National Archives file by it
    (R. C. Russell, US patents 1,261,167 of 1918 and 1,435,663 of 1922).

    >>> soundex("robert"), soundex("rupert"), soundex("ashcraft"), soundex("pfister")
    ('R163', 'R163', 'A261', 'P236')
    """
    code = word[:1].upper()
    last = _SOUNDS.get(word[:1], "")
    for letter in word[1:]:
        sound = _SOUNDS.get(letter, "")
        if sound and sound != last:
            code += sound
        if letter not in "hw":
            last = sound
    return f"{code:0<4}"[:4]


_SOUNDS = {
    letter: digit
    for digit, letters in {"1": "bfpv", "2": "cgjkqsxz", "3": "dt", "4": "l", "5": "mn", "6": "r"}.items()
    for letter in letters
}


@attrs.frozen
class Candidates:
    """The pairs to compare, each once, and the keys that too many records share to say anything."""

    pairs: tuple[tuple[IdentityRecord, IdentityRecord], ...] = attrs.field(
        repr=lambda pairs: f"<{len(pairs)}>"
    )
    passed_over: int
    """So many blocks were larger than allowed: a name like Smith, the address of a department."""

    def __iter__(self) -> Iterator[tuple[IdentityRecord, IdentityRecord]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


def candidates(records: Iterable[IdentityRecord], keys: Iterable[Key], *, largest: int = 200) -> Candidates:
    """Pairs of records of one controller that share a key, in the order of their ids.

    ``largest`` is how many records may share one: a block of n makes n (n - 1) / 2 pairs, and what thousands share tells
    nobody apart.
    """
    if largest < 2:
        raise Invalid("largest", "must be at least 2", largest)
    known = {(record.controller, record.id): record for record in records}
    pairs: dict[tuple[str, str, str], tuple[IdentityRecord, IdentityRecord]] = {}
    passed_over = 0
    for key in keys:
        blocks: defaultdict[tuple[str, str], list[IdentityRecord]] = defaultdict(list)
        for record in known.values():
            for value in set(key(record)):
                blocks[record.controller, value].append(record)
        for (controller, _), block in blocks.items():
            if len(block) > largest:
                passed_over += 1
                continue
            for one, other in combinations(sorted(block, key=lambda record: record.id), 2):
                pairs[controller, one.id, other.id] = one, other
    return Candidates(tuple(pairs[key] for key in sorted(pairs)), passed_over)
