"""Questions that are understood in another way than they are meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from relcore.kernel.query import All, AnyOf, Compare, Not, Query, Tree
from relcore.storage.memory import MemoryRepository

E = TypeVar("E")


class Asks(MemoryRepository):
    """Understands questions in a way of its own."""

    def understood(self, tree: Tree) -> Tree:
        raise NotImplementedError

    def _matching(self, tenant: str, entity: type[E], where: Query[E]) -> list[E]:
        return super()._matching(tenant, entity, Query(rewritten(where.tree, self.understood)))


def rewritten(tree: Tree, understood: Callable[[Tree], Tree]) -> Tree:
    """The tree with each of its parts, the inner ones first, as it is understood."""
    match tree:
        case All(trees):
            return understood(All(tuple(rewritten(one, understood) for one in trees)))
        case AnyOf(trees):
            return understood(AnyOf(tuple(rewritten(one, understood) for one in trees)))
        case Not(inner):
            return understood(Not(rewritten(inner, understood)))
        case _:
            return understood(tree)


def place(tree: Tree) -> str | None:
    """The id behind which a walk goes on, if the question is that of a page but the first."""
    match tree:
        case All((*_, AnyOf((*_, All((*_, Compare("id", "above", str(id)))))))):
            return id
        case _:
            return None
