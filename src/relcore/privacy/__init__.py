"""What a customer allows us."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.privacy.consent import Basis as Basis
    from relcore.privacy.consent import Consent as Consent
    from relcore.privacy.consent import ConsentFields as ConsentFields
    from relcore.privacy.consent import ConsentState as ConsentState
    from relcore.privacy.consent import Proof as Proof
    from relcore.privacy.consent import consent_lifecycle as consent_lifecycle
    from relcore.privacy.contact_verdict import Suppression as Suppression
    from relcore.privacy.contact_verdict import SuppressionKind as SuppressionKind
    from relcore.privacy.contact_verdict import Verdict as Verdict
    from relcore.privacy.contact_verdict import may_contact as may_contact

__all__ = [
    "Basis",
    "Consent",
    "ConsentFields",
    "ConsentState",
    "Proof",
    "Suppression",
    "SuppressionKind",
    "Verdict",
    "consent_lifecycle",
    "may_contact",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Basis": "relcore.privacy.consent",
        "Consent": "relcore.privacy.consent",
        "ConsentFields": "relcore.privacy.consent",
        "ConsentState": "relcore.privacy.consent",
        "Proof": "relcore.privacy.consent",
        "Suppression": "relcore.privacy.contact_verdict",
        "SuppressionKind": "relcore.privacy.contact_verdict",
        "Verdict": "relcore.privacy.contact_verdict",
        "consent_lifecycle": "relcore.privacy.consent",
        "may_contact": "relcore.privacy.contact_verdict",
    },
)
