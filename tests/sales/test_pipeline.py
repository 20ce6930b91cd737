"""A pipeline: the host's words, in order, each with a chance."""

from __future__ import annotations

import pytest

from relcore import Invalid
from relcore.kernel.errors import Illformed
from relcore.sales import Forecast, Pipeline, PipelineStage

STAGES = {"qualify": 0.1, "propose": 0.5, "negotiate": 0.8}
PIPELINE = Pipeline.of("new business", STAGES)


def test_stages_stand_in_the_order_given_each_with_its_chance() -> None:
    assert PIPELINE.labels == tuple(STAGES)
    assert PIPELINE.first == "qualify"
    assert [PIPELINE.position(label) for label in STAGES] == [0, 1, 2]
    assert {label: PIPELINE.probability(label) for label in STAGES} == STAGES


def test_an_unknown_stage_is_answered_with_those_there_are() -> None:
    with pytest.raises(Invalid, match="must be one of qualify, propose, negotiate, got 'sign'"):
        PIPELINE.position("sign")


@pytest.mark.parametrize(
    ("stages", "fault"),
    [
        ([], "it has no stages"),
        ([("a", 1.1)], "'a' has probability 1.1"),
        ([("a", -0.1)], "'a' has probability -0.1"),
        ([("a", float("nan"))], "'a' has probability nan"),
        ([("a", 0.1), ("b", 0.2), ("a", 0.3)], "'a' is there twice"),
    ],
)
def test_a_pipeline_that_cannot_work_is_refused_when_it_is_written(
    stages: list[tuple[str, float]], fault: str
) -> None:
    with pytest.raises(Illformed, match="pipeline p cannot work") as refused:
        Pipeline("p", tuple(PipelineStage(*stage) for stage in stages))

    assert refused.value.faults == (fault,)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Illformed) as refused:
        Pipeline("p", (PipelineStage("a", 2), PipelineStage("a", -1)))

    assert len(refused.value.faults) == 3


def test_a_gate_is_written_as_tuples_of_text_and_not_as_one_text() -> None:
    for gate in ({"criteria": "budget"}, {"fields": "owner"}, {"fields": ("",)}):
        with pytest.raises(Invalid, match=r"PipelineStage\.(criteria|fields) must be"):
            PipelineStage("qualify", 0.1, **gate)  # type: ignore[arg-type]


def test_no_open_stage_is_forecast_as_closed() -> None:
    with pytest.raises(Illformed, match="'a' is open and cannot be forecast as closed"):
        Pipeline("p", (PipelineStage("a", 0.9, forecast=Forecast.CLOSED),))
