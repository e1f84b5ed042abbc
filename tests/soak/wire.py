"""HTTP/1.1 as the long tests speak it: requests and answers as the bytes they are, over connections that are kept.

A client that hides nothing: whoever drops an answer, sends a request twice or a byte at a time has to see the bytes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Self


class Lost(Exception):
    """The connection ended before the answer was whole: nobody knows whether the request was done."""


class Answer(NamedTuple):
    """An answer, its headers' names in lower case, and all of it as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    raw: bytes

    @classmethod
    def of(cls, raw: bytes) -> Self:
        """The answer that these bytes are."""
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return cls(int(first.split()[1]), headers, body, raw)

    @property
    def told(self) -> Any:
        """What its body says."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem; "" when it is none."""
        return self.told["code"] if self.headers.get("content-type") == "application/problem+json" else ""


def request(method: str, path: str, token: str, body: object = None, **headers: str) -> bytes:
    """A whole request; `headers` with _ for -."""
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: mot-cua", f"Authorization: Bearer {token}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join((*lines, "", "")).encode() + content


async def message(reader: asyncio.StreamReader) -> bytes:
    """The next whole message, a request or an answer. Raises IncompleteReadError where it is cut off."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return head + await reader.readexactly(int(value))
    return head


class Line:
    """A connection to a port of this machine that is opened when it is needed, and kept while both sides like."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, asked: bytes) -> Answer:
        """Raises Lost."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            writer.write(asked)
            answer = Answer.of(await message(reader))
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise Lost from error
        except BaseException:
            self.close()
            raise
        if answer.headers.get("connection") == "close":
            self.close()
        return answer

    def close(self) -> None:
        """Let go of the connection."""
        if self._streams is not None:
            with suppress(OSError, RuntimeError):
                self._streams[1].close()
            self._streams = None


class Lines:
    """As many connections as are needed at once, each used again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[Line] = []

    async def ask(self, asked: bytes) -> Answer:
        """Raises Lost."""
        line = self._free.pop() if self._free else Line(self._port)
        try:
            return await line.ask(asked)
        finally:
            self._free.append(line)

    def close(self) -> None:
        """Let go of them."""
        while self._free:
            self._free.pop().close()
