"""A pipeline: the host's words for how far a sale has come, in order, each with the chance that it is won from there.

The stages are labels of the host on the one state *open*: guards, clocks and win rates look at the state, so that a team
may rename, add and reorder its stages without breaking any of them. A stage is also a gate: what must be filled before a
sale comes in, and what must be so before it goes on (R. G. Cooper, Stage-Gate systems, Business Horizons 33, 1990). A
host may have several pipelines, such as new business and renewals; an opportunity stays in the one it was opened in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Self

import attrs
from attrs.validators import deep_iterable

from relcore.kernel.entity import a, text
from relcore.kernel.errors import Illformed, Invalid


class Forecast(StrEnum):
    """What a sale counts as in a forecast, from its stage."""

    OMITTED = "omitted"
    PIPELINE = "pipeline"
    BEST_CASE = "best_case"
    COMMIT = "commit"
    CLOSED = "closed"
    """Won. No open stage is that."""


@attrs.frozen
class PipelineStage:
    """One label, the probability of winning from there, and its gate."""

    label: str
    probability: float
    fields: tuple[str, ...] = attrs.field(default=(), validator=deep_iterable(text, a(tuple)))
    """Fields of the opportunity that must be filled to come in, such as ``expected_on``."""
    criteria: tuple[str, ...] = attrs.field(default=(), validator=deep_iterable(text, a(tuple)))
    """What must be so to go on, in the host's words: told to the command as ``Met``."""
    rots_after: timedelta | None = None
    """Idle time from which nobody believes in it any more."""
    forecast: Forecast = Forecast.PIPELINE


@attrs.frozen
class Pipeline:
    """Stages in their order.

    >>> pipeline = Pipeline.of("new business", {"qualify": 0.1, "propose": 0.5, "negotiate": 0.8})
    >>> pipeline.probability("propose"), pipeline.position("negotiate")
    (0.5, 2)
    """

    name: str
    stages: tuple[PipelineStage, ...]
    skipping: bool = attrs.field(default=True, kw_only=True)
    """Whether a sale may leave stages out on its way."""
    stepping_back: bool = attrs.field(default=True, kw_only=True)
    """Whether it may go back, with a reason."""

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
        faults += [
            f"{s.label!r} is open and cannot be forecast as closed"
            for s in self.stages
            if s.forecast is Forecast.CLOSED
        ]
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

    def stage(self, label: str) -> PipelineStage:
        """The stage of that label; ``Invalid`` when there is none."""
        return self.stages[self.position(label)]

    def probability(self, label: str) -> float:
        """The chance of winning from there."""
        return self.stage(label).probability
