"""Standard Webhooks 1.0.0: the id, and the HMAC-SHA256 signatures of what is sent.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""How many bytes a secret has."""


def message_id(event: str) -> str:
    """The `webhook-id` of an event: the same at every delivery, and without full stops, which the signature is split by."""
    return f"msg_{sha256(event.encode()).hexdigest()[:32]}"


def read_secret(text: str) -> bytes:
    """The bytes of a secret as it is handed over, "whsec_" and base64. Raises ValueError for anything else."""
    if not text.startswith(PREFIX):
        raise ValueError(PREFIX)
    try:
        secret = b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("base64") from error
    if not SHORTEST <= len(secret) <= LONGEST:
        raise ValueError(len(secret))
    return secret


def signature(secrets: Iterable[bytes], name: str, at: int, body: bytes) -> str:
    """The `webhook-signature` of a body sent at `at` under the id `name`: one for each secret, so that they can be changed."""
    signed = b"%s.%d.%s" % (name.encode(), at, body)
    return " ".join("v1," + b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets)
