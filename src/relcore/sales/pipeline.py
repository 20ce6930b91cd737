"""A pipeline: the host's words for how far a sale has come, in order, each with the chance that it is won from there.

The stages are labels of the host on the one state *open*: guards, clocks and win rates look at the state, so that a team
may rename, add and reorder its stages without breaking any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import attrs

from relcore.kernel.errors import Illformed, Invalid


@attrs.frozen
class PipelineStage:
    """One label, and the probability of winning from there."""

    label: str
    probability: float


@attrs.frozen
class Pipeline:
    """Stages in their order.

    >>> pipeline = Pipeline.of("new business", {"qualify": 0.1, "propose": 0.5, "negotiate": 0.8})
    >>> pipeline.probability("propose"), pipeline.position("negotiate")
    (0.5, 2)
    """

    name: str
    stages: tuple[PipelineStage, ...]

    @classmethod
    def of(cls, name: str, stages: Mapping[str, float]) -> Self:
        """From labels and probabilities, in order."""
        return cls(name, tuple(PipelineStage(label, p) for label, p in stages.items()))

    def __attrs_post_init__(self) -> None:
        labels = self.labels
        faults = ["it has no stages"] if not labels else []
        faults += [
            f"{stage.label!r} has probability {stage.probability}"
            for stage in self.stages
            if not 0 <= stage.probability <= 1
        ]
        faults += [f"{label!r} is there twice" for label in sorted(set(labels)) if labels.count(label) > 1]
        if faults:
            raise Illformed(f"pipeline {self.name}", faults)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(stage.label for stage in self.stages)

    @property
    def first(self) -> str:
        return self.stages[0].label

    def position(self, label: str) -> int:
        """How far along, from 0; ``Invalid`` for a label that is not of this pipeline."""
        if label not in self.labels:
            raise Invalid("stage", f"must be one of {', '.join(self.labels)}", label)
        return self.labels.index(label)

    def probability(self, label: str) -> float:
        """The chance of winning from there."""
        return self.stages[self.position(label)].probability
