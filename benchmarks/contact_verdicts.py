"""May we contact each of a million customers now? No peer answers this, so it is measured alone.

python -m benchmarks.contact_verdicts [customers]
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

import numpy as np

from relcore.bridges import ConsentColumns, ReleaseColumns, SuppressionColumns, may_contact_each
from relcore.bridges.contact_verdicts import ALL, ALWAYS, CHANNELS, KINDS, NEVER, STATES
from relcore.channel import Channel
from relcore.kernel.clock import microseconds
from relcore.privacy import Cap, ConsentState, ContactPolicy, crtc_hours

AT = datetime(2026, 3, 7, 22, 30, tzinfo=UTC)
DAY = timedelta(days=1) // timedelta(microseconds=1)
GRANTED = STATES.index(ConsentState.GRANTED)
ZONES = [("America/St_Johns",), ("America/Toronto",), ("America/Edmonton",), ("America/Vancouver",)]
POLICY = ContactPolicy(
    version="benchmark",
    quiet=crtc_hours,
    caps=(Cap(2, timedelta(days=7)), Cap(4, timedelta(days=30)), Cap(1, timedelta(days=1), Channel.EMAIL)),
    plausible=("America/St_Johns", "America/Vancouver"),
)


def main(n: int) -> None:
    chance, email = np.random.default_rng(7), CHANNELS.index(Channel.EMAIL)
    now, zero = microseconds(AT), np.zeros(n, dtype=np.int64)
    consents = ConsentColumns(
        np.arange(n),
        np.full(n, email, dtype=np.int8),
        zero,
        zero,
        np.full(n, ALL),
        np.where(chance.random(n) < 0.7, GRANTED, chance.integers(0, len(STATES), n)).astype(np.int8),
        np.full(n, ALWAYS),
        np.where(chance.random(n) < 0.2, now + chance.integers(-DAY, DAY, n), NEVER),
    )  # fmt: skip
    m = n // 10
    suppressions = SuppressionColumns(
        chance.integers(0, n, m),
        chance.integers(0, len(KINDS), m).astype(np.int8),
        np.ones(m, dtype=np.bool_),
        np.full(m, ALL, dtype=np.int8),
        np.full(m, ALL),
        np.full(m, ALL),
        np.full(m, ALL),
        np.full(m, now - DAY),
        np.full(m, NEVER),
    )
    released = ReleaseColumns(
        chance.integers(0, n, n), np.full(n, email, dtype=np.int8), now - chance.integers(0, 30 * DAY, n)
    )
    began = time.perf_counter()
    verdicts = may_contact_each(
        n, channel=Channel.EMAIL, purpose=0, controller=0, at=AT, consents=consents, suppressions=suppressions,
        released=released, policy=POLICY, zone=chance.integers(-1, len(ZONES), n), zones=ZONES,
    )  # fmt: skip
    took = time.perf_counter() - began
    print(f"{n:,} customers, {n:,} consents, {m:,} suppressions, {n:,} releases: {took:.2f} s")
    for reason, count in verdicts.counted().items():
        print(f"  {reason:16} {count:>9,}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
