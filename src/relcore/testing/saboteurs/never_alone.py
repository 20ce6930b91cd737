"""The clauses that nobody is caught by alone, and why. For every other clause there is a saboteur that it alone catches.

So a clause cannot be taken from the kit, and none be added to it, without that it shows: ``tests/testing/test_saboteurs.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

AT_THE_DOOR: Final = "At the door."
"""It asks for what is up to the workspace, the batch or the value itself, before an adapter is asked or behind it: no adapter
can be wrong about it. ``tests/testing/test_never_alone.py`` opens that door and sees the clause fail."""

NEVER_ALONE: Mapping[str, str] = {
    "A7": AT_THE_DOOR,
    "E9": AT_THE_DOOR,
    "G7": AT_THE_DOOR,
    "G8": AT_THE_DOOR,
    "G10": AT_THE_DOOR,
    "I6": "That a decision is not taken again is up to the workspace; that the receipt recalls what it left is said by I3.",
    "K1": "Whoever loses what was acknowledged when a process dies is caught by both, for K2 ends with a kill, too; only K1 "
    "kills in many places.",
    "K2": "Whoever loses what was acknowledged when a process dies is caught by K1, too; only K2 reads while the writer runs.",
    "L6": "O2 compares each log with the outbox, and E8 with the scan: both catch whoever mixes two of them, and L6 says it.",
    "O5": "C6 begins to read before anything is written, as every reader does: it catches whoever loses the first line, if "
    "that is written in time.",
    "T12": AT_THE_DOOR,
    "U2": AT_THE_DOOR,
    "U5": "N10 to N12 catch it, when the neighbour that they make up happens to number a quote alike; U5 says it.",
    "V2": "The plainest case there is: whoever overwrites one outdated row does so among others (A2), through another handle "
    "(V12) and in a race (C1).",
    "V9": "That it is read and decided again is up to the workspace; that whoever was overtaken is told so is said by V2.",
    "V10": AT_THE_DOOR,
    "W1": "It meets in order what C7 and C8 meet by chance, and W2 again with somebody dying: where it catches, they do.",
    "W2": "W1 with somebody dying. To an adapter in memory a death is a call that does not come, and W1 has such as well; on a "
    "database it leaves a transaction open.",
    "X2": "Whoever lacks a verb is caught by every clause that uses it; X2 names the verb.",
    "X3": AT_THE_DOOR,
}
"""By the id of the clause."""
