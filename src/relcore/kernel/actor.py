"""Who did it. relcore has no user table: the host's own reference is carried, never looked into."""

from __future__ import annotations

from typing import Literal, Self, get_args

import attrs

from relcore.kernel.errors import Invalid

ActorKind = Literal["person", "team", "system", "customer"]
"""A colleague, a group of colleagues (a queue), a program, or the customer in person."""


@attrs.frozen
class Actor:
    """An owner, an agent, a program or the customer, by the host's opaque reference.

    >>> str(Actor("person", "u-17"))
    'person:u-17'
    >>> Actor.parse("person:u-17") == Actor("person", "u-17")
    True
    """

    kind: ActorKind
    ref: str

    def __attrs_post_init__(self) -> None:
        if self.kind not in get_args(ActorKind):
            raise Invalid("kind", f"must be one of {', '.join(get_args(ActorKind))}", self.kind)
        if not isinstance(self.ref, str) or not self.ref or not self.ref.isprintable():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Invalid("ref", "must be the host's own reference, printable and not empty", self.ref)

    def __str__(self) -> str:
        return f"{self.kind}:{self.ref}"

    @classmethod
    def parse(cls, text: str) -> Self:
        kind, _, ref = text.partition(":")
        return cls(kind, ref)  # type: ignore[arg-type]  # the constructor checks it
