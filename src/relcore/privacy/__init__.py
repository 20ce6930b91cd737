"""What a customer allows us, and when."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.privacy.basis import Basis as Basis
    from relcore.privacy.basis import runs_out as runs_out
    from relcore.privacy.consent import AskingPolicy as AskingPolicy
    from relcore.privacy.consent import Consent as Consent
    from relcore.privacy.consent import ConsentFields as ConsentFields
    from relcore.privacy.consent import ConsentState as ConsentState
    from relcore.privacy.consent import ShownToken as ShownToken
    from relcore.privacy.consent import consent_lifecycle as consent_lifecycle
    from relcore.privacy.consent import token_hash as token_hash
    from relcore.privacy.contact_policy import Cap as Cap
    from relcore.privacy.contact_policy import ContactPolicy as ContactPolicy
    from relcore.privacy.contact_policy import Released as Released
    from relcore.privacy.contact_verdict import Permission as Permission
    from relcore.privacy.contact_verdict import Reason as Reason
    from relcore.privacy.contact_verdict import Verdict as Verdict
    from relcore.privacy.contact_verdict import may_contact as may_contact
    from relcore.privacy.contact_verdict import most_restrictive as most_restrictive
    from relcore.privacy.notice import MaterialChange as MaterialChange
    from relcore.privacy.notice import Notice as Notice
    from relcore.privacy.notice import Proof as Proof
    from relcore.privacy.quiet_hours import Quiet as Quiet
    from relcore.privacy.quiet_hours import crtc_hours as crtc_hours
    from relcore.privacy.quiet_hours import next_open as next_open
    from relcore.privacy.quiet_hours import next_quiet as next_quiet
    from relcore.privacy.quiet_hours import tcpa_hours as tcpa_hours
    from relcore.privacy.suppression import RegisterCopy as RegisterCopy
    from relcore.privacy.suppression import Suppression as Suppression
    from relcore.privacy.suppression import SuppressionFields as SuppressionFields
    from relcore.privacy.suppression import SuppressionKind as SuppressionKind
    from relcore.privacy.suppression import SuppressionState as SuppressionState
    from relcore.privacy.suppression import salted_hash as salted_hash
    from relcore.privacy.suppression import screen as screen
    from relcore.privacy.suppression import suppression_lifecycle as suppression_lifecycle

__all__ = [
    "AskingPolicy",
    "Basis",
    "Cap",
    "Consent",
    "ConsentFields",
    "ConsentState",
    "ContactPolicy",
    "MaterialChange",
    "Notice",
    "Permission",
    "Proof",
    "Quiet",
    "Reason",
    "RegisterCopy",
    "Released",
    "ShownToken",
    "Suppression",
    "SuppressionFields",
    "SuppressionKind",
    "SuppressionState",
    "Verdict",
    "consent_lifecycle",
    "crtc_hours",
    "may_contact",
    "most_restrictive",
    "next_open",
    "next_quiet",
    "runs_out",
    "salted_hash",
    "screen",
    "suppression_lifecycle",
    "tcpa_hours",
    "token_hash",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "AskingPolicy": "relcore.privacy.consent",
        "Basis": "relcore.privacy.basis",
        "Cap": "relcore.privacy.contact_policy",
        "Consent": "relcore.privacy.consent",
        "ConsentFields": "relcore.privacy.consent",
        "ConsentState": "relcore.privacy.consent",
        "ContactPolicy": "relcore.privacy.contact_policy",
        "MaterialChange": "relcore.privacy.notice",
        "Notice": "relcore.privacy.notice",
        "Permission": "relcore.privacy.contact_verdict",
        "Proof": "relcore.privacy.notice",
        "Quiet": "relcore.privacy.quiet_hours",
        "Reason": "relcore.privacy.contact_verdict",
        "RegisterCopy": "relcore.privacy.suppression",
        "Released": "relcore.privacy.contact_policy",
        "ShownToken": "relcore.privacy.consent",
        "Suppression": "relcore.privacy.suppression",
        "SuppressionFields": "relcore.privacy.suppression",
        "SuppressionKind": "relcore.privacy.suppression",
        "SuppressionState": "relcore.privacy.suppression",
        "Verdict": "relcore.privacy.contact_verdict",
        "consent_lifecycle": "relcore.privacy.consent",
        "crtc_hours": "relcore.privacy.quiet_hours",
        "may_contact": "relcore.privacy.contact_verdict",
        "most_restrictive": "relcore.privacy.contact_verdict",
        "next_open": "relcore.privacy.quiet_hours",
        "next_quiet": "relcore.privacy.quiet_hours",
        "runs_out": "relcore.privacy.basis",
        "salted_hash": "relcore.privacy.suppression",
        "screen": "relcore.privacy.suppression",
        "suppression_lifecycle": "relcore.privacy.suppression",
        "tcpa_hours": "relcore.privacy.quiet_hours",
        "token_hash": "relcore.privacy.consent",
    },
)
