"""What a program waits for before its first line of work. Files are in the cache of the system, for all sides."""

from __future__ import annotations

from functools import partial
from importlib import import_module

from benchmarks.harness import Question, Side, Task


def importing(module: str, *names: str) -> Task:
    """Import the module and look the names up in it, as ``from module import name`` does."""

    def first(_: None) -> list[object]:
        there = import_module(module)
        return [getattr(there, name) for name in names]

    return Task(first, lambda found: {"imported": str(len(found) == len(names))})


def defining(peer: str) -> Task:
    """Import the engine and define the machine of `lifecycle_move` with it."""
    from benchmarks import lifecycle_move

    define = getattr(lifecycle_move, peer)
    return Task(lambda _: define("accept", attach_first=True), lambda _: {"imported": "True"})


QUESTIONS = (
    Question(
        "import_time.door",
        "import of the front door",
        "`import relcore` beside `import lifetimes`; relcore's names load when they are first used",
        Side("relcore", partial(importing, "relcore")),
        (Side("lifetimes", partial(importing, "lifetimes")),),
        rounds=7,
        cold=True,
    ),
    Question(
        "import_time.model",
        "import of the BG/NBD model",
        "`from relcore.analytics import BetaGeoNBD, Purchases` beside `from lifetimes import BetaGeoFitter`: "
        "all that a fit needs",
        Side("relcore", partial(importing, "relcore.analytics", "BetaGeoNBD", "Purchases")),
        (Side("lifetimes", partial(importing, "lifetimes", "BetaGeoFitter")),),
        rounds=7,
        cold=True,
    ),
    Question(
        "import_time.entity",
        "import of a case with its lifecycle",
        "relcore: `from relcore import Case`, with the words for queries and the checks of its table; "
        "peers: importing the engine and defining the same machine",
        Side("relcore", partial(importing, "relcore", "Case")),
        (
            Side("python-statemachine", partial(defining, "statemachine")),
            Side("transitions", partial(defining, "transitions")),
        ),
        rounds=7,
        cold=True,
    ),
)
