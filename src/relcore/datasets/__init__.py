"""Small real data with their provenance, for examples and tests; no dataframe library is needed to read them."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.datasets.cdnow_sample import OrderTable as OrderTable
    from relcore.datasets.cdnow_sample import cdnow as cdnow

__all__ = [
    "OrderTable",
    "cdnow",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "OrderTable": "relcore.datasets.cdnow_sample",
        "cdnow": "relcore.datasets.cdnow_sample",
    },
)
