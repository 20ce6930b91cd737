"""Ten million changes of state, counted by where from and where to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.harness import Outcome, Question, Side, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHANGES = 10_000_000
STATES = ("aware", "considering", "new", "retained", "loyal", "at_risk", "churned", "reactivating")


def changes(seed: int = 19061907) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    import numpy as np

    rng = np.random.default_rng(seed)
    source = rng.integers(0, len(STATES), CHANGES, dtype=np.int8)
    return source, (source + rng.integers(1, len(STATES), CHANGES, dtype=np.int8)) % np.int8(len(STATES))


def outcome(counts: Any) -> Outcome:
    return {f"{i}->{j}": float(n) for i, row in enumerate(counts.tolist()) for j, n in enumerate(row)}


def relcore() -> Task:
    import numpy as np

    from relcore.analytics import Transitions

    source, target = changes()
    row = np.zeros(CHANGES, dtype=np.int64)
    held = Transitions(subject=row, source=source, target=target, at=row, spell=row + 1, states=STATES)
    return Task(lambda _: held.counts(), outcome)


def pandas() -> Task:
    import numpy as np
    import pandas as pd

    source, target = changes()
    names = pd.CategoricalDtype(range(len(STATES)))
    frame = pd.DataFrame({"source": source, "target": target}).astype(names)

    def count(_: None) -> pd.Series[int]:
        return frame.groupby(["source", "target"], observed=False).size()

    return Task(count, lambda sizes: outcome(np.asarray(sizes).reshape(len(STATES), len(STATES))))


QUESTIONS = (
    Question(
        "transition_counts.ten_million",
        "counts of 10,000,000 changes between 8 states",
        "the counts, of codes checked before; pandas: of categories made before",
        Side("relcore", relcore),
        (Side("pandas", pandas),),
        ceiling=0.1,
        tolerance=0,
    ),
)
