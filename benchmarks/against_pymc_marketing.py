"""``python -m benchmarks.against_pymc_marketing``: fits of relcore beside the MAP of PyMC-Marketing.

In one process, for what PyMC-Marketing compiles is to be told apart from what it computes: its first fit with nothing
compiled yet, a fit like one before, and its search alone, from a log-posterior and a gradient that are ready to be called.
Ends with exit code 1 when the two do not find the same estimates under flat priors.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.harness import ONE_THREAD
from benchmarks.report import duration

if TYPE_CHECKING:
    from benchmarks.data import Summary

ROUNDS, CALLS = 3, 10
TOLERANCE = 1e-3
CUSTOMERS = 100_000
PACKAGES = ("relcore", "pymc-marketing", "pymc", "pytensor", "numba", "numpy", "scipy")
HEAD = (
    "fit",
    "customers",
    "relcore",
    "search alone",
    "ratio",
    "a further fit",
    "ratio",
    "the first fit",
    "ratio",
    "evaluations",
    "apart, flat priors",
    "apart, its priors",
)


class Row(NamedTuple):
    """Best CPU seconds, and how far the estimates are apart under flat priors and under those it comes with."""

    model: str
    customers: int
    ours: float
    search: float
    again: float
    first: float
    evaluations: int
    apart: float
    pulled: float

    def cells(self) -> tuple[str, ...]:
        theirs = (self.search, self.again, self.first)
        times = [cell for time in theirs for cell in (duration(time), times_as_fast(time / self.ours))]
        apart = (f"{self.apart:.0e}", f"{self.pulled:.1%}")
        return (
            self.model,
            f"{self.customers:,}",
            duration(self.ours),
            *times,
            str(self.evaluations),
            *apart,
        )


def rows() -> Iterator[Row]:
    from pymc_marketing.clv import BetaGeoModel, ParetoNBDModel

    from benchmarks.data import cdnow_summary, simulated_summary
    from relcore.analytics import BetaGeoNBD, ParetoNBD

    for data in (cdnow_summary(), simulated_summary(CUSTOMERS)):
        yield row(BetaGeoNBD, BetaGeoModel, data)
        yield row(ParetoNBD, ParetoNBDModel, data)


def row(ours: Any, theirs: Any, data: Summary) -> Row:
    import numpy as np
    import pandas as pd
    from pymc_extras.prior import Prior

    from relcore.analytics import Purchases

    x, recency, age, _ = data
    frame = pd.DataFrame({"customer_id": np.arange(len(x)), "frequency": x, "recency": recency, "T": age})

    def fit() -> Any:
        return ours.fit(Purchases.from_summary(frequency=x, recency=recency, age=age, period="week"))

    def their_fit(priors: dict[str, Any] | None = None) -> Any:
        model = theirs(model_config=priors)
        model.fit(frame, method="map", progressbar=False)
        return model

    estimates = fit().parameters()
    first, model = timed(their_fit)
    best, again, search = [], [], []
    for _ in range(ROUNDS):
        best += [timed(fit)[0] for _ in range(CALLS)]
        with kept_search() as kept:
            again.append(timed(their_fit)[0])
        seconds, found = timed(kept[0])
        search.append(seconds)
    flat = their_fit({name: Prior("HalfFlat") for name in estimates})
    return Row(
        model=ours.__name__,
        customers=len(x),
        ours=min(best),
        search=min(search),
        again=min(again),
        first=first,
        evaluations=found.nfev,
        apart=apart(flat, estimates),
        pulled=apart(model, estimates),
    )


@contextmanager
def kept_search() -> Iterator[list[Callable[[], Any]]]:
    """The searches that PyMC's find_MAP makes meanwhile, to be made again from where they began."""
    from scipy import optimize

    kept: list[Callable[[], Any]] = []
    minimize = optimize.minimize

    def keeping(*given: Any, **settings: Any) -> Any:
        kept.append(partial(minimize, *given, **settings))
        return kept[-1]()

    optimize.minimize = keeping
    try:
        yield kept
    finally:
        optimize.minimize = minimize


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    began = process_time()
    result = call()
    return process_time() - began, result


def apart(model: Any, estimates: dict[str, float]) -> float:
    """The largest relative difference of an estimate."""
    return max(abs(model.fit_result[name].item() / value - 1) for name, value in estimates.items())


def times_as_fast(ratio: float) -> str:
    return f"{ratio:,.0f}x" if ratio >= 20 else f"{ratio:.1f}x"


def main() -> int:
    import logging
    import warnings

    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with TemporaryDirectory() as nothing_compiled:
        flags = (os.environ.get("PYTENSOR_FLAGS"), f"base_compiledir={nothing_compiled}")
        os.environ |= {**ONE_THREAD, "PYTENSOR_FLAGS": ",".join(filter(None, flags))}
        print(f"| {' | '.join(HEAD)} |")
        print(f"| --- |{' --: |' * (len(HEAD) - 1)}")
        broken = 0
        for measured in rows():
            broken += not measured.apart <= TOLERANCE
            print(f"| {' | '.join(measured.cells())} |", flush=True)
        from pytensor.compile.mode import get_default_mode

        linker = type(get_default_mode().linker).__name__
    python = ".".join(map(str, sys.version_info[:3]))
    print("\n" + ", ".join([f"Python {python}", *(f"{name} {version(name)}" for name in PACKAGES), linker]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
