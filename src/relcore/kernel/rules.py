"""Rules in an order, of which the first that holds decides: who must approve, which service level, which queue.

Each rule says when it holds as a query, so that a list of them can be read by a machine before anybody relies on it: a rule
that can never hold, one that is always overtaken, two whose order silently decides, and what no rule speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Generic, Literal, TypeAlias, TypeVar

import attrs

from relcore.kernel.errors import Illformed
from relcore.kernel.query import Query, predicate
from relcore.kernel.witness import Witness, implies, shown, witness

E = TypeVar("E")
T = TypeVar("T")

FaultKind: TypeAlias = Literal["never", "shadowed", "contradicting", "gap"]


@attrs.frozen
class Rule(Generic[E, T]):
    """When it holds, ``then`` is the answer."""

    name: str
    when: Query[E]
    then: T


@attrs.frozen
class Finding:
    """Something about a list of rules that its author should know.

    never: no entity can meet the rule. shadowed: earlier rules take all that it would. contradicting: two rules, neither
    a special case of the other, give different answers to the same entity, so that only their order decides. gap: there
    are entities for which no rule holds.
    """

    kind: FaultKind
    rules: tuple[str, ...]
    example: Witness | None = None
    """The fields of an entity that shows it."""

    def __str__(self) -> str:
        names = " and ".join(self.rules)
        case = f", for instance {shown(self.example)}" if self.example else ""
        match self.kind:
            case "never":
                return f"{names} can never hold"
            case "shadowed":
                return f"{names} never decides: earlier rules take all that it would"
            case "contradicting":
                return f"{names} give different answers, and only their order decides{case}"
            case "gap":
                return f"no rule holds{case}"


@attrs.frozen
class RuleList(Generic[E, T]):
    """Rules about one kind of entity, in their order.

    >>> from relcore.service import Case, CaseFields, CaseKind
    >>> urgent = Rule("complaints", CaseFields.kind.is_(CaseKind.COMPLAINT), "desk 1")
    >>> rest = Rule("all others", Query(), "desk 2")
    >>> RuleList(Case, (urgent, rest)).lint()
    ()
    >>> print(*RuleList(Case, (rest, urgent)).lint())
    complaints never decides: earlier rules take all that it would
    """

    entity: type[E]
    rules: tuple[Rule[E, T], ...] = attrs.field(converter=tuple)

    def __attrs_post_init__(self) -> None:
        names = [rule.name for rule in self.rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Illformed(
                f"rules about {self.entity.__name__}", [f"{name!r} is there twice" for name in twice]
            )

    def decide(self, held: E) -> Rule[E, T] | None:
        """The first rule that holds for this entity; None where none does."""
        return next((rule for rule in self.rules if predicate(rule.when.tree)(held)), None)

    def lint(self) -> tuple[Finding, ...]:
        """What its author should know, in the order of the rules; nothing when all is well.

        Raises ``Invalid`` when the rules speak of more fields and values at once than can be tried.
        """
        return (*self._idle(), *self._contradicting(), *self._gap())

    def _idle(self) -> Iterator[Finding]:
        for place, rule in enumerate(self.rules):
            if witness(self.entity, rule.when) is None:
                yield Finding("never", (rule.name,))
            elif witness(self.entity, rule.when, *_questions(self.rules[:place])) is None:
                yield Finding("shadowed", (rule.name,))

    def _contradicting(self) -> Iterator[Finding]:
        for one, other in combinations(self.rules, 2):
            if one.then == other.then:
                continue
            both = witness(self.entity, one.when & other.when)
            special = implies(self.entity, one.when, other.when) or implies(self.entity, other.when, one.when)
            if both is not None and not special:
                yield Finding("contradicting", (one.name, other.name), both)

    def _gap(self) -> Iterator[Finding]:
        example = witness(self.entity, Query[E](), *_questions(self.rules))
        if example is not None:
            yield Finding("gap", (), example)


def _questions(rules: Sequence[Rule[E, T]]) -> list[Query[E]]:
    return [rule.when for rule in rules]
