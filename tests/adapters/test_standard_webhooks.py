"""Signatures as the page of Standard Webhooks describes them."""

from __future__ import annotations

import base64

from adapters.standard_webhooks import new_secret, signed
from adapters.vault.secrets import Secret


def test_the_reference_vector() -> None:
    """Published with the libraries of Standard Webhooks."""
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [secret])
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_each_secret_signs_and_spaces_stand_between() -> None:
    old, new = new_secret(), new_secret()
    both = signed("msg_1", 1, b"{}", [new, old])["webhook-signature"]
    alone = [signed("msg_1", 1, b"{}", [one])["webhook-signature"] for one in (new, old)]
    assert both == " ".join(alone) and alone[0] != alone[1]


def test_a_secret_is_long_enough_and_does_not_show_itself() -> None:
    made = new_secret()
    assert made.reveal().startswith("whsec_") and len(base64.b64decode(made.reveal()[6:])) == 32
    assert made.reveal() not in repr(made) and new_secret() != made
