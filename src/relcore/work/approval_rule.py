"""Approval rules: whom to ask, depending on what is asked for. The most specific rule that applies wins.

A rule names what it is about: a kind, a segment of customers, a range of amounts; what it does not name may be anything.
A rule that names more is more specific; of two that name the same, the one whose range lies within the other's. Where
neither holds there is a tie, and a tie is a mistake of whoever wrote the rules: ``lint`` finds each before any request
does, beside rules that can never win and requests that no rule is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Literal

import attrs
from attrs.validators import deep_iterable, optional

from relcore.kernel.actor import Actor
from relcore.kernel.entity import a, text
from relcore.kernel.errors import Illformed, Invalid
from relcore.kernel.money import Money


@attrs.frozen
class Level:
    """Those who are asked at one time, and how many of them have to agree."""

    approvers: tuple[Actor, ...] = attrs.field(converter=tuple, validator=deep_iterable(a(Actor)))
    quorum: int = 1

    def __attrs_post_init__(self) -> None:
        if len(set(self.approvers)) != len(self.approvers):
            raise Invalid("Level.approvers", "must each be named once", tuple(map(str, self.approvers)))
        if type(self.quorum) is not int or not 1 <= self.quorum <= len(self.approvers):
            rule = f"must be a whole number from 1 to those who are asked ({len(self.approvers)})"
            raise Invalid("Level.quorum", rule, self.quorum)


@attrs.frozen
class Permission:
    """What permission is asked for, as far as rules look at it. ``kind`` and ``segment`` are codes of the host."""

    kind: str = attrs.field(validator=text)
    amount: Money | None = attrs.field(default=None, validator=optional(a(Money)))
    segment: str | None = attrs.field(default=None, validator=optional(text))


@attrs.frozen
class ApprovalRule:
    """Whom to ask. No levels: nobody has to be asked.

    The range of amounts is half-open and of one currency: ``at_least`` counts in, ``below`` does not.
    """

    name: str = attrs.field(validator=text)
    levels: tuple[Level, ...] = attrs.field(converter=tuple, validator=deep_iterable(a(Level)))
    kind: str | None = attrs.field(default=None, validator=optional(text))
    segment: str | None = attrs.field(default=None, validator=optional(text))
    at_least: Money | None = attrs.field(default=None, validator=optional(a(Money)))
    below: Money | None = attrs.field(default=None, validator=optional(a(Money)))

    def __attrs_post_init__(self) -> None:
        if self.at_least is None or self.below is None:
            return
        if self.at_least.currency != self.below.currency:
            raise Invalid("ApprovalRule.below", f"must be in {self.at_least.currency}", self.below)
        if self.below <= self.at_least:
            raise Invalid("ApprovalRule.below", "must be above at_least, or no amount fits", self.below)

    def applies(self, to: Permission) -> bool:
        """Whether it is about this."""
        if self.kind not in (None, to.kind) or self.segment not in (None, to.segment):
            return False
        if self.currency is None:
            return True
        if to.amount is None or to.amount.currency != self.currency:
            return False
        above = self.at_least is None or self.at_least <= to.amount
        return above and (self.below is None or to.amount < self.below)

    @property
    def currency(self) -> str | None:
        """Of the amounts it is about; None when it is about any."""
        bound = self.at_least if self.at_least is not None else self.below
        return None if bound is None else bound.currency

    def beats(self, other: ApprovalRule) -> bool:
        """Whether it is the more specific of two that apply to one request."""
        if len(self._named) != len(other._named):
            return len(self._named) > len(other._named)
        return self._named == other._named and self._range != other._range and self._lies_within(other)

    @property
    def _named(self) -> frozenset[str]:
        conditions = {"kind": self.kind, "segment": self.segment, "amount": self.currency}
        return frozenset(name for name, value in conditions.items() if value is not None)

    @property
    def _range(self) -> tuple[Money | None, Money | None]:
        return self.at_least, self.below

    def _lies_within(self, other: ApprovalRule) -> bool:
        from_there = other.at_least is None or (self.at_least is not None and other.at_least <= self.at_least)
        to_there = other.below is None or (self.below is not None and self.below <= other.below)
        return from_there and to_there


@attrs.frozen
class Finding:
    """One mistake in a set of rules, with a request that shows it; a rule that never wins has none."""

    fault: Literal["tie", "shadowed", "gap"]
    rules: tuple[str, ...]
    example: Permission | None

    def __str__(self) -> str:
        if self.fault == "shadowed":
            return f"{self.rules[0]} never wins"
        if self.fault == "gap":
            return f"no rule is for {_said(self.example)}"
        return f"{' and '.join(self.rules)} both apply to {_said(self.example)}, and neither is more specific"


@attrs.frozen
class ApprovalRules:
    """All rules of a house, asked together."""

    rules: tuple[ApprovalRule, ...] = attrs.field(converter=tuple, validator=deep_iterable(a(ApprovalRule)))

    def __attrs_post_init__(self) -> None:
        names = [rule.name for rule in self.rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Illformed("approval rules", [f"{name} is there twice" for name in twice])

    def rule_for(self, permission: Permission) -> ApprovalRule | None:
        """The most specific rule that applies, whatever the order of the rules; None when none does.

        Raises ``Illformed`` when it is not one: nobody can say which was meant.
        """
        best = self._best(permission)
        if len(best) > 1:
            tie = Finding("tie", tuple(sorted(rule.name for rule in best)), permission)
            raise Illformed("approval rules", [str(tie)])
        return best[0] if best else None

    def lint(self) -> tuple[Finding, ...]:
        """Every tie, every rule that can never win, and every gap, each once with the first request that shows it.

        It is exact: the rules cut all requests into finitely many boxes, within which they answer alike, and one
        request out of each is put to them.
        """
        found: dict[tuple[str, tuple[str, ...]], Finding] = {}
        winners = set[str]()
        for request in self._boxes():
            best = tuple(sorted(rule.name for rule in self._best(request)))
            if len(best) == 1:
                winners.add(best[0])
            elif best:
                found.setdefault(("tie", best), Finding("tie", best, request))
            else:
                found.setdefault(("gap", (request.kind,)), Finding("gap", (), request))
        tied = {name for finding in found.values() for name in finding.rules}
        never = [rule.name for rule in self.rules if rule.name not in winners | tied]
        return (*found.values(), *(Finding("shadowed", (name,), None) for name in never))

    def _best(self, permission: Permission) -> list[ApprovalRule]:
        applying = [rule for rule in self.rules if rule.applies(permission)]
        return [rule for rule in applying if not any(other.beats(rule) for other in applying)]

    def _boxes(self) -> Iterator[Permission]:
        """One request for each way in which the rules can be answered; ``*`` stands for what no rule names."""
        kinds = sorted({rule.kind for rule in self.rules if rule.kind is not None})
        segments = sorted({rule.segment for rule in self.rules if rule.segment is not None})
        boxes = product([*kinds, _else(kinds)], [None, *segments], [None, *self._amounts()])
        return (Permission(kind, amount, segment) for kind, segment, amount in boxes)

    def _amounts(self) -> Iterator[Money]:
        """One amount below all bounds of a currency, and each bound: from there to the next they answer alike."""
        bounds = {b for rule in self.rules for b in (rule.at_least, rule.below) if b is not None}
        for currency in sorted({bound.currency for bound in bounds}):
            ordered = sorted(bound.minor for bound in bounds if bound.currency == currency)
            for minor in (ordered[0] - 1, *ordered):
                yield Money.from_minor(minor, currency)


def _else(named: Iterable[str]) -> str:
    """A word that is none of these."""
    return "*" + "".join(named) if "*" in named else "*"


def _said(permission: Permission | None) -> str:
    if permission is None:
        return "anything"
    told = (permission.kind, permission.segment, permission.amount)
    return ", ".join(str(part) for part in told if part is not None)
