"""Stays in the stages of the customer lifecycle, as columns: what a million histories come to."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.customers.lifecycle import customer_lifecycle
from relcore.customers.stage import Stage

Counts = NDArray[np.int64]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]

STAGES: tuple[Stage, ...] = tuple(Stage)
"""What a code in a column of stages stands for."""
CAUSES: tuple[str, ...] = tuple(dict.fromkeys(row.name for row in customer_lifecycle.moves))
"""What a code in a column of causes stands for: the rows of the customer lifecycle by the name of their trigger."""
GOES_ON = np.iinfo(np.int64).max
"""Stands for the stop of a stay that goes on: later than every moment."""


@attrs.frozen(eq=False, repr=False)
class StayColumns:
    """One row per stay, the stays of a customer together and in order of time: all (m,).

    customer : whose, as the code that was given. stage : position in `STAGES`. start : microseconds since 1970-01-01
    UTC. stop : the same, or `GOES_ON`. cause : position in `CAUSES`, of what began the stay. spell : 1 for the first
    time as a customer, one more for each return from churned. recognised : microseconds, when the last of all that the
    stay rests on was known.
    """

    customer: Counts
    stage: Codes
    start: Counts
    stop: Counts
    cause: Codes
    spell: Counts
    recognised: Counts
