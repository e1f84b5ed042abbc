"""A receiver of FlowISO's webhooks, in plain Python: SECRET=whsec_... python receiver.py PORT FILE

It verifies each request, applies each event once, and answers 2xx only when it has it safely: what it isn't sure of comes again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

TOLERANCE = 300
"""Seconds by which the two clocks may differ: what is older is a copy that somebody kept."""
LARGEST = 100_000


def verified(secrets: list[str], headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether the body comes from who knows one of the secrets, and lately (Standard Webhooks 1.0.0)."""
    name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or not at.isdecimal() or len(at) > 12 or abs(now - int(at)) > TOLERANCE:
        return False
    given = [
        word.removeprefix("v1,") for word in headers.get("webhook-signature", "").split() if word.startswith("v1,")
    ]
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        wanted = base64.b64encode(hmac.digest(key, f"{name}.{at}.".encode() + body, hashlib.sha256)).decode()
        if any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given):
            return True
    return False


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent, a line of JSON each, and every event once."""

    secrets: list[str]
    file: str
    seen: set[str]
    timeout = 15
    """Seconds after which a sender that says nothing is hung up on: there is one thread for all."""

    def do_POST(self) -> None:
        """204 once the event is kept, now or before; 401 for anybody else's."""
        size = self.headers.get("Content-Length", "")
        if not size.isdecimal() or len(size) > 9 or int(size) > LARGEST:
            self._answer(413 if size.isdecimal() else 411)
            return
        body = self.rfile.read(int(size))
        if not verified(self.secrets, self.headers, body, time.time()):
            self._answer(401)
            return
        event = json.loads(body)
        if event["id"] not in self.seen:
            self._keep(event)
        self._answer(204)

    def _keep(self, event: dict[str, Any]) -> None:
        with open(self.file, "a", encoding="utf-8") as kept:
            kept.write(json.dumps(event, ensure_ascii=False) + "\n")
            kept.flush()
            os.fsync(kept.fileno())
        self.seen.add(event["id"])

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main(port: int, file: str) -> None:
    """Receive until stopped."""
    Receiver.secrets, Receiver.file = os.environ["SECRET"].split(), file
    with open(file, "a+", encoding="utf-8") as kept:
        kept.seek(0)
        Receiver.seen = {json.loads(line)["id"] for line in kept}
    with HTTPServer(("127.0.0.1", port), Receiver) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
