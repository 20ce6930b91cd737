"""Pictures of values. matplotlib is imported by the plot that is drawn, and axes are the caller's."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.plots.alive_line import alive_history as alive_history
    from relcore.plots.calibration_marks import alive_calibration as alive_calibration
    from relcore.plots.calibration_marks import buyer_calibration as buyer_calibration
    from relcore.plots.calibration_marks import interval_calibration as interval_calibration
    from relcore.plots.frequency_bars import frequency_histogram as frequency_histogram
    from relcore.plots.heat_map import transition_map as transition_map
    from relcore.plots.history_grid import recency_frequency_map as recency_frequency_map
    from relcore.plots.lifecycle_diagram import lifecycle_svg as lifecycle_svg
    from relcore.plots.mean_lines import holdout_means as holdout_means
    from relcore.plots.segment_tiles import segment_map as segment_map
    from relcore.plots.service_hours import service_clock as service_clock
    from relcore.plots.survival_curves import survival as survival
    from relcore.plots.tracking_curves import tracking as tracking
    from relcore.plots.tracking_curves import tracking_steps as tracking_steps
    from relcore.plots.value_contours import iso_value as iso_value

__all__ = [
    "alive_calibration",
    "alive_history",
    "buyer_calibration",
    "frequency_histogram",
    "holdout_means",
    "interval_calibration",
    "iso_value",
    "lifecycle_svg",
    "recency_frequency_map",
    "segment_map",
    "service_clock",
    "survival",
    "tracking",
    "tracking_steps",
    "transition_map",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "alive_calibration": "relcore.plots.calibration_marks",
        "alive_history": "relcore.plots.alive_line",
        "buyer_calibration": "relcore.plots.calibration_marks",
        "frequency_histogram": "relcore.plots.frequency_bars",
        "holdout_means": "relcore.plots.mean_lines",
        "interval_calibration": "relcore.plots.calibration_marks",
        "iso_value": "relcore.plots.value_contours",
        "lifecycle_svg": "relcore.plots.lifecycle_diagram",
        "recency_frequency_map": "relcore.plots.history_grid",
        "segment_map": "relcore.plots.segment_tiles",
        "service_clock": "relcore.plots.service_hours",
        "survival": "relcore.plots.survival_curves",
        "tracking": "relcore.plots.tracking_curves",
        "tracking_steps": "relcore.plots.tracking_curves",
        "transition_map": "relcore.plots.heat_map",
    },
)
