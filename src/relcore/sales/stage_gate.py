"""The gate between two stages: what must be so to leave the one, and what must be filled to enter the other.

These are the guards of ``Opportunity.advance`` and ``Opportunity.step_back``. Which stages there are, and what they ask
for, is the host's (``relcore.sales.pipeline``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from attrs.validators import deep_iterable

from relcore.kernel.entity import a, text
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Given, guard
from relcore.sales.pipeline import Pipeline, PipelineStage

if TYPE_CHECKING:
    from relcore.sales.opportunity import Opportunity


@attrs.frozen
class Target:
    """The stage somebody wants to move to, in the pipeline it belongs to: told to the guards."""

    stage: str
    pipeline: Pipeline


@attrs.frozen
class Met:
    """The exit criteria that are met, in the host's words: a fact."""

    criteria: tuple[str, ...] = attrs.field(default=(), validator=deep_iterable(text, a(tuple)))


@guard("the stage must lie ahead; to go back, say why with step_back")
def ahead(opportunity: Opportunity, given: Given) -> bool:
    return _distance(opportunity, given) > 0


@guard("the stage must lie behind; to go on, use advance")
def behind(opportunity: Opportunity, given: Given) -> bool:
    return _distance(opportunity, given) < 0


@guard("in this pipeline no stage is skipped")
def skips_nothing(opportunity: Opportunity, given: Given) -> bool:
    return given[Target].pipeline.skipping or _distance(opportunity, given) <= 1


@guard("in this pipeline nothing goes back")
def may_go_back(opportunity: Opportunity, given: Given) -> bool:
    return given[Target].pipeline.stepping_back


@guard("the exit criteria of the stage in which it stands are not met")
def criteria_met(opportunity: Opportunity, given: Given) -> bool:
    here = _here(opportunity, given)
    return here is None or not here.criteria or set(here.criteria) <= set(given[Met].criteria)


@guard("fields that the stage asks for are not filled; revise it first")
def fields_filled(opportunity: Opportunity, given: Given) -> bool:
    target = given[Target]
    return not unfilled(opportunity, target.pipeline.stage(target.stage))


def unfilled(opportunity: Opportunity, stage: PipelineStage) -> tuple[str, ...]:
    """The fields that the stage asks for and that are empty; an amount of nothing is none."""
    if not stage.fields:
        return ()
    known = {field.name for field in attrs.fields(type(opportunity))}
    if unknown := [field for field in stage.fields if field not in known]:
        raise Invalid("fields", f"of stage {stage.label!r} must be fields of an opportunity", unknown)
    return tuple(field for field in stage.fields if not getattr(opportunity, field))


def _distance(opportunity: Opportunity, given: Given) -> int:
    pipeline = given[Target].pipeline
    there = pipeline.position(given[Target].stage)
    # From a stage that the team has since renamed or dropped, any other is the next: the way on stays open.
    return there - pipeline.position(opportunity.stage) if opportunity.stage in pipeline.labels else 1


def _here(opportunity: Opportunity, given: Given) -> PipelineStage | None:
    pipeline = given[Target].pipeline
    return pipeline.stage(opportunity.stage) if opportunity.stage in pipeline.labels else None
