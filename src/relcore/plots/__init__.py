"""Pictures of values. matplotlib is imported by the plot that is drawn, and axes are the caller's."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.plots.tracking_curves import tracking as tracking
    from relcore.plots.tracking_curves import tracking_steps as tracking_steps

__all__ = ["tracking", "tracking_steps"]  # given by __getattr__

__getattr__, __dir__ = lazily(
    __name__,
    {
        "tracking": "relcore.plots.tracking_curves",
        "tracking_steps": "relcore.plots.tracking_curves",
    },
)
