"""The relationships of all parties as a graph, as of a moment: who belongs to whom, who works where, who sent whom.

The edges are a plain value and need no library; networkx is loaded when a question is asked that walks them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Self

import attrs

from relcore.customers.redirect import Redirects
from relcore.customers.relationship import Relationship, RelationshipType
from relcore.ids import CustomerId, RelationshipId
from relcore.kernel.clock import aware, moment

if TYPE_CHECKING:
    from networkx import MultiDiGraph

Parties = frozenset[CustomerId]


@attrs.frozen
class Edge:
    """One relationship that holds: ``source`` is something to ``target``."""

    source: CustomerId
    target: CustomerId
    type: RelationshipType
    id: RelationshipId


@attrs.frozen
class RelationshipGraph:
    """What holds at one moment. Parties without relationships are alone: asking about them is no error."""

    as_of: datetime = attrs.field(converter=moment)
    edges: tuple[Edge, ...]

    @classmethod
    def of(
        cls,
        relationships: Iterable[Relationship],
        *,
        as_of: datetime,
        redirects: Redirects = Redirects(),
    ) -> Self:
        """The graph at that moment. Merged parties are read as their survivors, and what a party would be to itself after
        a merge is left out.
        """
        at = aware("as_of", as_of)
        holding = (r for r in relationships if r.holds(at))
        edges = (
            Edge(redirects.resolve(r.source), redirects.resolve(r.target), r.type, r.id) for r in holding
        )
        return cls(at, tuple(edge for edge in edges if edge.source != edge.target))

    def to_networkx(self, *types: RelationshipType) -> MultiDiGraph[CustomerId]:
        """The graph for questions of your own, of these types or of all: edges are keyed by the relationship's id and
        carry its ``type``.
        """
        import networkx as nx

        graph: MultiDiGraph[CustomerId] = nx.MultiDiGraph(as_of=self.as_of)
        for edge in self.edges:
            if not types or edge.type in types:
                graph.add_edge(edge.source, edge.target, edge.id, type=edge.type)
        return graph

    def ancestors(self, party: CustomerId, type: RelationshipType) -> Parties:
        """Everybody above: for parent companies all that own it, directly or through others."""
        import networkx as nx

        graph = self.to_networkx(type)
        return frozenset(nx.descendants(graph, party)) if party in graph else frozenset()  # pyright: ignore[reportUnknownMemberType]

    def descendants(self, party: CustomerId, type: RelationshipType) -> Parties:
        """Everybody below: for referrals all who came through this party, directly or through others."""
        import networkx as nx

        graph = self.to_networkx(type)
        return frozenset(nx.ancestors(graph, party)) if party in graph else frozenset()  # pyright: ignore[reportUnknownMemberType]

    def company_group(self, organisation: CustomerId) -> Parties:
        """The organisation with all that are tied to it by ownership: parents, subsidiaries, sisters."""
        return self._around(organisation, RelationshipType.PARENT_COMPANY)

    def household(self, person: CustomerId) -> Parties:
        """The person with all of the household."""
        return self._around(person, RelationshipType.HOUSEHOLD)

    def households(self) -> tuple[Parties, ...]:
        """All households of two and more, in the order of their smallest ids."""
        return tuple(sorted(self._tied(RelationshipType.HOUSEHOLD), key=min))

    def workplaces(self, person: CustomerId) -> Parties:
        """Where somebody is employed; more than one place is nothing special."""
        employment = RelationshipType.EMPLOYMENT
        return frozenset(e.target for e in self.edges if e.type is employment and e.source == person)

    def workforce(self, organisation: CustomerId) -> Parties:
        """Who is employed there."""
        employment = RelationshipType.EMPLOYMENT
        return frozenset(e.source for e in self.edges if e.type is employment and e.target == organisation)

    def referral_chain(self, party: CustomerId) -> tuple[CustomerId, ...]:
        """How a party came to us: from the first referrer down to the party itself."""
        referrer = {e.source: e.target for e in self.edges if e.type is RelationshipType.REFERRAL}
        chain = [party]
        while (before := referrer.get(chain[-1])) is not None and before not in chain:
            chain.append(before)
        return tuple(reversed(chain))

    def _around(self, party: CustomerId, type: RelationshipType) -> Parties:
        return next((tied for tied in self._tied(type) if party in tied), frozenset((party,)))

    def _tied(self, type: RelationshipType) -> Iterator[Parties]:
        """Parties that hang together by relationships of one type, whichever way these point."""
        import networkx as nx

        yield from map(frozenset[CustomerId], nx.weakly_connected_components(self.to_networkx(type)))
