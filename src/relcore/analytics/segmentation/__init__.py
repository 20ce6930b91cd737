"""Who is alike: scores and segments, cut between values so that equal customers are never told apart."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.analytics.segmentation.rfm import RFMCuts as RFMCuts
    from relcore.analytics.segmentation.rfm import RFMScores as RFMScores
    from relcore.analytics.segmentation.rfm import RFMValues as RFMValues
    from relcore.analytics.segmentation.rfm import SegmentRow as SegmentRow
    from relcore.analytics.segmentation.rfm import Segments as Segments
    from relcore.analytics.segmentation.segment_policy import Segment as Segment
    from relcore.analytics.segmentation.segment_policy import SegmentPolicy as SegmentPolicy

__all__ = [
    "RFMCuts",
    "RFMScores",
    "RFMValues",
    "Segment",
    "SegmentPolicy",
    "SegmentRow",
    "Segments",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "RFMCuts": "relcore.analytics.segmentation.rfm",
        "RFMScores": "relcore.analytics.segmentation.rfm",
        "RFMValues": "relcore.analytics.segmentation.rfm",
        "Segment": "relcore.analytics.segmentation.segment_policy",
        "SegmentPolicy": "relcore.analytics.segmentation.segment_policy",
        "SegmentRow": "relcore.analytics.segmentation.rfm",
        "Segments": "relcore.analytics.segmentation.rfm",
    },
)
