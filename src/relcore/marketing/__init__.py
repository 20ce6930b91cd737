"""What we say to many."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.marketing.campaign import Campaign as Campaign
    from relcore.marketing.campaign import CampaignFields as CampaignFields
    from relcore.marketing.campaign import CampaignState as CampaignState
    from relcore.marketing.campaign import Objective as Objective
    from relcore.marketing.campaign import campaign_lifecycle as campaign_lifecycle
    from relcore.marketing.enrolment import Contactable as Contactable
    from relcore.marketing.enrolment import Enrolment as Enrolment
    from relcore.marketing.enrolment import EnrolmentFields as EnrolmentFields
    from relcore.marketing.enrolment import EnrolmentState as EnrolmentState
    from relcore.marketing.enrolment import enrolment_lifecycle as enrolment_lifecycle

__all__ = [
    "Campaign",
    "CampaignFields",
    "CampaignState",
    "Contactable",
    "Enrolment",
    "EnrolmentFields",
    "EnrolmentState",
    "Objective",
    "campaign_lifecycle",
    "enrolment_lifecycle",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Campaign": "relcore.marketing.campaign",
        "CampaignFields": "relcore.marketing.campaign",
        "CampaignState": "relcore.marketing.campaign",
        "Contactable": "relcore.marketing.enrolment",
        "Enrolment": "relcore.marketing.enrolment",
        "EnrolmentFields": "relcore.marketing.enrolment",
        "EnrolmentState": "relcore.marketing.enrolment",
        "Objective": "relcore.marketing.campaign",
        "campaign_lifecycle": "relcore.marketing.campaign",
        "enrolment_lifecycle": "relcore.marketing.enrolment",
    },
)
