"""M: the model. Long histories that nobody would think of, beside the reference in memory."""

from __future__ import annotations

from functools import partial
from typing import Any

from relcore.customers.customer import Customer
from relcore.kernel.errors import Unsupported
from relcore.kernel.repository import Level
from relcore.testing.clause import clause
from relcore.testing.trial import Trial


@clause(
    "M1",
    "Whatever history is tried on it, it answers as the reference in memory does: the same rows, receipts and "
    "cursors, and the same errors with the same words.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def it_answers_as_the_memory_does(trial: Trial) -> None:
    try:
        from hypothesis import HealthCheck, Phase, settings
        from hypothesis.stateful import run_state_machine_as_test
    except ImportError as missing:
        raise Unsupported("this environment", "Hypothesis", "pip install hypothesis") from missing

    from relcore.testing.twins import Twins

    # To make the history that tells the two apart a short one can take minutes: it is worth them when asked for.
    phases = [Phase.generate, Phase.shrink] if trial.thorough else [Phase.generate]

    factory: Any = partial(Twins, trial)
    health: Any = list(HealthCheck)
    run_state_machine_as_test(
        factory,
        settings=settings(
            max_examples=trial.rounds(15, 200),
            stateful_step_count=trial.rounds(40, 50),
            deadline=None,
            derandomize=True,
            database=None,
            phases=phases,
            suppress_health_check=health,
        ),
    )
