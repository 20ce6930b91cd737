"""Stand-ins for what a host hands in: a clock that stands still, ids that count."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.testing.counting_ids import CountingIds as CountingIds
    from relcore.testing.fixed_clock import FixedClock as FixedClock

__all__ = [
    "CountingIds",
    "FixedClock",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "CountingIds": "relcore.testing.counting_ids",
        "FixedClock": "relcore.testing.fixed_clock",
    },
)
