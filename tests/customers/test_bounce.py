"""What an answer of the mail system is about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relcore import Invalid
from relcore.customers import Bounce, BounceClass, DeliverabilityPolicy

HARD, SOFT, POLICY, TRANSPORT = BounceClass.HARD, BounceClass.SOFT, BounceClass.POLICY, BounceClass.TRANSPORT


@pytest.mark.parametrize(
    ("status", "about"),
    [
        ("5.1.1", HARD), ("5.1.2", HARD), ("5.1.3", HARD), ("5.1.6", HARD), ("5.1.10", HARD),
        ("5.1.7", POLICY), ("5.1.8", POLICY), ("4.1.8", POLICY),
        ("4.1.1", SOFT), ("4.2.2", SOFT), ("5.2.2", SOFT), ("5.2.1", SOFT), ("4.3.2", SOFT), ("5.0.0", SOFT),
        ("5.7.1", POLICY), ("4.7.0", POLICY), ("5.7.26", POLICY), ("5.6.0", POLICY),
        ("4.4.1", TRANSPORT), ("5.4.4", TRANSPORT), ("5.5.2", TRANSPORT), ("5.9.9", TRANSPORT), (None, TRANSPORT),
    ],
)  # fmt: skip
def test_d7_a_status_speaks_about_the_address_the_mailbox_the_sender_or_the_road(
    status: str | None, about: BounceClass
) -> None:
    assert Bounce(status).about is about


@pytest.mark.parametrize("status", ["", "550", "2.0.0", "5.1", "5.1.1 no such user", "5.1.1\n", "\u0665.1.1"])
def test_what_is_no_status_is_refused(status: str) -> None:
    with pytest.raises(Invalid, match="must be an enhanced status code"):
        Bounce(status)


@pytest.mark.parametrize(
    "wrong",
    [{"soft_bounces": 0}, {"soft_bounces": 33}, {"within": timedelta(0)}, {"rest": timedelta(days=-1)}],
)
def test_a_policy_that_could_never_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        DeliverabilityPolicy(**wrong)  # type: ignore[arg-type]
