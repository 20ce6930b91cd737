"""What we say to many."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.marketing.campaign import Campaign as Campaign
    from relcore.marketing.campaign import CampaignFields as CampaignFields
    from relcore.marketing.campaign import CampaignState as CampaignState
    from relcore.marketing.campaign import Objective as Objective
    from relcore.marketing.campaign import PrivacyAnswers as PrivacyAnswers
    from relcore.marketing.campaign import Spending as Spending
    from relcore.marketing.campaign import booked as booked
    from relcore.marketing.campaign import campaign_lifecycle as campaign_lifecycle
    from relcore.marketing.campaign_plan import ChannelMessage as ChannelMessage
    from relcore.marketing.campaign_plan import Goal as Goal
    from relcore.marketing.campaign_result import CampaignResult as CampaignResult
    from relcore.marketing.complaints import CampaignPolicy as CampaignPolicy
    from relcore.marketing.complaints import Complaints as Complaints
    from relcore.marketing.contactable import Contactable as Contactable
    from relcore.marketing.enrolment import Enrolment as Enrolment
    from relcore.marketing.enrolment import EnrolmentFields as EnrolmentFields
    from relcore.marketing.enrolment import EnrolmentState as EnrolmentState
    from relcore.marketing.enrolment import ExitReason as ExitReason
    from relcore.marketing.enrolment import Happened as Happened
    from relcore.marketing.enrolment import ReentryPolicy as ReentryPolicy
    from relcore.marketing.enrolment import WaitUntil as WaitUntil
    from relcore.marketing.enrolment import enrolment_lifecycle as enrolment_lifecycle
    from relcore.marketing.enrolment import reentered as reentered
    from relcore.marketing.message import DeferReason as DeferReason
    from relcore.marketing.message import Message as Message
    from relcore.marketing.message import MessageFields as MessageFields
    from relcore.marketing.message import MessageState as MessageState
    from relcore.marketing.message import SendPolicy as SendPolicy
    from relcore.marketing.message import message_lifecycle as message_lifecycle
    from relcore.marketing.reaction import Reaction as Reaction
    from relcore.marketing.reaction import ReactionKind as ReactionKind

__all__ = [
    "Campaign",
    "CampaignFields",
    "CampaignPolicy",
    "CampaignResult",
    "CampaignState",
    "ChannelMessage",
    "Complaints",
    "Contactable",
    "DeferReason",
    "Enrolment",
    "EnrolmentFields",
    "EnrolmentState",
    "ExitReason",
    "Goal",
    "Happened",
    "Message",
    "MessageFields",
    "MessageState",
    "Objective",
    "PrivacyAnswers",
    "Reaction",
    "ReactionKind",
    "ReentryPolicy",
    "SendPolicy",
    "Spending",
    "WaitUntil",
    "booked",
    "campaign_lifecycle",
    "enrolment_lifecycle",
    "message_lifecycle",
    "reentered",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Campaign": "relcore.marketing.campaign",
        "CampaignFields": "relcore.marketing.campaign",
        "CampaignPolicy": "relcore.marketing.complaints",
        "CampaignResult": "relcore.marketing.campaign_result",
        "CampaignState": "relcore.marketing.campaign",
        "ChannelMessage": "relcore.marketing.campaign_plan",
        "Complaints": "relcore.marketing.complaints",
        "Contactable": "relcore.marketing.contactable",
        "DeferReason": "relcore.marketing.message",
        "Enrolment": "relcore.marketing.enrolment",
        "EnrolmentFields": "relcore.marketing.enrolment",
        "EnrolmentState": "relcore.marketing.enrolment",
        "ExitReason": "relcore.marketing.enrolment",
        "Goal": "relcore.marketing.campaign_plan",
        "Happened": "relcore.marketing.enrolment",
        "Message": "relcore.marketing.message",
        "MessageFields": "relcore.marketing.message",
        "MessageState": "relcore.marketing.message",
        "Objective": "relcore.marketing.campaign",
        "PrivacyAnswers": "relcore.marketing.campaign",
        "Reaction": "relcore.marketing.reaction",
        "ReactionKind": "relcore.marketing.reaction",
        "ReentryPolicy": "relcore.marketing.enrolment",
        "SendPolicy": "relcore.marketing.message",
        "Spending": "relcore.marketing.campaign",
        "WaitUntil": "relcore.marketing.enrolment",
        "booked": "relcore.marketing.campaign",
        "campaign_lifecycle": "relcore.marketing.campaign",
        "enrolment_lifecycle": "relcore.marketing.enrolment",
        "message_lifecycle": "relcore.marketing.message",
        "reentered": "relcore.marketing.enrolment",
    },
)
