"""An estimate and how sure it is: what every quantity of every model comes as, when its interval is asked for."""

from __future__ import annotations

from itertools import islice

import attrs
import numpy as np

from relcore.analytics.arrays import Floats
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text

_SHOWN = 10  # estimates that are told one by one


@attrs.frozen(eq=False, repr=False)
class Interval:
    """An estimate with its bounds, arrays of one shape; ``level`` is the chance of such intervals to hold the truth.

    It shows the first ten; the arrays have all.

    >>> import numpy as np
    >>> Interval(np.array([1.2, 0.3]), np.array([1.0, 0.25]), np.array([1.44, 0.36]), level=0.9)
    2 estimates, each with its interval
            estimate    90% from          to
    0            1.2           1        1.44
    1            0.3        0.25        0.36
    """

    estimate: Floats
    low: Floats
    high: Floats
    level: float

    def sheet(self) -> Sheet:
        """What it shows of itself."""
        size = self.estimate.size
        cells: list[tuple[str, ...]] = []
        for place in islice(np.ndindex(self.estimate.shape), _SHOWN):
            numbers = [f"{float(part[place]):.6g}" for part in (self.estimate, self.low, self.high)]
            cells.append((", ".join(map(str, place)), *numbers))
        head = ("", "estimate", f"{self.level:.0%} from", "to")
        wide = max([4, *(len(cell[0]) + 1 for cell in cells)])
        grid = Grid((f"<{wide}", ">12", ">12", ">12"), tuple(cells), head)
        if size == 1:
            return Sheet(("An estimate with its interval", grid))
        title = f"{size:,} estimates, each with its interval"
        return Sheet((title, grid, f"and {size - _SHOWN:,} more") if size > _SHOWN else (title, grid))

    __repr__ = as_text
    _repr_html_ = as_html
